/** One factor of the noise on a state. */
import type { StateFactors } from "../engine.ts";
import type { Floats } from "../memory.ts";
import type { RecurrentSizes } from "./recurrent.ts";

/** The factor on unit j of row b at step t; `absent` when there are none: 1 for what multiplies, 0 for what keeps. */
export function factorAt(
  f: Floats,
  { ptr, steps }: StateFactors,
  absent: 0 | 1,
  { B, H }: RecurrentSizes,
  t: number,
  b: number,
  j: number,
): number {
  return ptr ? f[ptr + ((steps === 1 ? 0 : t) * B + b) * H + j]! : absent;
}
