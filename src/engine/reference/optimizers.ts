/** The definition of the update kernels. Sources and equations: src/optim. */
import type { AdamStep, Ptr } from "../engine.ts";
import type { Floats } from "../memory.ts";

export function sgd(
  f: Floats,
  n: number,
  w: Ptr,
  g: Ptr,
  v: Ptr,
  learningRate: number,
  momentum: number,
  weightDecay: number,
  nesterov: boolean,
): void {
  for (let k = 0; k < n; k++) {
    let d = f[g + k]! + weightDecay * f[w + k]!;
    if (v) {
      const velocity = momentum * f[v + k]! + d;
      f[v + k] = velocity;
      d = nesterov ? d + momentum * velocity : velocity;
    }
    f[w + k]! -= learningRate * d;
  }
}

export function rmsprop(
  f: Floats,
  n: number,
  w: Ptr,
  g: Ptr,
  v: Ptr,
  learningRate: number,
  alpha: number,
  epsilon: number,
  weightDecay: number,
): void {
  for (let k = 0; k < n; k++) {
    const d = f[g + k]! + weightDecay * f[w + k]!;
    const square = alpha * f[v + k]! + (1 - alpha) * d * d;
    f[v + k] = square;
    f[w + k]! -= (learningRate * d) / (Math.sqrt(square) + epsilon);
  }
}

export function adam(f: Floats, n: number, w: Ptr, g: Ptr, m: Ptr, v: Ptr, step: AdamStep): void {
  const { learningRate, beta1, beta2, epsilon, weightDecay, decoupled, correction1, correction2 } = step;
  for (let k = 0; k < n; k++) {
    const weight = f[w + k]!;
    const d = decoupled ? f[g + k]! : f[g + k]! + weightDecay * weight;
    const mean = beta1 * f[m + k]! + (1 - beta1) * d;
    const square = beta2 * f[v + k]! + (1 - beta2) * d * d;
    f[m + k] = mean;
    f[v + k] = square;
    const kept = decoupled ? weight * (1 - learningRate * weightDecay) : weight;
    f[w + k] = kept - ((learningRate / correction1) * mean) / (Math.sqrt(square / correction2) + epsilon);
  }
}
