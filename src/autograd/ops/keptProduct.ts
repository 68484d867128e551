/**
 * The product of a masked input with a weight, when the mask keeps the same units in every row: only their columns meet.
 *
 *   Y = (X ⊙ m) Wᵀ = X_K (scale W_K)ᵀ        dX_K += dY (scale W_K)        dW_K += scale dYᵀ X_K        K the kept units
 *
 * Stored for the way back, in scalars: rows·K for X_K and N·K for W_K.
 */
import type { Ptr } from "../../engine/index.ts";
import type { KeptUnits } from "../keptUnits.ts";
import type { Tensor } from "../tensor.ts";
import { backwardStep } from "./recurrent/backwardStep.ts";

/**
 * y [rows, N] = or += (x ⊙ m) Wᵀ for x [rows, D] and weight [N, D].
 *
 * @returns the way back: adds to the gradients of x and weight, given the gradient of y
 */
export function keptProduct(
  x: Tensor,
  weight: Tensor,
  kept: KeptUnits,
  y: Ptr,
  accumulate: boolean,
): (dy: Ptr) => void {
  const { tape } = weight;
  const { engine } = tape;
  const [N, D] = weight.shape as readonly [number, number];
  const { count: K } = kept;
  const rows = x.size / D;
  const operand = tape.scratch(rows * K); // X_K
  engine.gatherColumns(rows, D, K, kept.ptr, 1, x.ptr, operand);
  const columns = keptColumns(weight, kept);
  engine.gemm(false, true, rows, N, K, operand, K, columns, K, y, N, accumulate);

  return (dy) =>
    backwardStep(tape, [x, weight], () => {
      if (weight.requiresGrad) addKeptGradient(weight, kept, rows, dy, operand);
      if (!x.requiresGrad) return;
      const dOperand = tape.scratch(rows * K);
      engine.gemm(false, false, rows, K, N, dy, N, columns, K, dOperand, K, false);
      engine.scatterAddColumns(rows, D, K, kept.ptr, 1, dOperand, x.gradient());
    });
}

/** The kept columns of a weight [N, D], with the scale in them: [N, K] */
export function keptColumns(weight: Tensor, kept: KeptUnits): Ptr {
  const { tape } = weight;
  const [N, D] = weight.shape as readonly [number, number];
  const columns = tape.scratch(N * kept.count);
  tape.engine.gatherColumns(N, D, kept.count, kept.ptr, kept.scale, weight.ptr, columns);
  return columns;
}

/** dW[:, kept] += scale dYᵀ X_K for dy [rows, N] and operand X_K [rows, K] */
export function addKeptGradient(weight: Tensor, kept: KeptUnits, rows: number, dy: Ptr, operand: Ptr): void {
  const { tape } = weight;
  const { engine } = tape;
  const [N, D] = weight.shape as readonly [number, number];
  const { count: K } = kept;
  const columns = tape.scratch(N * K);
  engine.gemm(true, false, N, K, rows, dy, N, operand, K, columns, K, false);
  engine.scatterAddColumns(N, D, K, kept.ptr, kept.scale, columns, weight.gradient());
}
