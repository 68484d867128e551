/** tidegate dropout list, show and schema; and every preset where a dropout is named. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { presetAliases, presetNames, presets } from "../../src/nn/index.ts";
import { root } from "../sourceFiles.ts";
import { folderWithCorpus, lastJson, runCli } from "./runCli.ts";

const cwd = root;

test("list names every preset, its alias, what it masks and its source", async () => {
  const { code, stdout } = await runCli(["dropout", "list"], { cwd });
  expect(code).toBe(0);
  for (const name of presetNames) expect(stdout).toMatch(new RegExp(`^${name} `, "m"));
  for (const [alias, name] of Object.entries(presetAliases))
    expect(stdout).toMatch(new RegExp(`^${name} +${alias} `, "m"));
  expect(stdout).toMatch(/^zoneout2016 +zoneoutCell, zoneoutHidden +Krueger et al\. 2016/m);
  const { presets: rows } = lastJson((await runCli(["dropout", "list", "--json"], { cwd })).stdout);
  expect(rows).toHaveLength(presetNames.length);
  expect(rows).toContainEqual(
    expect.objectContaining({ name: "gal2016", aliases: ["gal"], source: presets.gal2016.source }),
  );
});

test("show explains a preset: equation, sites, the rates of the paper, and what changes in evaluation", async () => {
  const { code, stdout } = await runCli(["dropout", "show", "zoneout2016"], { cwd });
  expect(code).toBe(0);
  expect(stdout).toBe(`dropout     zoneout2016
what        ${presets.zoneout2016.summary}
source      ${presets.zoneout2016.source}
equation    ${presets.zoneout2016.equation}
its rates   c 0.5, h 0.05 (characters, text8); c 0.25, h 0.025 (words)
evaluation  each k is replaced by its expectation p; the model keeps p in its checkpoint
JSON        {"version":1,"name":"zoneout2016","sites":{"zoneoutCell":{"rate":0.5,"tie":"step","gates":"shared"},"zoneoutHidden":{"rate":0.05,"tie":"step","gates":"shared"}}}
sites
    site           rate  one mask per  gates
    zoneoutCell     0.5  step          shared
    zoneoutHidden  0.05  step          shared
    only an LSTM has zoneoutCell
    a list of rates, one for each layer, can stand at zoneoutCell, zoneoutHidden
`);
});

test("show explains an alias at a rate, a number, and a configuration of one's own", async () => {
  const gal = lastJson((await runCli(["dropout", "show", "gal:0.3", "--json"], { cwd })).stdout);
  expect(gal).toMatchObject({
    preset: "gal2016",
    paperRates: presets.gal2016.rates,
    dropout: { version: 1, name: "gal:0.3" },
  });
  const number = lastJson((await runCli(["dropout", "show", "0.4", "--json"], { cwd })).stdout);
  expect(number).toMatchObject({ preset: "zaremba2014", dropout: { name: "zaremba:0.4" } });
  const text =
    '{"recurrent": {"rate": 0.25, "kind": "gaussian", "schedule": "linear"}, "zoneoutHidden": 0.1}';
  const own = await runCli(["dropout", "show", text], { cwd });
  expect(own.stdout).toMatch(/recurrent +0\.25 +sequence +shared +gaussian, linear to 0 over 1 of training/);
  expect(own.stdout).toMatch(
    /evaluation +no masks and no scaling, but zoneout keeps its rate of the old state/,
  );
  expect(own.stdout).not.toMatch(/^source/m);
});

test.each([
  ['{"recurrentWeights": {"rate": 0.5, "kind": "flipout"}}', "no noise: its mean is 1"],
  ['{"recurrent": 0.2, "output": {"rate": 0.2, "kind": "gaussian"}}', "kept values were divided by 1 - rate"],
  ['{"version": 1, "name": "none", "sites": {}}', "no masks and no scaling"],
])("show says what evaluation does under %s", async (text, wanted) => {
  const { code, stdout } = await runCli(["dropout", "show", text], { cwd });
  expect(code).toBe(0);
  expect(/^evaluation .*$/m.exec(stdout)![0]).toContain(wanted);
});

test("show refuses what training would refuse, with the same words", async () => {
  const { code, stderr } = await runCli(["dropout", "show", '{"zoneoutHidden": 1}'], { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain("dropout.zoneoutHidden: rate must be a fraction.");
  expect((await runCli(["dropout", "show", "flipout2081"], { cwd })).stderr).toContain(
    'got "flipout2081". Did you mean "flipout2018"?',
  );
});

test("schema prints docs/dropout.schema.json", async () => {
  const { stdout } = await runCli(["dropout", "schema"], { cwd });
  expect(JSON.parse(stdout)).toEqual(
    JSON.parse(readFileSync(join(root, "docs/dropout.schema.json"), "utf8")),
  );
});

test("training takes a preset, keeps zoneout in the checkpoint, and refuses a site that its cell lacks", async () => {
  const folder = folderWithCorpus();
  const args = [
    "train",
    "corpus.txt",
    "--hidden-size",
    "8",
    "--layers",
    "1",
    "--batch-size",
    "4",
    "--sequence-length",
    "10",
    "--steps",
    "3",
  ];
  const trained = await runCli([...args, "--dropout", "zoneout2016", "--out", "zoned.safetensors"], {
    cwd: folder,
  });
  expect(trained.code, trained.stderr).toBe(0);
  const info = await runCli(["info", "zoned.safetensors"], { cwd: folder });
  expect(info.stdout).toMatch(/zoneoutCell +0\.5 +step/);
  const annealed = await runCli(
    [
      ...args,
      "--dropout",
      '{"output": {"rate": 0.5, "schedule": "linear"}}',
      "--out",
      "annealed.safetensors",
    ],
    { cwd: folder },
  );
  expect(annealed.code, annealed.stderr).toBe(0);
  const mc = await runCli(["eval", "annealed.safetensors", "corpus.txt", "--mode", "mc"], { cwd: folder });
  expect(mc.stderr).toContain("got dropout custom, whose rates end at 0.");
  const refused = await runCli([...args, "--cell", "gru", "--dropout", "moon2015"], { cwd: folder });
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain("dropout.cell: a GRU has no cell.");
});
