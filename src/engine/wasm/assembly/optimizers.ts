/** Parameter updates, each one pass over the weights; defined by reference/optimizers.ts. */
import { load, madd, splat, store } from "./simd";

export function sgd(n: i32, w: usize, g: usize, v: usize, learningRate: f32, momentum: f32, weightDecay: f32, nesterov: i32): void {
  const rate = splat(-learningRate), mu = splat(momentum), decay = splat(weightDecay);
  for (let k = 0; k < n; k += 4) {
    const at = <usize>k * 4, left = n - k;
    const weight = load(w + at, left);
    let d = madd(decay, weight, load(g + at, left));
    if (v) {
      const velocity = madd(mu, load(v + at, left), d);
      store(v + at, velocity, left);
      d = nesterov ? madd(mu, velocity, d) : velocity;
    }
    store(w + at, madd(rate, d, weight), left);
  }
}

export function rmsprop(n: i32, w: usize, g: usize, v: usize, learningRate: f32, alpha: f32, rest: f32, epsilon: f32, weightDecay: f32): void {
  const rate = splat(learningRate), a = splat(alpha), oneMinusA = splat(rest), eps = splat(epsilon), decay = splat(weightDecay);
  for (let k = 0; k < n; k += 4) {
    const at = <usize>k * 4, left = n - k;
    const weight = load(w + at, left);
    const d = madd(decay, weight, load(g + at, left));
    const square = madd(a, load(v + at, left), f32x4.mul(oneMinusA, f32x4.mul(d, d)));
    store(v + at, square, left);
    store(w + at, f32x4.sub(weight, f32x4.div(f32x4.mul(rate, d), f32x4.add(f32x4.sqrt(square), eps))), left);
  }
}

/** `l2` goes into the gradient, `kept` = 1 - learningRate weightDecay multiplies the weight (AdamW); stepSize = learningRate / correction1. */
export function adam(n: i32, w: usize, g: usize, m: usize, v: usize, stepSize: f32, beta1: f32, rest1: f32, beta2: f32, rest2: f32, epsilon: f32, l2: f32, kept: f32, rootCorrection2: f32): void {
  const step = splat(stepSize), b1 = splat(beta1), r1 = splat(rest1), b2 = splat(beta2), r2 = splat(rest2);
  const eps = splat(epsilon), decay = splat(l2), keep = splat(kept), inverseRoot = splat(1 / rootCorrection2);
  for (let k = 0; k < n; k += 4) {
    const at = <usize>k * 4, left = n - k;
    const weight = load(w + at, left);
    const d = madd(decay, weight, load(g + at, left));
    const mean = madd(b1, load(m + at, left), f32x4.mul(r1, d));
    const square = madd(b2, load(v + at, left), f32x4.mul(r2, f32x4.mul(d, d)));
    store(m + at, mean, left);
    store(v + at, square, left);
    const denominator = madd(f32x4.sqrt(square), inverseRoot, eps);
    store(w + at, f32x4.sub(f32x4.mul(weight, keep), f32x4.div(f32x4.mul(step, mean), denominator)), left);
  }
}
