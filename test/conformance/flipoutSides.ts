/** Flipout beside a recurrent sequence: its arrays, as both engines see them. */
import type { FlipoutSide, Ptr } from "../../src/engine/index.ts";
import type { Numbers } from "./numbers.ts";
import { none, type Pair, type Twin } from "./pair.ts";
import { contractive, type SequenceCase, type TwinMask } from "./sequences.ts";

/** The arrays of FlipoutSide, and the gradient of its mask. */
export interface TwinFlipout {
  readonly delta: Twin;
  readonly outputSigns: Twin;
  readonly mask: Twin;
  readonly hMasked: Twin;
  readonly candidate: Twin;
}

/** Signs, and a mask of signs and zeros with the steps and groups of the mask of the case; undefined in a case without Flipout. */
export function makeFlipout(
  pair: Pair,
  numbers: Numbers,
  { T, B, H, flipout }: SequenceCase,
  G: number,
  { steps, groups }: TwinMask,
  isResetBefore = false,
): TwinFlipout | undefined {
  if (!flipout) return undefined;
  const signs = (n: number): number[] => numbers.mask(n).map((m) => m - 1);
  const factors = numbers.mask(steps * groups * B * H);
  return {
    delta: pair.input(contractive(numbers, G, H, H)),
    outputSigns: pair.input(signs(B * G * H)),
    mask: pair.input(signs(factors.length).map((s, k) => s * factors[k]!)),
    hMasked: pair.output(groups * T * B * H),
    candidate: isResetBefore ? pair.output(T * B * H) : none,
  };
}

/** The same for one engine. */
export function flipoutOf(
  flipout: TwinFlipout | undefined,
  at: (array: Twin) => Ptr,
): FlipoutSide | undefined {
  if (!flipout) return undefined;
  const { delta, outputSigns, mask, hMasked, candidate } = flipout;
  return {
    delta: at(delta),
    outputSigns: at(outputSigns),
    mask: at(mask),
    hMasked: at(hMasked),
    candidate: at(candidate),
  };
}

/** What forward writes, by name. */
export function writtenOf(flipout: TwinFlipout | undefined): Readonly<Record<string, Twin>> {
  return flipout ? { "flipout.hMasked": flipout.hMasked, "flipout.candidate": flipout.candidate } : {};
}

/** The gradient of the mask, to be added to, where the case wants that of a mask. */
export function flipoutGradient(
  pair: Pair,
  numbers: Numbers,
  { dMask }: SequenceCase,
  flipout: TwinFlipout | undefined,
): Twin {
  return flipout && dMask ? pair.output(numbers.uniform(flipout.mask.size)) : none;
}
