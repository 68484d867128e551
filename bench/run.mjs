/**
 * npm run bench                    every engine on 1 and 2 threads; LSTM and GRU; H 128 to 1024; three dropouts
 * npm run bench -- --quick         H 128, LSTM, short turns: half a minute, to see that all is well
 * npm run bench -- --engine relaxed --threads 2 --hidden 256 --rounds 3
 * npm run bench -- --presets       what every preset of dropout costs beside none, on every engine at H 128 and 512
 * npm run bench -- --peers         the same step in other libraries, with the flags of bench/peers/run.mjs
 *
 * Flags take several values, separated by commas. Every figure stands beside the rate at which the same engine, and the
 * system's BLAS, multiply matrices of 1024 x 1024 on as many threads in the same rounds. --json prints JSON instead of the
 * table, --log appends the table to bench/LOG.md.
 */
import { parseArgs } from "node:util";
import { engineNames } from "tidegate/engine";
import { recurrentDropout } from "tidegate/nn";
import { referenceTraces } from "./conforms.mjs";
import { among, positive, sizes, words } from "./flags.mjs";
import { appendToLog, today } from "./log.mjs";
import { machine, versions } from "./machine.mjs";
import { count, fixed, head, line } from "./table.mjs";
import { PRODUCT, startProducts, timeTraining } from "./timeTraining.mjs";

if (process.argv.includes("--peers")) {
  const { benchPeers, peerOptions } = await import("./peers/run.mjs");
  const args = process.argv.slice(2).filter((arg) => arg !== "--peers");
  await benchPeers(parseArgs({ args, options: peerOptions }).values);
  process.exit();
}
if (process.argv.includes("--presets")) {
  const { benchPresets, presetOptions } = await import("./presets.mjs");
  const args = process.argv.slice(2).filter((arg) => arg !== "--presets");
  await benchPresets(parseArgs({ args, options: presetOptions }).values);
  process.exit();
}

const { values } = parseArgs({
  options: {
    engine: { type: "string", default: "strict,relaxed,blas" },
    threads: { type: "string", default: "1,2" },
    cell: { type: "string" },
    hidden: { type: "string" },
    dropout: { type: "string", default: "none,gal:0.25,structured:0.5" },
    rounds: { type: "string" },
    turn: { type: "string" },
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    log: { type: "boolean", default: false },
  },
});
const { quick } = values;
const engines = among("engine", words(values.engine), engineNames);
const dropouts = words(values.dropout);
for (const name of dropouts) recurrentDropout(name); // a misspelt one ends it here
const threadCounts = sizes("threads", values.threads);
const cells = among("cell", words(values.cell ?? (quick ? "lstm" : "lstm,gru")), ["lstm", "gru"]);
const hiddenSizes = sizes("hidden", values.hidden ?? (quick ? "128" : "128,256,512,1024"));
const pace = {
  rounds: sizes("rounds", values.rounds ?? (quick ? "3" : "5"))[0],
  /** Seconds of one turn of a variant: long enough for the clock, short enough that turns see the same machine. */
  seconds: positive("turn", values.turn ?? (quick ? "0.1" : "0.2")),
};

const started = performance.now();
const seconds = () => Math.round((performance.now() - started) / 1000);
const progress = (text) => process.stderr.write(`${text}\n`);
const lines = [];
const print = (text) => {
  if (!values.json) console.log(text);
  lines.push(text);
};

print(`${machine()}; ${versions()}; ${today()}.`);
print(
  `Vocabulary 65, embedding 64, B 32, T 64, Adam, 1 layer. ${pace.rounds} rounds of turns of ${pace.seconds} s: medians, ratios those of one round; peak memory of a process that does nothing else.`,
);
print("");
progress("the reference works out what every engine must agree with");
const expected = await referenceTraces();
const { products, missing } = await startProducts(engines, threadCounts, expected);
const library = products.find(({ blas }) => blas)?.blas;
print(library ? `BLAS: ${library}\n` : "No BLAS here.\n");
for (const reason of missing) print(`${reason.replace(/\.$/, "")}.\n`);

print(
  head([
    "engine",
    "threads",
    "cell",
    "H",
    "dropout",
    "chars/s",
    "best",
    "GFLOP/s",
    `of own sgemm ${PRODUCT}`,
    "of BLAS sgemm",
    "against none",
    "against 1 thread",
    "peak MB",
  ]),
);
const rows = [];
let [disturbed, counted] = [0, 0];
for (const cell of cells) {
  for (const hiddenSize of hiddenSizes) {
    progress(`${cell}, H ${hiddenSize} (${seconds()} s so far)`);
    const timed = await timeTraining({ cell, hiddenSize, engines, dropouts }, products, pace, expected);
    for (const row of timed.rows) print(tableLine(row));
    rows.push(...timed.rows);
    disturbed += timed.disturbed;
    counted += timed.counted;
  }
}
for (const product of products) await product.stop();
print("");
print(
  `Took ${seconds()} s. In ${disturbed} of ${counted} turns on one thread somebody else had more than a tenth of the core.`,
);
if (values.json)
  console.log(
    JSON.stringify(
      { machine: machine(), versions: versions(), date: today(), pace, missing, rows, disturbed, counted },
      null,
      2,
    ),
  );
if (values.log) appendToLog("npm run bench", lines);

function tableLine(row) {
  return line([
    row.engine,
    row.threads,
    row.cell,
    row.hiddenSize,
    row.dropout,
    count(row.charsPerSecond),
    count(row.best),
    row.gflops.toFixed(1),
    `${fixed(row.ofOwnProduct)} of ${fixed(row.ownProductGflops, 1)}`,
    row.ofBlasProduct === undefined
      ? "-"
      : `${fixed(row.ofBlasProduct)} of ${fixed(row.blasProductGflops, 1)}`,
    fixed(row.againstNone),
    row.threads === 1 ? "" : fixed(row.againstOneThread),
    count(row.peakMegabytes),
  ]);
}
