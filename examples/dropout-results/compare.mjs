/**
 * Every dropout of the literature on the same text: tuned with equal budgets, several seeds.
 *
 *   tidegate corpus fetch tiny-shakespeare
 *   node examples/dropout-results/compare.mjs tiny-shakespeare [--study whole|tenth] [--cell lstm|gru] [--schemes gal2016,zoneout2016]
 *   node examples/dropout-results/report.mjs runs/dropout-results/whole/results.json      tables and pictures
 *
 * Three stages for each cell, all under runs/dropout-results: stopped and started again it goes on where it was.
 *   1. learning rate   none, seed 1, at each learning rate
 *   2. strength        every scheme, seed 1, at each strength
 *   3. seeds           every scheme at its better setting, with all seeds (seed 1 is done)
 * The corpus is a name of `tidegate corpus list` or the path of a text (default: the embedded one). The whole of it takes hours;
 * --quick shows in seconds that it runs. studies.mjs says what is compared; --seeds how many there are (3). --engine, --workers and
 * --folder are those of `tidegate compare`.
 */
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { comparisonConfig, runComparison, VERSION } from "tidegate/lab";
import { bits } from "./rows.mjs";
import { dropoutOf } from "./schemes.mjs";
import { studies } from "./studies.mjs";
import { studyText } from "./studyText.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    study: { type: "string", default: "whole" },
    cell: { type: "string" },
    engine: { type: "string", default: "auto" },
    seeds: { type: "string", default: "3" },
    workers: { type: "string" },
    schemes: { type: "string" },
    quick: { type: "boolean", default: false },
    folder: { type: "string" },
  },
});
const corpus = positionals[0] ?? "tideland";
const quick = values.quick ? { hiddenSize: 16, embeddingSize: 8, epochs: 1, schedule: "cosine" } : {};
const study = studies[values.study];
if (!study) throw new Error(`--study must be one of ${Object.keys(studies).join(", ")}, got ${values.study}`);
const folder = values.folder ?? `runs/dropout-results${values.quick ? "-quick" : ""}/${values.study}`;
const seeds = Array.from({ length: Number(values.seeds) }, (_, k) => k + 1);
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());

const text = await studyText(corpus, study.share, folder);
const cells = values.cell ? [values.cell] : Object.keys(study.schemes);
const results = [];
for (const cell of cells) results.push(await compare(cell));
if (stop.signal.aborted) {
  console.log("stopped; the same command goes on from here");
} else {
  const { share, base, learningRates, strengths } = study;
  const made = { date: new Date().toISOString().slice(0, 10), version: VERSION, node: process.version };
  const found = {
    study: values.study,
    ...{ ...made, machine: cpus()[0].model.trim(), corpus: corpus.split("/").at(-1), share },
    ...{ base: { ...base, ...quick }, learningRates, strengths, seeds, cells: results },
  };
  const path = `${folder}/results.json`;
  writeFileSync(path, `${oneRunPerLine(JSON.stringify(found, null, 1))}\n`);
  console.log(`written: ${path}`);
}

/** All three stages of one cell. */
async function compare(cell) {
  const rateRuns = await stage(
    cell,
    Object.fromEntries(study.learningRates.map((learningRate) => [`none@${learningRate}`, { learningRate }])),
    [1],
  );
  const tried = rateRuns.map(plain);
  const learningRate = lowest(tried)?.setting;
  const asked = values.schemes?.split(",");
  const schemes = study.schemes[cell].filter((name) => !asked || asked.includes(name));
  const chosen = { [`none@${learningRate}`]: { learningRate } };
  const configurations = {};
  for (const scheme of schemes) {
    for (const strength of study.strengths) {
      const dropout = dropoutOf(cell, scheme, strength);
      configurations[`${scheme}@${strength}`] = { learningRate, dropout };
    }
  }
  const strengthRuns = await stage(cell, configurations, [1]);
  tried.push(...strengthRuns.map(plain));
  for (const scheme of schemes) {
    const best = lowest(strengthRuns.filter(({ config }) => config.startsWith(`${scheme}@`)));
    if (best) chosen[best.config] = configurations[best.config];
  }
  const final = await stage(cell, chosen, seeds);
  return { cell, learningRate, tried, final: final.map(plain) };
}

async function stage(cell, configurations, seedsOfStage) {
  if (stop.signal.aborted) return [];
  const comparison = comparisonConfig({
    name: `dropout-results-${cell}`,
    ...text,
    chars: values.quick ? 20_000 : null,
    base: { cell, ...study.base, ...quick },
    configurations,
    seeds: seedsOfStage,
    engine: values.engine,
  });
  const { runs, failures } = await runComparison(comparison, {
    folder: `${folder}/${cell}`,
    workers: values.workers && Number(values.workers),
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type === "plan")
        console.log(`${cell}: ${event.runs.length} runs, ${event.done} done, ${event.engine}`);
      if (event.type === "failed") console.log(`${event.config}: ${event.message}`);
      if (event.type !== "result") return;
      const { validNats, testNats, seconds } = event.result;
      console.log(
        `${cell} ${event.config} seed ${event.seed}: valid ${bits(validNats).toFixed(4)} test ${bits(testNats).toFixed(4)} bits, ${Math.round(seconds)} s`,
      );
    },
  });
  if (failures.length > 0)
    throw new Error(failures.map(({ config, message }) => `${config}: ${message}`).join("\n"));
  return runs;
}

function lowest(runs) {
  return runs.reduce((best, run) => (best && best.validNats <= run.validNats ? best : run), undefined);
}

/** What the tables need of a run. */
function plain({ config, seed, validNats, testNats, trainNats, bestStep, steps, engine, learnedRates }) {
  const [scheme, setting] = config.split("@");
  const learned = learnedRates ? { learnedRates } : {};
  return {
    scheme,
    setting: Number(setting),
    seed,
    validNats,
    testNats,
    trainNats,
    bestStep,
    steps,
    engine,
    ...learned,
  };
}

/** Runs stand five levels deep. */
function oneRunPerLine(json) {
  return json.replace(/\n {5,}/g, " ").replace(/\n {4}}/g, " }");
}
