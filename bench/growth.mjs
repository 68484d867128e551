/**
 * npm run bench:growth                           every axis, the fastest engine, one thread
 * npm run bench:growth -- --axis hidden,batch --engine strict --threads 2 --rounds 9
 * npm run bench:growth -- --picture docs/growth.svg
 *
 * Grows a training step along one axis at a time, from a model of one layer (H 256, B 32, T 64, vocabulary 65, embedding 64,
 * 250,000 characters of text), and says how the time for a character and the peak memory grow: as x^k between neighbouring
 * points, beside the k that the formulas expect.
 *
 *   time    arithmetic per character, 6 (4 H (D + H) + 8 (L - 1) H^2 + V H): H^2 and V H for large H and V; not B, T or the text
 *   memory  16 bytes per parameter, as H^2; activations, as L B T H and B T V; 4 bytes per character of the text
 *
 * Each point is a process of its own, and the points of an axis take turns. Memory is the engine's, which is the same to the byte
 * in every run; for the text, which is not in it, what is resident; both beyond what a process needs that trains one unit. --json prints JSON, --log appends the tables to bench/LOG.md.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { engineNames } from "tidegate/engine";
import { exponent } from "./arithmetic.mjs";
import { referenceTraces } from "./conforms.mjs";
import { among, positive, sizes, words } from "./flags.mjs";
import { growthPicture } from "./growthPicture.mjs";
import { appendToLog, today } from "./log.mjs";
import { machine, versions } from "./machine.mjs";
import { median, medianRatio, takeTurns } from "./rounds.mjs";
import { startVariants } from "./startVariant.mjs";
import { count, fixed, head, line } from "./table.mjs";

/** What grows, in which option, through which values, and whether outside the engine's memory. */
const axes = {
  hidden: { label: "H, hidden size", option: "hiddenSize", values: [64, 128, 256, 512, 1024] },
  batch: { label: "B, rows", option: "batchSize", values: [8, 16, 32, 64, 128] },
  steps: { label: "T, steps", option: "sequenceLength", values: [16, 32, 64, 128, 256] },
  layers: { label: "layers", option: "layers", values: [1, 2, 4, 8] },
  vocabulary: { label: "V, vocabulary", option: "vocabularySize", values: [65, 260, 1040, 4160] },
  corpus: {
    label: "characters of text",
    option: "corpusSize",
    values: [250e3, 1e6, 4e6, 16e6],
    isOutside: true,
  },
};
const base = {
  what: "step",
  cell: "lstm",
  dropout: "none",
  hiddenSize: 256,
  batchSize: 32,
  sequenceLength: 64,
  layers: 1,
  vocabularySize: 65,
  corpusSize: 250e3,
};
/** The least that trains: what its process has resident belongs to the runtime. */
const least = { hiddenSize: 1, embeddingSize: 1, vocabularySize: 2, corpusSize: 3000 };
/** Bytes that are kept of each character: its number in the vocabulary. */
const BYTES_PER_CHARACTER = 4;
/** A k that is this far from the expected one is marked. */
const FAR = 0.25;

const { values } = parseArgs({
  options: {
    engine: { type: "string", default: "auto" },
    threads: { type: "string", default: "1" },
    axis: { type: "string", default: Object.keys(axes).join(",") },
    rounds: { type: "string", default: "5" },
    turn: { type: "string", default: "0.2" },
    json: { type: "boolean", default: false },
    log: { type: "boolean", default: false },
    picture: { type: "string" },
  },
});
const wanted = among("axis", words(values.axis), Object.keys(axes));
const [engine] = among("engine", words(values.engine), engineNames);
const [threads] = sizes("threads", values.threads);
const pace = { rounds: sizes("rounds", values.rounds)[0], seconds: positive("turn", values.turn) };

