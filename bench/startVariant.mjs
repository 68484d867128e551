/** Processes that each hold one variant (variant.mjs), and turns that they take. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";

/** Seconds until a process that says nothing counts as hung; the longest step takes a few. */
const PATIENCE = 120;

/**
 * Starts one variant and waits until it conforms and is warm.
 *
 * @param spec - { what: "sgemm" | "step", engine, threads } and for a step what trainingStep.mjs takes
 * @param expected - from `referenceTraces`
 * @returns { turn(seconds), stop() } and what it said of itself; or { absent: reason } where this machine cannot run it
 */
export async function startVariant(spec, expected) {
  const child = fork(new URL("./variant.mjs", import.meta.url), {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
  const ask = async (message) => {
    const over = new AbortController();
    const { signal } = over;
    const fails = (reason) => {
      throw new Error(`${label(spec)} ${reason}`);
    };
    child.send(message);
    try {
      const [answer] = await Promise.race([
        once(child, "message", { signal }),
        once(child, "exit", { signal }).then(([code, killedBy]) => fails(`ended with ${killedBy ?? code}`)),
        setTimeout(PATIENCE * 1000, undefined, { signal }).then(() => fails(`was silent for ${PATIENCE} s`)),
      ]);
      return answer.failed ? fails(`failed: ${answer.failed}`) : answer;
    } finally {
      over.abort();
    }
  };
  try {
    const answer = await ask({ ask: "start", spec, expected });
    if (answer.absent !== undefined) child.kill();
    return {
      ...answer,
      spec,
      turn: (seconds) => ask({ ask: "turn", seconds }),
      /** Ends the process; what it had resident at most, and in its engine, in MB. */
      async stop() {
        const told = await ask({ ask: "end" });
        child.kill();
        return told;
      },
    };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

/**
 * Starts several, one after another: under real-time priority two that start at once on two cores leave none to the helper
 * threads of the runtime that both wait for. Stops all when one fails.
 */
export async function startVariants(specs, expected) {
  const started = [];
  try {
    for (const spec of specs) started.push(await startVariant(spec, expected));
    return started;
  } catch (error) {
    await Promise.allSettled(started.map((variant) => variant.ready && variant.stop()));
    throw error;
  }
}

function label({ what, engine, threads, cell, hiddenSize, dropout }) {
  return [what, engine, `${threads} thread(s)`, cell, hiddenSize && `H ${hiddenSize}`, dropout]
    .filter(Boolean)
    .join(" ");
}
