/** The states of a sequence in one array [T+1, B, H], whose first row is the initial state. */
import type { Ptr } from "../../../engine/index.ts";
import type { Tape } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import type { SequenceSizes } from "./sequenceShapes.ts";

/** A step array [T+1, B, H] with `initial` [B, H], or zeros, in row 0. */
export function statesFrom(tape: Tape, initial: Tensor | undefined, { T, B, H }: SequenceSizes): Ptr {
  const states = tape.scratch((T + 1) * B * H);
  if (initial) tape.engine.scale(B * H, 1, initial.ptr, states);
  else tape.engine.fill(B * H, states, 0);
  return states;
}

/** Where the gradient of the outputs `y` is; zeros of the open step when nothing flowed there. */
export function outputGradient(y: Tensor): Ptr {
  if (y.gradientPtr) return y.gradientPtr;
  const zeros = y.tape.scratch(y.size);
  y.tape.engine.fill(y.size, zeros, 0);
  return zeros;
}
