/** Lets the host run its own events (Ctrl-C, messages, painting) during long computation. */

/** Milliseconds of computation between two breaths: short enough for a key press, long enough to cost nothing. */
const INTERVAL = 25;

let last = 0;

/** Yields to the event loop when the last time was more than 25 ms ago. */
export async function breathe(): Promise<void> {
  const now = performance.now();
  if (now - last < INTERVAL) return;
  await new Promise<void>((resolve) => {
    if (typeof setImmediate === "function") setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
  last = performance.now();
}
