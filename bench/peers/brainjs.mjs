/**
 * The nearest that brain.js 1.6 has to the step: node brainjs.mjs --folder installed --hidden 128
 *
 * One sequence at a time (it has no batches), 64 symbols, state from zero, RMSprop in place of Adam, each value of the
 * gradient clipped at 5. Its "LSTM" has no cell state of its own: the forget gate multiplies the previous h.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { serve } from "./protocol.mjs";
import { D, learningRate, randomWindows, T, V } from "./work.mjs";

const { values } = parseArgs({ options: { folder: { type: "string" }, hidden: { type: "string" } } });
const folder = resolve(values.folder);
const { recurrent } = createRequire(join(folder, "package.json"))("brain.js");

const net = new recurrent.LSTM({
  inputSize: D,
  inputRange: V,
  outputSize: V,
  hiddenLayers: [Number(values.hidden)],
  learningRate,
});
net.initialize();
// It puts a start symbol in front and an end symbol behind, so 63 ids are 64 predictions.
const windows = randomWindows(8, 1).map((window) => Array.from(window.subarray(0, T - 1)));

async function step(k) {
  const error = net.trainPattern(windows[k % windows.length], true);
  // error = 2^(bits of all predictions / (ids - 1)) / 100
  return { chars: T, loss: (Math.log(error * 100) * (T - 2)) / T };
}

const { version } = JSON.parse(readFileSync(join(folder, "node_modules/brain.js/package.json"), "utf8"));
await serve({ name: "brain.js LSTM, batch 1", version, step });
