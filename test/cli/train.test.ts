import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readCheckpoint, readJsonLines } from "../../src/io/index.ts";
import { filesIn, folderWithCorpus, lastJson, runCli, smallText, tiny } from "./runCli.ts";

/** The tensors of a checkpoint by name. */
async function tensorsOf(folder: string, name: string): Promise<Map<string, unknown>> {
  return (await readCheckpoint(join(folder, name))).tensors;
}

test("train with --json ends stdout with one object, and writes the rest to stderr", async () => {
  const cwd = folderWithCorpus();
  const { code, stdout, stderr } = await runCli(
    ["train", "corpus.txt", ...tiny, "--steps", "40", "--dropout", "gal:0.2", "--log-every", "10", "--json"],
    { cwd },
  );
  expect(stderr).toMatch(/layers\s+0.2\s+sequence\s+shared\s+not in this network/);
  expect(stderr).toContain("update 40/40");
  expect(code).toBe(0);
  expect(stdout.trimEnd()).not.toContain("\n");
  const result = lastJson(stdout);
  expect(result).toEqual({
    checkpoint: "corpus.safetensors",
    engine: "strict",
    threads: availableParallelism(),
    blas: null,
    steps: 40,
    chars: expect.any(Number),
    seconds: expect.any(Number),
    charsPerSecond: expect.any(Number),
    trainNats: expect.any(Number),
    validNats: expect.any(Number),
    validBitsPerChar: expect.any(Number),
    validPerplexity: expect.any(Number),
  });
  expect(result["validBitsPerChar"]).toBeCloseTo((result["validNats"] as number) / Math.LN2, 12);
  expect(filesIn(cwd)).toEqual(["corpus.safetensors", "corpus.txt"]);
});

test("three parts, or a test file, give test numbers too; without --json stdout has the result in words", async () => {
  const cwd = folderWithCorpus();
  writeFileSync(join(cwd, "other.txt"), smallText().slice(100, 400));
  const start = ["train", "corpus.txt", ...tiny, "--steps", "5", "--force"];
  const three = await runCli([...start, "--split", "0.8,0.1,0.1", "--json"], { cwd });
  expect(lastJson(three.stdout)).toMatchObject({
    testNats: expect.any(Number),
    testPerplexity: expect.any(Number),
  });
  const files = await runCli([...start, "--valid", "other.txt", "--test", "other.txt", "--json"], { cwd });
  const result = lastJson(files.stdout);
  expect(result["testNats"]).toBeCloseTo(result["validNats"] as number, 12);
  const words = await runCli([...start, "--test", "other.txt"], { cwd });
  expect(words.stdout).toMatch(/^ended by.*\ntrained.*\ntraining.*\nvalidation.*\ntest .*\ncheckpoint/);
});

test("the names of char-rnn, the standard input and a configuration file with flags over it all work", async () => {
  const cwd = folderWithCorpus();
  writeFileSync(
    join(cwd, "config.json"),
    JSON.stringify({ hiddenSize: 3, layers: 1, embeddingSize: 0, sequenceLength: 9, steps: 7 }),
  );
  const { code, stdout, stderr } = await runCli(
    [
      ...["train", "-", "-rnn_size", "6", "-model", "gru", "--config", "config.json", "--reset-before"],
      ...[
        "-batch_size",
        "2",
        "--out",
        "a/b.safetensors",
        "--sample-every",
        "7",
        "--engine",
        "strict",
        "--json",
      ],
    ],
    { cwd, input: smallText() },
  );
  expect(code).toBe(0);
  expect(stderr).toContain("gru (reset before), 1 layer of 6, one-hot input");
  expect(stderr).toContain("sample at update 7:");
  expect(lastJson(stdout)).toMatchObject({ checkpoint: "a/b.safetensors", steps: 7 });
  expect(existsSync(join(cwd, "a/b.safetensors"))).toBe(true);
});

