/** What a person sees of rates that are learned, and of rates that follow the validation. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { readJsonLines } from "../../src/io/index.ts";
import { folderWithCorpus, lastJson, runCli, tiny } from "./runCli.ts";

type Rates = Record<string, number | number[]>;

test("learned rates are in the progress, the metrics, the result, info and dropout check", async () => {
  const cwd = folderWithCorpus();
  const { code, stdout, stderr } = await runCli(
    [
      ...["train", "corpus.txt", ...tiny, "--steps", "40", "--evaluate-every", "20", "--metrics", "m.jsonl"],
      ...["--dropout", "concrete2017:0.3", "--concrete-entropy", "5", "--json"],
    ],
    { cwd },
  );
  expect(code).toBe(0);
  expect(stderr).toMatch(/ also +learned rates with entropy 5\n/);
  expect(stderr).toMatch(
    /validation at update 20 .* learned rates input 0\.\d{3}, recurrent 0\.\d{3}, output 0\.\d{3}\n/,
  );
  const rates = lastJson(stdout)["learnedRates"] as Rates;
  expect(Object.keys(rates)).toEqual(["input", "recurrent", "output"]);
  const lines = readJsonLines(join(cwd, "m.jsonl")).filter((line) => line["split"] === "valid");
  expect(lines.map((line) => Object.keys(line["learnedRates"] as Rates))).toEqual([
    Object.keys(rates),
    Object.keys(rates),
  ]);
  expect(lines.map((line) => line["learnedRates"])).toContainEqual(rates);
  const info = await runCli(["info", "corpus.safetensors", "--json"], { cwd });
  expect(lastJson(info.stdout)["learnedRates"]).toEqual(rates);
  const check = await runCli(["dropout", "check", "corpus.safetensors"], { cwd });
  expect(check.code).toBe(0);
  const shown = Object.entries(rates).map(([site, rate]) => `${site} ${[rate].flat()[0]!.toFixed(3)}`);
  expect(check.stdout).toContain(`learned rates  ${shown.join(", ")}`);
  const words = await runCli(["train", "corpus.txt", "--resume", "corpus.safetensors", "--steps", "41"], {
    cwd,
  });
  expect(words.stdout).toMatch(/^learned rates +input 0\.\d{3}, recurrent 0\.\d{3}, output 0\.\d{3}$/m);
});

test("rates that follow the validation are lines of their own when they change, and in metrics, result and info", async () => {
  const cwd = folderWithCorpus();
  const adjustment = { name: "validationGap", lower: 0.5, gap: 100 }; // the gap is always below that
  const { code, stdout, stderr } = await runCli(
    [
      ...["train", "corpus.txt", ...tiny, "--steps", "20", "--evaluate-every", "10", "--metrics", "m.jsonl"],
      ...["--dropout", "gal:0.2", "--dropout-adjustment", JSON.stringify(adjustment), "--json"],
    ],
    { cwd },
  );
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /dropout lowered at update 10 to 0\.5 times its rates: embedding 0\.100, input 0\.100, recurrent 0\.100, output 0\.100\n/,
  );
  const summary = { factor: 0.25, raised: 0, lowered: 2 };
  expect(lastJson(stdout)["dropoutAdjustment"]).toMatchObject({ ...summary, rates: { output: 0.05 } });
  const lines = readJsonLines(join(cwd, "m.jsonl")).filter((line) => line["split"] === "valid");
  expect(lines).toMatchObject([
    { step: 10, dropoutChange: "lowered", dropoutRates: { output: 0.1 } },
    { step: 20, dropoutChange: "lowered", dropoutRates: { output: 0.05 } },
  ]);
  const info = await runCli(["info", "corpus.safetensors"], { cwd });
  expect(info.stdout).toMatch(/^adjusted to +embedding 0\.050, .* \(raised 0 times, lowered 2 times\)$/m);
  const words = await runCli(["train", "corpus.txt", "--resume", "corpus.safetensors", "--steps", "21"], {
    cwd,
  });
  expect(words.stdout).toMatch(/^dropout +raised 0 times, lowered 3 times: embedding 0\.025, /m);
});
