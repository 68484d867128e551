/**
 * npm run bench -- --presets: what every preset of dropout costs, on every engine, beside training without.
 *
 * All presets of one engine and size take turns in one round (rounds.mjs), so that a ratio compares the same minute.
 */
import { engineNames } from "tidegate/engine";
import { presetNames, recurrentDropout } from "tidegate/nn";
import { referenceTraces } from "./conforms.mjs";
import { among, positive, sizes, words } from "./flags.mjs";
import { appendToLog, today } from "./log.mjs";
import { machine, versions } from "./machine.mjs";
import { median, medianRatio, takeTurns } from "./rounds.mjs";
import { startVariants } from "./startVariant.mjs";
import { count, fixed, head, line } from "./table.mjs";

export const presetOptions = {
  engine: { type: "string", default: "strict,relaxed,blas" },
  threads: { type: "string", default: "1" },
  cell: { type: "string", default: "lstm" },
  hidden: { type: "string", default: "128,512" },
  dropout: { type: "string" },
  rounds: { type: "string", default: "5" },
  turn: { type: "string", default: "0.2" },
  log: { type: "boolean", default: false },
};

/** Prints a table for each cell and number of threads: a row for each preset, a column for each engine and size. */
export async function benchPresets(values) {
  const engines = among("engine", words(values.engine), engineNames);
  const asked = values.dropout ? words(values.dropout) : presetNames;
  for (const name of asked) recurrentDropout(name); // a misspelt one ends it here
  const presets = ["none", ...asked.filter((name) => name !== "none")];
  const pace = {
    rounds: sizes("rounds", values.rounds)[0],
    seconds: positive("turn", values.turn),
  };
  const lines = [];
  const print = (text) => {
    console.log(text);
    lines.push(text);
  };
  print(`${machine()}; ${versions()}; ${today()}.`);
  print(
    `Vocabulary 65, embedding 64, B 32, T 64, Adam, 1 layer, text with 25 symbols in 64. ${pace.rounds} rounds of turns of ${pace.seconds} s: medians; of none characters per second, of the others that rate by none's of the same round, and peak memory in MB.`,
  );
  const expected = await referenceTraces();
  for (const cell of among("cell", words(values.cell), ["lstm", "gru"])) {
    for (const threads of sizes("threads", values.threads)) {
      const columns = [];
      for (const engine of engines) {
        for (const hiddenSize of sizes("hidden", values.hidden)) {
          process.stderr.write(`${cell}, ${engine}, ${threads} thread(s), H ${hiddenSize}\n`);
          const timed = await timePresets({ engine, threads, cell, hiddenSize }, presets, pace, expected);
          if (timed) columns.push(timed);
        }
      }
      print("");
      print(
        head([`${cell}, ${threads} thread${threads > 1 ? "s" : ""}`, ...columns.map(({ name }) => name)]),
      );
      for (const [k, preset] of presets.entries())
        print(line([preset, ...columns.map(({ cells }) => cells[k])]));
      const disturbed = columns.reduce((sum, column) => sum + column.disturbed, 0);
      const counted = columns.reduce((sum, column) => sum + column.counted, 0);
      if (threads === 1)
        print(`\nIn ${disturbed} of ${counted} turns somebody else had more than a tenth of the core.`);
    }
  }
  if (values.log) appendToLog("npm run bench -- --presets", lines);
}

/** One column: an engine and a size; undefined where the engine does not run here. A preset that the cell cannot have is a dash. */
async function timePresets(spec, presets, pace, expected) {
  const fitting = presets.filter((dropout) => !(spec.cell === "gru" && dropout === "moon2015"));
  const specs = fitting.map((dropout) => ({ what: "step", ...spec, dropout }));
  const variants = await startVariants(specs, expected);
  if (variants.some(({ ready }) => !ready)) return undefined;
  const { rates, disturbed, counted } = await takeTurns(variants, pace);
  const peaks = [];
  for (const variant of variants) peaks.push((await variant.stop()).peak);
  const cells = presets.map((preset) => {
    const k = fitting.indexOf(preset);
    if (k < 0) return "-";
    const speed = k === 0 ? count(median(rates[0])) : fixed(medianRatio(rates[k], rates[0]));
    return `${speed}, ${count(peaks[k])}`;
  });
  return { name: `${spec.engine} H ${spec.hiddenSize}`, cells, disturbed, counted };
}