test("a run that Ctrl-C stopped goes on to the bits of the run that was never stopped", async () => {
  const cwd = folderWithCorpus();
  const flags = [
    ...tiny,
    "--steps",
    "600",
    "--dropout",
    "gal:0.2",
    "--evaluate-every",
    "150",
    "--log-every",
    "1",
  ];
  const args = ["train", "corpus.txt", ...flags, "--metrics", "m.jsonl", "--out", "stopped.st", "--json"];
  const stopped = await runCli(args, { cwd, interruptAt: /update 5\// });
  expect(stopped.code).toBe(130);
  expect(stopped.stderr).toContain("Finishing this update and saving");
  expect(stopped.stderr).toContain(`tidegate ${args.join(" ")} --resume stopped.st`);
  const steps = lastJson(stopped.stdout)["steps"] as number;
  expect(steps).toBeGreaterThanOrEqual(5);
  expect(steps).toBeLessThan(600);

  const resumed = await runCli([...args, "--resume", "stopped.st"], { cwd });
  expect(resumed.stderr).toContain(`goes on after update ${steps}`);
  expect(resumed.code).toBe(0);
  const whole = await runCli(["train", "corpus.txt", ...flags, "--out", "whole.st", "--json"], { cwd });
  expect(whole.code).toBe(0);
  expect(await tensorsOf(cwd, "stopped.st")).toEqual(await tensorsOf(cwd, "whole.st"));
  const { seconds, charsPerSecond, checkpoint, ...numbers } = lastJson(whole.stdout);
  expect(lastJson(resumed.stdout)).toMatchObject(numbers);
  const lines = readJsonLines(join(cwd, "m.jsonl")).filter((line) => line["split"] === "train");
  expect(lines.map((line) => line["step"])).toEqual(Array.from({ length: 600 }, (_, k) => k + 1));
  expect(filesIn(cwd)).toEqual(["corpus.txt", "m.jsonl", "stopped.st", "whole.st"]);
});

test("a finished run can be given more updates, but not another model", async () => {
  const cwd = folderWithCorpus();
  const first = await runCli(["train", "corpus.txt", ...tiny, "--steps", "10"], { cwd });
  expect(first.code).toBe(0);
  const more = await runCli(
    ["train", "corpus.txt", "--init-from", "corpus.safetensors", "--steps", "20", "--json"],
    { cwd },
  );
  expect(more.code).toBe(0);
  expect(lastJson(more.stdout)).toMatchObject({
    steps: 20,
    engine: "strict",
    checkpoint: "corpus.safetensors",
  });
  const changed = await runCli(
    ["train", "corpus.txt", "--resume", "corpus.safetensors", "--hidden-size", "9"],
    { cwd },
  );
  expect(changed.code).toBe(2);
  expect(changed.stderr).toContain("hiddenSize cannot change when a run is resumed. Expected 7, got 9");
});

test("a file that exists is overwritten only by --force or by the run that is resumed from it", async () => {
  const cwd = folderWithCorpus();
  const args = ["train", "corpus.txt", ...tiny, "--steps", "3"];
  expect((await runCli(args, { cwd })).code).toBe(0);
  const before = readFileSync(join(cwd, "corpus.safetensors"));
  const again = await runCli([...args, "--seed", "5"], { cwd });
  expect(again.code).toBe(2);
  expect(again.stderr).toContain("--out: corpus.safetensors is the checkpoint of an earlier run.");
  expect(again.stderr).toContain("give --resume corpus.safetensors; to overwrite it give --force.");
  const noCheckpoint = await runCli([...args, "--out", "corpus.txt"], { cwd });
  expect(noCheckpoint.code).toBe(2);
  expect(noCheckpoint.stderr).toContain("corpus.txt exists and is no checkpoint");
  expect(readFileSync(join(cwd, "corpus.safetensors"))).toEqual(before);
  expect((await runCli([...args, "--seed", "5", "--force"], { cwd })).code).toBe(0);
  expect(readFileSync(join(cwd, "corpus.safetensors"))).not.toEqual(before);
});
