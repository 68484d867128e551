/**
 * The definition of layer normalisation: over the numbers of one row, and nothing else.
 *
 *   x̂ = (x - mean x) / √(var x + ε)        y = α ⊙ x̂ + β        var over n, not n - 1
 *   g = α ⊙ dy                              dx = (g - mean g - x̂ mean(g ⊙ x̂)) / √(var x + ε)
 *
 * Source: Ba, Kiros & Hinton 2016, eq. 3 and 4, with the ε of their code.
 */
import type { Ptr } from "../engine.ts";
import type { Floats } from "../memory.ts";

export function layerNorm(
  f: Floats,
  N: number,
  D: number,
  ld: number,
  x: Ptr,
  gain: Ptr,
  bias: Ptr,
  epsilon: number,
  normalised: Ptr,
  inverse: Ptr,
  y: Ptr,
): void {
  for (let n = 0; n < N; n++) {
    const row = Float64Array.from({ length: D }, (_, d) => f[x + n * ld + d]!);
    f[inverse + n] = normalise(f, row, epsilon, normalised + n * ld);
    for (let d = 0; d < D; d++)
      f[y + n * ld + d] = (gain ? f[gain + d]! : 1) * f[normalised + n * ld + d]! + (bias ? f[bias + d]! : 0);
  }
}

export function layerNormBackward(
  f: Floats,
  N: number,
  D: number,
  ld: number,
  dy: Ptr,
  gain: Ptr,
  normalised: Ptr,
  inverse: Ptr,
  dx: Ptr,
  accumulate: boolean,
): void {
  for (let n = 0; n < N; n++) {
    const g = Float64Array.from({ length: D }, (_, d) => (gain ? f[gain + d]! : 1) * f[dy + n * ld + d]!);
    const back = normaliseBackward(f, g, normalised + n * ld, f[inverse + n]!);
    for (let d = 0; d < D; d++) f[dx + n * ld + d] = (accumulate ? f[dx + n * ld + d]! : 0) + back[d]!;
  }
}

/** Writes x̂ of one row and returns 1/√(var + ε). */
export function normalise(f: Floats, row: Float64Array, epsilon: number, normalised: Ptr): number {
  const mean = row.reduce((sum, x) => sum + x, 0) / row.length;
  const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / row.length;
  const inverse = 1 / Math.sqrt(variance + epsilon);
  for (let d = 0; d < row.length; d++) f[normalised + d] = (row[d]! - mean) * inverse;
  return inverse;
}

/** From the gradient of x̂ to that of x, for one row. */
export function normaliseBackward(
  f: Floats,
  g: Float64Array,
  normalised: Ptr,
  inverse: number,
): Float64Array {
  const mean = g.reduce((sum, d) => sum + d, 0) / g.length;
  const along = g.reduce((sum, d, k) => sum + d * f[normalised + k]!, 0) / g.length;
  return g.map((d, k) => inverse * (d - mean - f[normalised + k]! * along));
}

/** y[d] += Σ_n a[n, d] b[n, d] */
export function sumProducts(f: Floats, N: number, D: number, a: Ptr, b: Ptr, y: Ptr): void {
  for (let n = 0; n < N; n++) for (let d = 0; d < D; d++) f[y + d]! += f[a + n * D + d]! * f[b + n * D + d]!;
}
