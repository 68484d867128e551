/**
 * A sequence task that is no language model: the adding problem (Hochreiter & Schmidhuber 1997).
 *
 *   node examples/05-adding-problem.mjs [--quick]
 *
 * Every step brings a number in [0, 1) and a mark; two steps are marked. The answer is the sum of the marked numbers. Always
 * saying 1 gives a mean squared error of 1/6 = 0.167; the GRU stays there for a while and then falls below 0.005.
 * About 12 seconds (--quick: under one).
 */
import {
  clearGradients,
  clipByGlobalNorm,
  collectParameters,
  createEngine,
  createOptimizer,
  Linear,
  meanSquaredError,
  RandomStream,
  RecurrentStack,
  randomKey,
  Tape,
} from "tidegate";

const quick = process.argv.includes("--quick");
const [T, B, H, updates] = quick ? [10, 20, 16, 300] : [50, 50, 64, 800];

const tape = new Tape(await createEngine("strict"));
const weights = new RandomStream(randomKey(1, "weights"));
const rnn = new RecurrentStack(tape, { cell: "gru", inputSize: 2, hiddenSize: H }, weights);
const head = new Linear(tape, { inputSize: H, outputSize: 1 }, weights);
const parameters = collectParameters({ rnn, head });
const optimizer = createOptimizer({ name: "adam", learningRate: 0.005 });
const state = optimizer.init(parameters);
const data = new RandomStream(randomKey(1, "data"));

for (let update = 1; update <= updates; update++) {
  const { xs, sums } = batch();
  const loss = await tape.step(async () => {
    const { state: layers } = rnn.forward(tape.tensor(xs, [T, B, 2]));
    const error = meanSquaredError(head.forward(layers[0].h), tape.tensor(sums, [B, 1]));
    clearGradients(parameters);
    tape.backward(error);
    clipByGlobalNorm(parameters, 1);
    return error.item();
  });
  optimizer.update(parameters, state, optimizer.config.learningRate);
  if (update % (updates / 10) === 0) console.log(`update ${update}: mean squared error ${loss.toFixed(4)}`);
}
/** Numbers and marks [T, B, 2], and the sums [B, 1]. */
function batch() {
  const xs = Float32Array.from({ length: T * B * 2 }, (_, k) => (k % 2 === 0 ? data.uniform() : 0));
  const sums = Float32Array.from({ length: B }, (_, b) => {
    const at = (t) => (t * B + b) * 2; // where step t of row b begins
    const [first, second] = [0, 1].map((half) => at(Math.floor(((half + data.uniform()) * T) / 2)));
    xs[first + 1] = xs[second + 1] = 1;
    return xs[first] + xs[second];
  });
  return { xs, sums };
}
