/** Initial values of parameters, as plain data and as numbers. */
import { RandomStream } from "../engine/index.ts";
import { ConfigError, describe, knownKeys, nonNegativeNumber, oneOf } from "../errors.ts";

/**
 * How a matrix [rows, columns] is initialised; rows are outputs, columns inputs.
 *
 *   fanIn       U(-1/√columns, 1/√columns)                 PyTorch's Linear
 *   uniform     U(-range, range)
 *   normal      N(0, sd²), tails cut at 6 sd
 *   xavier      U(-a, a), a = √(6 / (rows + columns))      Glorot & Bengio 2010, eq. 16
 *   orthogonal  rows or columns orthonormal, times gain    Saxe et al. 2014
 *   zeros
 */
export type Init =
  | { readonly name: "fanIn" | "xavier" | "zeros" }
  | { readonly name: "uniform"; readonly range: number }
  | { readonly name: "normal"; readonly sd: number }
  | { readonly name: "orthogonal"; readonly gain?: number };

const names = ["fanIn", "xavier", "zeros", "uniform", "normal", "orthogonal"] as const;

/**
 * Checks an initialiser and returns it.
 * @throws ConfigError for an unknown name, key or a negative range
 */
export function checkInit(where: string, value: unknown): Init {
  knownKeys(where, value, ["name", "range", "sd", "gain"]);
  const name = oneOf(where, "init", value["name"], names);
  if (name === "uniform") return { name, range: nonNegativeNumber(where, "range", value["range"]) };
  if (name === "normal") return { name, sd: nonNegativeNumber(where, "sd", value["sd"]) };
  if (name === "orthogonal") return { name, gain: nonNegativeNumber(where, "gain", value["gain"] ?? 1) };
  return { name };
}

/**
 * Draws the values of a [rows, columns] matrix, row-major.
 * @throws ConfigError without a stream
 * @example initialise({ name: "xavier" }, 4, 3, new RandomStream(randomKey(1, "weights")))
 */
export function initialise(init: Init, rows: number, columns: number, stream: RandomStream): Float32Array {
  if (!(stream instanceof RandomStream)) {
    throw new ConfigError("there is no random stream to draw initial values from", {
      where: "initialise",
      expected: "a RandomStream",
      got: describe(stream),
      mend: 'Pass one to the layer: new RandomStream(randomKey(42, "weights"))',
    });
  }
  const values = new Float32Array(rows * columns);
  const uniform = (range: number): Float32Array => values.map(() => (2 * stream.uniform() - 1) * range);
  switch (init.name) {
    case "zeros":
      return values;
    case "fanIn":
      return uniform(1 / Math.sqrt(columns));
    case "xavier":
      return uniform(Math.sqrt(6 / (rows + columns)));
    case "uniform":
      return uniform(init.range);
    case "normal":
      return values.map(() => stream.normal() * init.sd);
    case "orthogonal":
      return orthogonal(rows, columns, init.gain ?? 1, stream);
  }
}

/** Gram-Schmidt, twice for accuracy, on the shorter side of a normal matrix. */
function orthogonal(rows: number, columns: number, gain: number, stream: RandomStream): Float32Array {
  const count = Math.min(rows, columns);
  const length = Math.max(rows, columns);
  const basis: Float64Array[] = [];
  for (let k = 0; k < count; k++) {
    const v = Float64Array.from({ length }, () => stream.normal());
    // plain loops: 8e9 products for the four gates of an LSTM of 1000
    for (let pass = 0; pass < 2; pass++) {
      for (const u of basis) {
        const overlap = dot(u, v);
        for (let j = 0; j < length; j++) v[j]! -= overlap * u[j]!;
      }
    }
    const norm = Math.sqrt(dot(v, v));
    for (let j = 0; j < length; j++) v[j]! /= norm;
    basis.push(v);
  }
  const values = new Float32Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++)
      values[i * columns + j] = gain * (rows <= columns ? basis[i]![j]! : basis[j]![i]!);
  }
  return values;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let j = 0; j < a.length; j++) sum += a[j]! * b[j]!;
  return sum;
}
