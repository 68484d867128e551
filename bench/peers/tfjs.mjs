/**
 * The step in TensorFlow.js on its wasm backend: node tfjs.mjs --folder installed --hidden 128
 *
 * One-hot input into layers.lstm: the backend has no kernel for the gradient of an embedding. So there is no embedding to
 * train here, and no clipping, which TensorFlow.js does not have; both make its step a little cheaper than the others'.
 */
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { serve } from "./protocol.mjs";
import { B, learningRate, randomWindows, T, V } from "./work.mjs";

const { values } = parseArgs({ options: { folder: { type: "string" }, hidden: { type: "string" } } });
const H = Number(values.hidden);
const require = createRequire(join(resolve(values.folder), "package.json"));
const tf = require("@tensorflow/tfjs-core");
const layers = require("@tensorflow/tfjs-layers");
const wasm = require("@tensorflow/tfjs-backend-wasm");

wasm.setThreadsCount(1);
await tf.setBackend("wasm");
await tf.ready();

const lstm = layers.layers.lstm({
  units: H,
  recurrentActivation: "sigmoid", // its default is the hard sigmoid
  recurrentInitializer: "glorotUniform", // its default, orthogonal, takes minutes at H 512
  returnSequences: true,
  returnState: true,
});
const decoder = layers.layers.dense({ units: V });
const optimiser = tf.train.adam(learningRate);
tf.tidy(() => {
  lstm.apply(tf.zeros([1, 1, V])); // the optimiser sees only weights that are there
  decoder.apply(tf.zeros([1, H]));
});
const windows = randomWindows(8).map((window) => {
  const ids = tf.tensor2d(window, [B, T + 1], "int32");
  return [tf.slice(ids, [0, 0], [B, T]), tf.slice(ids, [0, 1], [B, T])].map((part) =>
    tf.keep(tf.oneHot(part, V)),
  );
});
let state = [tf.zeros([B, H]), tf.zeros([B, H])];

async function step(k) {
  const [xs, targets] = windows[k % windows.length];
  let next;
  const loss = optimiser.minimize(() => {
    const [hs, h, c] = lstm.apply(xs, { initialState: state });
    next = [tf.keep(tf.clone(h)), tf.keep(tf.clone(c))];
    const logits = decoder.apply(tf.reshape(hs, [B * T, H]));
    return tf.losses.softmaxCrossEntropy(tf.reshape(targets, [B * T, V]), logits);
  }, true);
  tf.dispose(state);
  state = next;
  const [value] = await loss.data();
  loss.dispose();
  return { chars: B * T, loss: value };
}

await serve({ name: "tfjs wasm", version: wasm.version_wasm, step });
