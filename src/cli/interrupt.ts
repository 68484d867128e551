/** Ctrl-C and SIGTERM: the first asks to finish, the second ends at once. */
import { exitCodes } from "./exitCodes.ts";

/** Milliseconds in which further signals count as the first: under `npm run`, one Ctrl-C arrives twice. */
const SAME_PRESS = 300;

export interface Interrupt {
  /** aborted by the first signal */
  readonly signal: AbortSignal;
  /** Gives the signals back to the system. */
  release(): void;
}

/** Listens for signals. @param onFirst - says that the program is finishing */
export function listenForInterrupt(onFirst: () => void): Interrupt {
  const controller = new AbortController();
  let first = 0;
  const heard = (): void => {
    if (!controller.signal.aborted) {
      first = performance.now();
      controller.abort();
      onFirst();
    } else if (performance.now() - first > SAME_PRESS) process.exit(exitCodes.interrupted);
  };
  process.on("SIGINT", heard);
  process.on("SIGTERM", heard);
  return {
    signal: controller.signal,
    release() {
      process.off("SIGINT", heard);
      process.off("SIGTERM", heard);
    },
  };
}
