import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { folderWithCorpus, lastJson, runCli } from "./runCli.ts";

/** A server that answers every path with the same bytes. */
async function serving(body: string): Promise<string> {
  const server = createServer((_, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test("list names every corpus with its size, licence and where it is", async () => {
  const cwd = folderWithCorpus();
  const env = { TIDEGATE_CACHE: join(cwd, "cache") };
  const { code, stdout } = await runCli(["corpus", "list"], { cwd, env });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^tideland +- +in the package/m);
  expect(stdout).toMatch(/^tiny-shakespeare +1\.1 MB +tidegate corpus fetch tiny-shakespeare/m);
  const { corpora } = lastJson((await runCli(["corpus", "list", "--json"], { cwd, env })).stdout);
  expect(corpora).toContainEqual(expect.objectContaining({ name: "text8", bytes: 31_344_016 }));
});

test("info counts a file, and knows the entropy of a generated text", async () => {
  const cwd = folderWithCorpus("tide tide tide\n");
  const file = lastJson((await runCli(["corpus", "info", "corpus.txt", "--json"], { cwd })).stdout);
  expect(file).toMatchObject({ chars: 15, words: 3, vocabularySize: 6, split: null, entropyRate: null });
  const markov = await runCli(["corpus", "info", "markov"], { cwd });
  expect(markov.stdout).toMatch(/characters +200,000[\s\S]*entropy +\d\.\d{4} nats/);
});

test("fetch that gets another file than it should says so and keeps nothing under the name", async () => {
  const cwd = folderWithCorpus();
  const env = { TIDEGATE_CACHE: join(cwd, "cache") };
  const url = await serving("x".repeat(2_000_000));
  const { code, stdout, stderr } = await runCli(["corpus", "fetch", "tiny-shakespeare", "--base-url", url], {
    cwd,
    env,
  });
  expect([code, stdout]).toEqual([1, ""]);
  expect(stderr).toContain("fetching input.txt, 1.1 MB");
  expect(stderr).toContain("is not the file it should be");
  expect(existsSync(join(cwd, "cache/tiny-shakespeare/input.txt"))).toBe(false);
});

test("fetch without a network, or of an unknown name, is explained; so is a corpus that was not fetched", async () => {
  const cwd = folderWithCorpus();
  const env = { TIDEGATE_CACHE: join(cwd, "cache") };
  const offline = await runCli(["corpus", "fetch", "ptb", "--base-url", "http://127.0.0.1:9"], { cwd, env });
  expect([offline.code, offline.stderr]).toEqual([1, expect.stringContaining("corpus fetch: ")]);
  expect(offline.stderr).not.toContain("this is a bug");
  const unknown = await runCli(["corpus", "fetch", "txt8"], { cwd, env });
  expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('Did you mean "text8"?')]);
  const missing = await runCli(["train", "text8"], { cwd, env });
  expect([missing.code, missing.stderr]).toEqual([
    1,
    expect.stringContaining('Run "tidegate corpus fetch text8" first'),
  ]);
});

test("help, with examples, and the version are printed on stdout at once", async () => {
  const cwd = folderWithCorpus();
  const root = new URL("../../package.json", import.meta.url);
  const { version } = JSON.parse(readFileSync(root, "utf8")) as { version: string };
  expect(await runCli(["--version"], { cwd })).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  for (const command of ["train", "eval", "sample", "compare", "demo", "corpus", "info"]) {
    const { code, stdout, stderr } = await runCli([command, "--help"], { cwd });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("Examples:");
    expect(stdout).toContain(`tidegate ${command} `);
  }
});
