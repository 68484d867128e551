/** Making, finding and restoring the slots of an optimiser's state. */
import type { Tensor } from "../autograd/index.ts";
import { ConfigError } from "../errors.ts";
import type { OptimizerState } from "./optimizer.ts";
import type { Parameters } from "./parameters.ts";

/** A state of zeros: one slot per role and parameter, of the parameter's shape. */
export function zeroState(parameters: Parameters, roles: readonly string[]): OptimizerState {
  const slots = new Map<string, Tensor>();
  for (const role of roles) {
    for (const [name, { tape, shape }] of parameters) slots.set(`${role}/${name}`, tape.constant(shape));
  }
  return { updates: 0, slots };
}

/** The slot of one parameter. */
export function slotOf(state: OptimizerState, role: string, name: string, parameter: Tensor): Tensor {
  const slot = state.slots.get(`${role}/${name}`);
  if (slot && slot.size === parameter.size) return slot;
  throw new ConfigError("the optimiser's state was made for other parameters", {
    where: "Optimizer.update",
    expected: `a slot "${role}/${name}" with ${parameter.size} elements`,
    got: slot ? `${slot.size} elements` : "none",
    mend: "Call optimizer.init again after adding or resizing parameters",
  });
}

/**
 * Writes a stored state into one made by `init`; training then continues to the bit.
 *
 * @param saved.updates - updates made when it was stored
 * @param saved.slots - the values of every slot, by the names in `state.slots`
 * @throws ConfigError when slots are missing, unknown or of another size; nothing is written then
 * @example restoreState(optimizer.init(parameters), { updates: 120, slots: valuesByName });
 */
export function restoreState(
  state: OptimizerState,
  saved: { readonly updates: number; readonly slots: ReadonlyMap<string, ArrayLike<number>> },
): void {
  for (const name of new Set([...state.slots.keys(), ...saved.slots.keys()])) {
    const expected = state.slots.get(name)?.size;
    const got = saved.slots.get(name)?.length;
    if (expected === got) continue;
    throw new ConfigError(`the stored state does not fit this optimiser at "${name}"`, {
      where: "restoreState",
      expected: expected === undefined ? "no such slot" : `${expected} values`,
      got: got === undefined ? "none" : `${got}`,
      mend: "Restore with the optimiser and the model that the state was stored with",
    });
  }
  for (const [name, slot] of state.slots) slot.tape.assign(slot, saved.slots.get(name)!);
  state.updates = saved.updates;
}
