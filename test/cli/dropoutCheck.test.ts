/** tidegate dropout check: the table, the JSON object, the exit code; of a specification and of a checkpoint. */
import { expect, onTestFinished, test } from "vitest";
import { checkDropoutOf, findingLines } from "../../src/cli/commands/dropoutCheck.ts";
import type { DropoutFinding } from "../../src/lm/index.ts";
import { drawMasks } from "../../src/nn/index.ts";
import { folderWithCorpus, lastJson, runCli, tiny } from "./runCli.ts";

const small = ["--hidden-size", "6", "--embedding-size", "5", "--batch-size", "3", "--sequence-length", "4"];
const quick = [...small, "--engine", "strict", "--threads", "1"];

test("a specification: what is checked, expected and seen, and exit code 0", async () => {
  const cwd = folderWithCorpus();
  const args = [
    "dropout",
    "check",
    '{"recurrent": 0.25, "zoneoutHidden": 0.1}',
    "--cell",
    "gru",
    "--layers",
    "1",
  ];
  const { code, stdout } = await runCli([...args, ...quick], { cwd });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^model +gru, 1 layer of 6, embedding of 5$/m);
  expect(stdout).toMatch(/^windows +3 rows of 4 steps$/m);
  expect(stdout).toMatch(/^recurrent +steps +the same at all steps +the same +ok$/m);
  expect(stdout).toMatch(/^recurrent +values +0 and 1\.333 +0 and 1\.333 +ok$/m);
  expect(stdout).toMatch(/^zoneoutHidden +rate +kept share 0\.1 ± 0\.0\d+ \(5 sigma of \d+\) +0\.\d+ +ok$/m);
  expect(stdout).toMatch(/^network +evaluation +the bits of a model without dropout/m);
  expect(stdout).toMatch(/^all 18 checks ok$/m);
});

test("a checkpoint: its own network, dropout and windows", async () => {
  const cwd = folderWithCorpus();
  const train = [
    "train",
    "corpus.txt",
    ...tiny,
    "--steps",
    "3",
    "--dropout",
    "awdLstm2017",
    "--out",
    "m.safetensors",
  ];
  expect((await runCli(train, { cwd })).code).toBe(0);
  const { code, stdout } = await runCli(
    ["dropout", "check", "m.safetensors", "--json", "--engine", "strict"],
    { cwd },
  );
  expect(code).toBe(0);
  const object = lastJson(stdout);
  expect(object).toMatchObject({
    ok: true,
    batchSize: 4,
    sequenceLength: 11,
    dropout: { name: "awdLstm2017" },
  });
  const findings = object["findings"] as DropoutFinding[];
  expect([...new Set(findings.map(({ site }) => site))]).toEqual([
    ...["embedding", "input", "output", "recurrentWeights", "network"],
  ]);
  const refused = await runCli(["dropout", "check", "m.safetensors", "--layers", "3"], { cwd });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("a checkpoint has a network of its own");
});

test("what is neither a file nor a dropout, and a dropout that the cell cannot have, are refused", async () => {
  const cwd = folderWithCorpus();
  const missing = await runCli(["dropout", "check", "none.safetensors"], { cwd });
  expect(missing.code).toBe(1);
  expect(missing.stderr).toContain("none.safetensors");
  expect((await runCli(["dropout", "check", "gall"], { cwd })).stderr).toContain("gal");
  const cell = await runCli(["dropout", "check", "moon2015", "--cell", "gru"], { cwd });
  expect(cell.code).toBe(2);
  expect(cell.stderr).toContain("a GRU has no cell");
});

test("what fails stands as FAILED in its row and in the sum", () => {
  expect(
    findingLines([
      { site: "input", check: "rate", expected: "0.25", seen: "0.2504", ok: true },
      { site: "output", check: "steps", expected: "the same", seen: "0.4 of the values change", ok: false },
    ]),
  ).toEqual([
    "site    check  expected  seen",
    "input   rate   0.25      0.2504                    ok",
    "output  steps  the same  0.4 of the values change  FAILED",
    "",
    "1 of 2 checks FAILED",
  ]);
});

test("the exit code is 1 when a check fails, and nothing is set when none does", async () => {
  const before = process.exitCode;
  onTestFinished(() => {
    process.exitCode = before;
  });
  const flags = {
    hiddenSize: 6,
    layers: 1,
    batchSize: 3,
    sequenceLength: 4,
    engine: "strict",
    threads: 1,
  } as const;
  await checkDropoutOf('{"recurrent": 0.25}', flags);
  expect(process.exitCode).toBe(before);
  const inEachWindowTheFirst: typeof drawMasks = (tape, dropout, sizes, key, position, types) =>
    drawMasks(tape, dropout, sizes, key, { ...position, window: 0 }, types);
  await checkDropoutOf('{"recurrent": 0.25}', flags, { draw: inEachWindowTheFirst });
  expect(process.exitCode).toBe(1);
});
