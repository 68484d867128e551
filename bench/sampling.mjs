/**
 * node bench/sampling.mjs                       strict and, where it runs, relaxed; 1 and 2 layers of 128 and 512; LSTM and GRU
 * node bench/sampling.mjs --engine strict --cell lstm --threads 2 --rounds 9 --log
 *
 * Sampling at batch 1 reads every weight once for each character, so the figure that bounds it is how fast the machine
 * reads as many bytes. Two such rates are measured in the same rounds, over an array of the model's size: that of the
 * engine (one row times a matrix of long rows) and that of the runtime's own search for a byte that is not there, which
 * is native code with the widest loads of the processor. Medians over rounds.
 */
import { parseArgs } from "node:util";
import { Tape } from "tidegate/autograd";
import { createEngine, createReferenceEngine } from "tidegate/engine";
import { LanguageModel, sample } from "tidegate/lm";
import { Vocabulary } from "tidegate/text";
import { appendToLog, today } from "./log.mjs";
import { machine } from "./machine.mjs";
import { median } from "./rounds.mjs";
import { count } from "./table.mjs";

const { values } = parseArgs({
  options: {
    engine: { type: "string", default: "strict,relaxed" },
    cell: { type: "string", default: "lstm,gru" },
    hidden: { type: "string", default: "128,512" },
    layers: { type: "string", default: "1,2" },
    threads: { type: "string", default: "1" },
    rounds: { type: "string", default: "7" },
    log: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const threads = Number(values.threads);
/** Seconds of one turn of a variant. */
const TURN = 0.25;
/** Characters, or readings of the array, between two looks at the clock. */
const BATCH = 16;
const V = 65;
const embeddingSize = 64;
const vocabulary = Vocabulary.fromText(
  Array.from({ length: V }, (_, k) => String.fromCodePoint(48 + k)).join(""),
);

const lines = [];
const print = (line) => {
  console.log(line);
  lines.push(line);
};

/**
 * What an untaught model writes, at sizes that meet every kernel's tail. Its logits are 10 times as large as they would be,
 * so that the next symbol depends on the state and not on the seed alone.
 */
async function textOf(engine, cell) {
  const config = { cell, layers: 2, hiddenSize: 75, embeddingSize: 35 };
  const model = new LanguageModel(new Tape(engine), V, config, 2);
  const { ptr, size } = model.parameters.get("decoder.weight");
  engine.scale(size, 10, ptr, ptr);
  let text = "";
  for await (const character of sample(model, vocabulary, { length: 200, seed: 1, prime: "5432101" }))
    text += character;
  model.release();
  return text;
}

/** A wrong kernel is not timed. */
async function mustAgree(engine) {
  for (const cell of ["lstm", "gru"]) {
    const [ours, reference] = [
      await textOf(engine, cell),
      await textOf(createReferenceEngine({ precision: "float64" }), cell),
    ];
    if (ours !== reference)
      throw new Error(`${engine.name} writes ${ours} where the reference writes ${reference}: not timed`);
  }
}

/** How often `work` is done per second, in one turn. */
async function rate(work) {
  const start = performance.now();
  let times = 0;
  do {
    for (let k = 0; k < BATCH; k++) await work();
    times += BATCH;
  } while (performance.now() - start < TURN * 1000);
  return times / ((performance.now() - start) / 1000);
}

/** Weights that a character reads: all but the embedding and the input weights of layer 0, of which it reads one row. */
function weightsRead(gates, layers, H) {
  return gates * H * (1 + H * (2 * layers - 1)) + V * H;
}

/** A model that writes without end, and arrays of the size of what it reads. */
function variant(engine, cell, layers, hiddenSize) {
  const model = new LanguageModel(
    new Tape(engine),
    V,
    { cell, layers, hiddenSize, embeddingSize, tieEmbeddings: false },
    1,
  );
  const floats = weightsRead(cell === "lstm" ? 4 : 3, layers, hiddenSize);
  const K = 4096;
  const N = Math.ceil(floats / K);
  const [row, matrix, product] = [K, N * K, N].map((n) => engine.memory.persistent(n));
  const bytes = Buffer.alloc(floats * 4, 1); // filled: unwritten pages would all be one page of zeros
  const characters = sample(model, vocabulary, { length: Number.MAX_SAFE_INTEGER, seed: 1 });
  return {
    megabytes: (floats * 4) / 1e6,
    rates: { characters: [], engine: [], machine: [] },
    work: {
      characters: () => characters.next(),
      engine: () => engine.gemm(false, true, 1, N, K, row, K, matrix, K, product, N, false),
      machine() {
        if (bytes.indexOf(2) !== -1) throw new Error("a byte that is not there was found");
      },
    },
    async close() {
      await characters.return();
      model.release();
    },
  };
}

print(
  `${machine()}; ${today()}; median of ${rounds} rounds; vocabulary ${V}, embedding ${embeddingSize}, temperature 1, threads ${threads}`,
);
print("");
print(
  "| engine | cell | layers | H | chars/s | MB per char | GB/s | engine reads | machine reads | chars/s at the machine's rate |",
);
print("|---|---|---|---|---|---|---|---|---|---|");
for (const name of values.engine.split(",")) {
  const probe = await createEngine(name, { threads }).catch((error) => console.log(`(${error.message})`));
  if (!probe) continue;
  await mustAgree(probe);
  probe.close();
  for (const cell of values.cell.split(",")) {
    for (const hiddenSize of values.hidden.split(",").map(Number)) {
      for (const layers of values.layers.split(",").map(Number)) {
        const engine = await createEngine(name, { threads });
        const { megabytes, rates, work, close } = variant(engine, cell, layers, hiddenSize);
        for (let round = -1; round < rounds; round++) {
          for (const [what, turn] of Object.entries(work)) {
            const measured = await rate(turn);
            if (round >= 0) rates[what].push(measured); // the first round compiles
          }
        }
        const chars = median(rates.characters);
        const gigabytes = (what) => ((median(rates[what]) * megabytes) / 1000).toFixed(1);
        print(
          `| ${name} | ${cell} | ${layers} | ${hiddenSize} | ${count(chars)} | ${megabytes.toFixed(2)} | ${gigabytes("characters")} | ${gigabytes("engine")} | ${gigabytes("machine")} | ${count(median(rates.machine))} |`,
        );
        await close();
        engine.close();
      }
    }
  }
}
if (values.log) appendToLog("bench/sampling.mjs", lines);
