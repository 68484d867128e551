/**
 * npm run bench                        strict and, where it runs, relaxed; H 128 and 512; LSTM and GRU
 * npm run bench -- --hidden 256 --engine strict --rounds 9 --log
 *
 * Every figure is a share of the engine's own sgemm 1024^3, measured in the same rounds: the variants take turns, so that a
 * machine that slows down slows all of them. Printed are medians over rounds; --log appends them to bench/LOG.md.
 */
import { appendFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { createEngine } from "tidegate/engine";
import { mustConform } from "./conforms.mjs";
import { machine } from "./machine.mjs";
import { sgemm } from "./sgemm.mjs";
import { trainingStep } from "./trainingStep.mjs";

const { values } = parseArgs({
  options: {
    engine: { type: "string", default: "strict,relaxed" },
    hidden: { type: "string", default: "128,512" },
    cell: { type: "string", default: "lstm,gru" },
    rounds: { type: "string", default: "7" },
    log: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
/** Seconds of one turn of a variant: long enough for the clock, short enough that turns see the same machine. */
const TURN = 0.25;
const dropouts = { none: "none", gal: "gal:0.25", naive: "naive:0.25" };

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
const lines = [];
const print = (line) => {
  console.log(line);
  lines.push(line);
};

/** Amount per second over one turn of at least TURN seconds. */
async function turn(work) {
  const start = performance.now();
  let amount = 0;
  do amount += await work();
  while (performance.now() - start < TURN * 1000);
  return amount / ((performance.now() - start) / 1000);
}

print(
  `${machine()}; ${new Date().toISOString().slice(0, 10)}; median of ${rounds} rounds; vocabulary 65, embedding 64, B 32, T 64, Adam, 1 layer, 1 thread`,
);
print("");
print("| engine | cell | H | dropout | chars/s | GFLOP/s | of own sgemm | against none |");
print("|---|---|---|---|---|---|---|---|");
for (const name of values.engine.split(",")) {
  const engine = await createEngine(name).catch((error) => console.log(`(${error.message})`));
  if (!engine) continue;
  await mustConform(engine);
  const product = sgemm(engine);
  for (const cell of values.cell.split(",")) {
    for (const hiddenSize of values.hidden.split(",").map(Number)) {
      const variants = [];
      for (const [label, dropout] of Object.entries(dropouts))
        variants.push({ label, rates: [], ...(await trainingStep(engine, { cell, hiddenSize, dropout })) });
      const products = [];
      for (const variant of variants) for (let k = 0; k < 3; k++) await variant.step(); // compiled, and memory grown
      for (let round = 0; round < rounds; round++) {
        products.push(await turn(product));
        for (const variant of variants) variant.rates.push(await turn(variant.step));
      }
      const own = median(products) / 1e9;
      for (const { label, rates, flop } of variants) {
        const chars = median(rates);
        const gflops = (chars * flop) / 1e9;
        const against = median(rates.map((rate, round) => rate / variants[0].rates[round]));
        print(
          `| ${name} | ${cell} | ${hiddenSize} | ${label} | ${Math.round(chars).toLocaleString("en-US")} | ${gflops.toFixed(1)} | ${(gflops / own).toFixed(2)} of ${own.toFixed(1)} | ${against.toFixed(2)} |`,
        );
      }
      for (const variant of variants) await variant.close();
    }
  }
}
print("");
print(
  `resident memory at the end, all variants together: ${Math.round(process.memoryUsage().rss / 2 ** 20)} MB`,
);
if (values.log)
  appendFileSync(
    new URL("./LOG.md", import.meta.url),
    `\n## ${new Date().toISOString().slice(0, 10)}: npm run bench\n\n${lines.join("\n")}\n`,
  );
