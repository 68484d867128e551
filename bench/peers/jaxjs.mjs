/**
 * The step in jax-js on its wasm backend, the whole update in one jit: node jaxjs.mjs --folder installed --hidden 128
 *
 * jax-js has no scan, so the 64 steps are unrolled when the step is traced. Written as fast as we found: differentiating with
 * respect to a nudge of the gates lets the gradient of the recurrent weights be one product instead of 64, which is 1.5 times
 * as fast at H 512. There is no clipping in jax-js, so this goes without, and is a little cheaper than the others.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { serve } from "./protocol.mjs";
import { B, D, learningRate, randomWindows, T, V } from "./work.mjs";

const { values } = parseArgs({ options: { folder: { type: "string" }, hidden: { type: "string" } } });
const H = Number(values.hidden);
const require = createRequire(join(resolve(values.folder), "package.json"));
const jax = require("@jax-js/jax");
const { numpy: np, nn, tree } = jax;

await jax.init("wasm"); // all devices would ask for navigator.gpu, and Node 20 has no navigator
jax.defaultDevice("wasm");

let seed = 1;
/** Uniform in +-1/sqrt(H), as PyTorch's. */
function uniform(...shape) {
  const numbers = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return ((seed / 2 ** 32) * 2 - 1) / Math.sqrt(H);
  });
  return np.array(numbers).reshape(shape);
}
const zerosLike = (weights) => tree.map((weight) => np.zeros(weight.shape), weights);

let weights = {
  embedding: uniform(V, D),
  input: uniform(D, 4 * H),
  bias: uniform(4 * H),
  decoder: uniform(H, V),
  decoderBias: uniform(V),
  recurrent: uniform(H, 4 * H), // last, as its gradient is: trees are matched by the order of their keys
};
let first = zerosLike(weights);
let second = zerosLike(weights);
let state = [np.zeros([B, H]), np.zeros([B, H])];

/** Mean loss of a window [T, B], and the hidden states and the state after it; gates in the order i, f, g, o. */
function loss({ recurrent, ...w }, nudge, inputs, targets, h, c) {
  const xs = np.matmul(nn.oneHot(inputs, V).reshape([T * B, V]), w.embedding);
  const projected = np.split(
    np
      .matmul(xs, w.input)
      .add(w.bias)
      .add(nudge)
      .reshape([T, B, 4 * H]),
    T,
    0,
  );
  const before = [];
  const hs = [];
  for (let t = 0; t < T; t++) {
    before.push(h.ref);
    const z = projected[t].reshape([B, 4 * H]).add(np.matmul(h, recurrent.ref));
    const [i, f, g, o] = np.split(z, 4, 1);
    c = nn
      .sigmoid(f)
      .mul(c)
      .add(nn.sigmoid(i).mul(np.tanh(g)));
    h = nn.sigmoid(o).mul(np.tanh(c.ref));
    hs.push(h.ref);
  }
  recurrent.dispose();
  const logits = np.matmul(np.concatenate(hs, 0), w.decoder).add(w.decoderBias);
  const chosen = nn.logSoftmax(logits, -1).mul(nn.oneHot(targets.reshape([T * B]), V));
  return [np.sum(chosen).mul(-1 / (T * B)), [np.concatenate(before, 0), h, c]];
}

const update = jax.jit((weights, first, second, scales, inputs, targets, h, c) => {
  const { recurrent, ...rest } = tree.ref(weights);
  const nudge = np.zeros([T * B, 4 * H]);
  const [[value, [before, ...next]], [others, dz]] = jax.valueAndGrad(
    (rest, nudge, ...data) => loss({ ...rest, recurrent: recurrent.ref }, nudge, ...data),
    { hasAux: true, argnums: [0, 1] },
  )(rest, nudge, inputs, targets, h, c);
  recurrent.dispose();
  const gradients = { ...others, recurrent: np.matmul(before.transpose(), dz) };
  return [value, ...adam(weights, first, second, scales, gradients), next];
});

/** Adam's update of all weights; `scales` are the two numbers that depend on the step. */
function adam(weights, first, second, scales, gradients) {
  first = tree.map((m, g) => m.mul(0.9).add(g.ref.mul(0.1)), first, gradients);
  second = tree.map((v, g) => v.mul(0.999).add(np.square(g).mul(0.001)), second, gradients);
  const [rate, correction] = np.split(scales, 2);
  weights = tree.map(
    (w, m, v) => w.sub(m.mul(rate.ref).div(np.sqrt(v.mul(correction.ref)).add(1e-8))),
    weights,
    tree.ref(first),
    tree.ref(second),
  );
  return [weights, first, second];
}

const windows = randomWindows(8).map((window) =>
  [0, 1].map((shift) => {
    const ids = new Int32Array(T * B);
    for (let t = 0; t < T; t++) for (let b = 0; b < B; b++) ids[t * B + b] = window[b * (T + 1) + t + shift];
    return np.array(ids).reshape([T, B]);
  }),
);

let count = 0;
async function step(k) {
  const [inputs, targets] = windows[k % windows.length];
  count++;
  const scales = np.array([learningRate / (1 - 0.9 ** count), 1 / (1 - 0.999 ** count)]);
  let value;
  [value, weights, first, second, state] = update(
    weights,
    first,
    second,
    scales,
    inputs.ref,
    targets.ref,
    ...state,
  );
  await jax.blockUntilReady([weights, first, second, state]);
  const [number] = await value.data();
  return { chars: B * T, loss: number };
}

const { version } = JSON.parse(
  readFileSync(join(values.folder, "node_modules/@jax-js/jax/package.json"), "utf8"),
);
await serve({ name: "jax-js wasm, jitted", version, step });
