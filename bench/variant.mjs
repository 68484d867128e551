/**
 * One thing to be timed, in a process of its own, so that its peak memory is its own and nobody else's code decides how it is
 * compiled. It does nothing until it is told; startVariant.mjs starts it and talks to it.
 */
import { createEngine } from "tidegate/engine";
import { mustConform } from "./conforms.mjs";
import { peakMemory } from "./peakMemory.mjs";
import { sgemm } from "./sgemm.mjs";
import { trainingStep } from "./trainingStep.mjs";

/** Seconds of work before the first turn: code is compiled and the memory has grown. */
const WARM_UP = 0.3;

process.on("message", async ({ ask, spec, expected, seconds }) => {
  try {
    process.send(
      ask === "start" ? await start(spec, expected) : ask === "turn" ? await turn(seconds) : end(),
    );
  } catch (error) {
    process.send({ failed: error.message });
  }
});

let work;
let running;

/** Makes the engine, holds it against the reference, and warms it up. */
async function start({ what, engine: name, threads, ...options }, expected) {
  const engine = await createEngine(name, { threads }).catch((error) => ({ notes: [error.message] }));
  if ((name !== "auto" && engine.name !== name) || engine.threads !== threads)
    return { absent: engine.notes.join("; ") };
  await mustConform(engine, expected);
  running = { engine };
  if (what === "sgemm") work = sgemm(engine);
  else {
    running = { engine, ...(await trainingStep(engine, options)) };
    work = running.step;
  }
  await turn(WARM_UP);
  const { flop, bytes } = running;
  return { ready: true, engine: engine.name, blas: engine.blas, flop, bytes };
}

/** Works for at least so many seconds: how much was done, in how long, and in how much time of the processor. */
async function turn(seconds) {
  const started = performance.now();
  const before = process.cpuUsage();
  let amount = 0;
  do amount += await work();
  while (performance.now() - started < seconds * 1000);
  const elapsed = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(before);
  return { amount, seconds: elapsed, cpu: (user + system) / 1e6 };
}

function end() {
  const bytes = running.engine.memory.bytes;
  running.engine.close();
  return { peak: peakMemory(), engineMemory: bytes / 2 ** 20 };
}
