/** Masks that no memory can hold: refused before they are drawn, or where the memory ends, by the site that takes most. */
import { ConfigError, EngineError, type ErrorDetail } from "../../errors.ts";
import type { MaskBytes } from "./maskBytes.ts";

/** Bytes of a 32-bit WebAssembly memory, which is all that there can be. */
export const MASK_LIMIT_BYTES: number = 4 * 2 ** 30;

/** @throws ConfigError naming the site with the largest masks, when all of them take more than `room` bytes */
export function checkMaskBytes(masks: readonly MaskBytes[], room: number, beside = ""): void {
  if (total(masks) <= room) return;
  const expected = `at most ${gigabytes(room)} for all masks`;
  throw new ConfigError(`the masks do not fit in memory${beside}`, { ...detail(masks), expected });
}

/**
 * Draws what has been checked; a memory that ends while it is drawn is named by the site with the largest masks. The memory
 * that was taken goes back with the step.
 * @throws EngineError
 */
export function withinMemory<M>(masks: readonly MaskBytes[], draw: () => M): M {
  try {
    return draw();
  } catch (cause) {
    // an engine fails for other reasons too: threads that have ended
    if (!(cause instanceof EngineError) || cause.where !== "Memory" || masks.length === 0) throw cause;
    const { expected } = cause;
    throw new EngineError("the masks do not fit in memory", {
      ...detail(masks),
      ...(expected ? { expected } : {}),
      cause,
    });
  }
}

function detail(masks: readonly MaskBytes[]): ErrorDetail {
  const most = masks.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  return {
    where: `dropout.${most.site}`,
    got: `about ${gigabytes(total(masks))}, ${gigabytes(most.bytes)} of them here`,
    mend: 'Use a smaller batchSize or sequenceLength, tie "sequence" instead of "step", or gates "shared"',
  };
}

function total(masks: readonly MaskBytes[]): number {
  return masks.reduce((sum, { bytes }) => sum + bytes, 0);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GB`;
}
