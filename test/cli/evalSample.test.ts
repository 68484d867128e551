import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lastJson, runCli, smallText, tiny } from "./runCli.ts";

let cwd = "";

beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), "tidegate-cli-"));
  writeFileSync(join(cwd, "corpus.txt"), smallText());
  await runCli(["train", "corpus.txt", ...tiny, "--steps", "60", "--dropout", "gal:0.2", "--out", "m.st"], {
    cwd,
  });
}, 60_000);
afterAll(() => rmSync(cwd, { recursive: true, force: true }));

test("eval --json gives the score in all three units, each target scored once", async () => {
  const { code, stdout, stderr } = await runCli(["eval", "m.st", "corpus.txt", "--json"], { cwd });
  const result = lastJson(stdout);
  expect(stderr).toContain("scoring corpus.txt with m.st");
  expect([code, result]).toEqual([
    0,
    {
      checkpoint: "m.st",
      chars: 2999,
      nats: expect.any(Number),
      bitsPerChar: expect.any(Number),
      perplexity: expect.any(Number),
      mode: "expectation",
    },
  ]);
  expect(result["perplexity"]).toBeCloseTo(Math.exp(result["nats"] as number), 10);
});

test("the last part of a split is scored, which train scored as validation", async () => {
  const train = await runCli(["info", "m.st", "--json"], { cwd });
  const valid = await runCli(
    ["eval", "m.st", "corpus.txt", "--split", "0.9,0.1", "--engine", "strict", "--json"],
    { cwd },
  );
  expect(lastJson(valid.stdout)).toMatchObject({ chars: 299 });
  expect(lastJson(valid.stdout)["nats"]).toBe(lastJson(train.stdout)["validNats"]);
});

test("a part that the split lacks is refused", async () => {
  const { code, stderr } = await runCli(
    ["eval", "m.st", "corpus.txt", "--split", "0.9,0.1", "--part", "test"],
    { cwd },
  );
  expect([code, stderr]).toEqual([2, expect.stringContaining("the split has no test part")]);
});

test("--words gives the perplexity per word: e to the total nats over the words", async () => {
  const { stdout } = await runCli(["eval", "m.st", "corpus.txt", "--words", "--json"], { cwd });
  const { nats, chars, words, perplexityPerWord } = lastJson(stdout) as Record<string, number>;
  expect(words).toBe(smallText().trim().split(/\s+/).length);
  expect(perplexityPerWord).toBeCloseTo(Math.exp((nats! * chars!) / words!), 6);
});

test("mc averages passes under the masks of the training, and differs from the expectation", async () => {
  const args = ["eval", "m.st", "corpus.txt", "--engine", "strict", "--json"];
  const expectation = lastJson((await runCli(args, { cwd })).stdout);
  const mc = lastJson((await runCli([...args, "--mode", "mc", "--passes", "3"], { cwd })).stdout);
  expect(mc).toMatchObject({ mode: "mc", passes: 3, chars: 2999 });
  expect(mc["nats"]).not.toBe(expectation["nats"]);
  const nothing = await runCli([...args, "--mode", "mc", "--dropout", "none"], { cwd });
  expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining("no site is masked")]);
  const unused = await runCli([...args, "--dropout", "gal"], { cwd });
  expect([unused.code, unused.stderr]).toEqual([
    2,
    expect.stringContaining(
      "--dropout: this flag does nothing here. Expected --mode mc, got --mode expectation.",
    ),
  ]);
});

test("sample writes the prime text and as many symbols as asked, the same for the same seed", async () => {
  const args = ["sample", "m.st", "--prime", "the ", "--length", "50", "--seed", "7", "--engine", "strict"];
  const [one, two] = [await runCli(args, { cwd }), await runCli(args, { cwd })];
  expect(one.stdout).toMatch(/^the .{50}\n$/s);
  expect(one).toEqual(two);
  expect(one.stderr).toBe("seed 7\n");
  const json = lastJson((await runCli([...args, "--json"], { cwd })).stdout);
  expect(json).toEqual({
    ...{ checkpoint: "m.st", prime: "the ", text: one.stdout.slice(4, -1), length: 50 },
    ...{ temperature: 1, topK: 0, topP: 1, seed: 7 },
  });
});

test("temperature, top-k and top-p are checked by flag, and a prime text by symbol", async () => {
  const sample = (...args: string[]) => runCli(["sample", "m.st", ...args], { cwd });
  expect(await sample("--temperature", "-1")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--temperature"),
  });
  expect(await sample("--top-p", "0")).toMatchObject({ code: 2, stderr: expect.stringContaining("--top-p") });
  expect(await sample("--top-k", "1.5")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--top-k"),
  });
  const unknown = await sample("--prime", "ž", "--length", "3");
  expect(unknown).toMatchObject({
    code: 1,
    stdout: "",
    stderr: expect.stringContaining("sample: the prime text has a symbol"),
  });
});

test("info says what a checkpoint is, without changing it", async () => {
  const before = readFileSync(join(cwd, "m.st"));
  const words = await runCli(["info", "m.st"], { cwd });
  expect(words.stdout).toMatch(/model +lstm, 1 layer of 7, embedding of 5: \d+ parameters/);
  expect(words.stdout).toMatch(/recurrent +0\.2 +sequence +shared/);
  const json = lastJson((await runCli(["info", "m.st", "--json"], { cwd })).stdout);
  expect(json).toMatchObject({
    ...{ checkpoint: "m.st", engine: "strict", steps: 60, tokenizer: "char" },
    config: { hiddenSize: 7, dropout: { name: "gal:0.2" } },
  });
  expect(readFileSync(join(cwd, "m.st"))).toEqual(before);
});
