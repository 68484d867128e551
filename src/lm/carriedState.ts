/** The state that is carried from window to window: persistent tensors that are written after each window. */
import type { Tape, Tensor } from "../autograd/index.ts";
import type { RecurrentState } from "../nn/index.ts";
import type { LanguageModel } from "./languageModel.ts";

/** A recurrent state that outlives the steps. A value that its owner passes on; models keep none. */
export interface CarriedState {
  readonly state: RecurrentState;
}

/** A zero state for `rows` rows. */
export function createCarriedState(model: LanguageModel, rows: number): CarriedState {
  const { stack, tape } = model;
  const state = stack.hiddenSizes.map((H) => {
    const h = tape.constant([rows, H]);
    return stack.cell.name === "lstm" ? { h, c: tape.constant([rows, H]) } : { h };
  });
  return { state };
}

/** Copies a step's final state into the carried one, without its history. */
export function carry(tape: Tape, carried: CarriedState, state: RecurrentState): void {
  for (const [l, { h, c }] of carried.state.entries()) {
    tape.assign(h, state[l]!.h);
    if (c) tape.assign(c, state[l]!.c!);
  }
}

/** Sets the carried state to zero: the beginning of a stream. */
export function resetCarriedState(tape: Tape, carried: CarriedState): void {
  for (const tensor of stateTensors(carried).values()) tape.engine.fill(tensor.size, tensor.ptr, 0);
}

/** Gives the memory back. */
export function releaseCarriedState(tape: Tape, carried: CarriedState): void {
  for (const tensor of stateTensors(carried).values()) tape.release(tensor);
}

/** "h_l0", "c_l0", "h_l1" ... */
export function stateTensors({ state }: CarriedState): ReadonlyMap<string, Tensor> {
  return new Map(
    state.flatMap(({ h, c }, l) => [[`h_l${l}`, h] as const, ...(c ? [[`c_l${l}`, c] as const] : [])]),
  );
}
