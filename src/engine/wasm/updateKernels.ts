/** Updates of the weights. */
import type { AdamStep, Kernels, Ptr } from "../engine.ts";
import type { Sharing } from "./sharing.ts";

export function updateKernels(sharing: Sharing): Pick<Kernels, "sgd" | "rmsprop" | "adam"> {
  return {
    sgd(
      n: number,
      w: Ptr,
      g: Ptr,
      v: Ptr,
      learningRate: number,
      momentum: number,
      weightDecay: number,
      nesterov: boolean,
    ): void {
      sharing.share("sgd", sharing.elements(n), (from, n) => [
        n,
        (w + from) * 4,
        (g + from) * 4,
        v && (v + from) * 4,
        learningRate,
        momentum,
        weightDecay,
        +nesterov,
      ]);
    },
    rmsprop(
      n: number,
      w: Ptr,
      g: Ptr,
      v: Ptr,
      learningRate: number,
      alpha: number,
      epsilon: number,
      weightDecay: number,
    ): void {
      sharing.share("rmsprop", sharing.elements(n), (from, n) => [
        n,
        (w + from) * 4,
        (g + from) * 4,
        (v + from) * 4,
        learningRate,
        alpha,
        1 - alpha,
        epsilon,
        weightDecay,
      ]);
    },
    adam(n: number, w: Ptr, g: Ptr, m: Ptr, v: Ptr, step: AdamStep): void {
      const { learningRate, beta1, beta2, epsilon, weightDecay, decoupled, correction1, correction2 } = step;
      sharing.share("adam", sharing.elements(n), (from, n) => [
        n,
        (w + from) * 4,
        (g + from) * 4,
        (m + from) * 4,
        (v + from) * 4,
        learningRate / correction1,
        beta1,
        1 - beta1,
        beta2,
        1 - beta2,
        epsilon,
        decoupled ? 0 : weightDecay,
        decoupled ? 1 - learningRate * weightDecay : 1,
        Math.sqrt(correction2),
      ]);
    },
  };
}