const started = performance.now();
const expected = await referenceTraces();
const idle = await startVariants(new Array(3).fill({ ...base, ...least, engine, threads }), expected);
const [{ ready, absent, engine: engineName }] = idle;
if (!ready) {
  console.error(`${engine} on ${threads} thread(s): ${absent}`);
  process.exit(1);
}
const ends = await Promise.all(idle.map((variant) => variant.stop()));
/** What training needs that trains almost nothing: the engine's memory, and what is resident. */
const floor = {
  engineMemory: median(ends.map(({ engineMemory }) => engineMemory)),
  peak: median(ends.map(({ peak }) => peak)),
};

const lines = [];
const print = (text) => {
  if (!values.json) console.log(text);
  lines.push(text);
};
print(`${machine()}; ${versions()}; ${today()}.`);
print(
  `Engine ${engineName}, ${threads} thread(s), LSTM. ${pace.rounds} rounds of turns of ${pace.seconds} s, medians. Memory is the engine's beyond the ${fixed(floor.engineMemory, 0)} MB, for the text what is resident beyond the ${fixed(floor.peak, 0)} MB, of a process that trains one unit.`,
);
const measured = [];
for (const name of wanted) {
  process.stderr.write(`${name} (${Math.round((performance.now() - started) / 1000)} s so far)\n`);
  const axis = { ...axes[name], points: await growAlong(axes[name]) };
  measured.push(axis);
  printAxis(axis);
}
print("");
print(`Took ${Math.round((performance.now() - started) / 1000)} s.`);
if (values.json) console.log(JSON.stringify({ machine: machine(), date: today(), floor, measured }, null, 2));
if (values.picture) writeFileSync(values.picture, growthPicture(measured, `${engineName}, ${machine()}`));
if (values.log) appendToLog("npm run bench:growth", lines);

/** Time and memory at each value of an axis, and the exponents from the value before. */
async function growAlong({ option, values: xs, isOutside }) {
  const variants = await startVariants(
    xs.map((x) => ({ ...base, [option]: x, engine, threads })),
    expected,
  );
  const { rates } = await takeTurns(variants, pace);
  const points = [];
  for (const [k, variant] of variants.entries()) {
    const { peak, engineMemory } = await variant.stop();
    const x = xs[k];
    const corpus = isOutside ? x * BYTES_PER_CHARACTER : 0;
    const point = {
      x,
      micros: 1e6 / median(rates[k]),
      megabytes: isOutside ? peak - floor.peak : engineMemory - floor.engineMemory,
      peak,
      flop: variant.flop,
      expectedMegabytes: (variant.bytes + corpus) / 2 ** 20,
    };
    const before = points.at(-1);
    if (before) {
      const along = (key) => exponent([before.x, before[key]], [x, point[key]]);
      // within a round: time by time is the other's rate by this one's
      point.time = exponent([before.x, 1], [x, medianRatio(rates[k - 1], rates[k])]);
      point.expectedTime = along("flop");
      point.timeRemark = remark(point.time, point.expectedTime);
      point.memory = along("megabytes");
      point.expectedMemory = along("expectedMegabytes");
      point.memoryRemark = remark(point.memory, point.expectedMemory);
    }
    points.push(point);
  }
  return points;
}

function printAxis({ label, points }) {
  print("");
  print(
    head([
      label,
      "µs per char",
      "time ~ x^k",
      "expected",
      "",
      "MB",
      "formula",
      "memory ~ x^k",
      "expected",
      "",
      "peak MB",
    ]),
  );
  for (const point of points) {
    print(
      line([
        count(point.x),
        fixed(point.micros, point.micros < 100 ? 1 : 0),
        fixed(point.time),
        fixed(point.expectedTime),
        point.timeRemark ?? "",
        fixed(point.megabytes, 0),
        fixed(point.expectedMegabytes, 0),
        fixed(point.memory),
        fixed(point.expectedMemory),
        point.memoryRemark ?? "",
        count(point.peak),
      ]),
    );
  }
}

function remark(k, expectedK) {
  if (k === undefined || expectedK === undefined || Math.abs(k - expectedK) <= FAR) return "";
  return k > expectedK ? "steeper" : "flatter";
}
