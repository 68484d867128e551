/** Noise on the state of an LSTM and a GRU as the papers write it, number by number: nothing of the sources is used here. */
import { numbers } from "../gradients/numbers.ts";

export const T = 5;
export const B = 3;
export const D = 2;
export const H = 7;
const { exp, tanh } = Math;
const sigmoid = (x: number): number => 1 / (1 + exp(-x));

export type Noise = "candidateMask" | "cellMask" | "keepCell" | "keepHidden";
/** One number of each factor, at one step, row and unit. */
type Factors = Record<Noise, number>;
/** Factors [steps, B, H] by name. */
export type Given = Partial<Record<Noise, { readonly steps: number; readonly values: readonly number[] }>>;

/** One unit of an LSTM after its gates: h and c before, h and c after. */
type LstmUnit = (
  gates: { i: number; f: number; g: number; o: number },
  h: number,
  c: number,
  d: Factors,
) => [number, number];

export const lstmPapers: Record<string, { readonly noise: readonly Noise[]; readonly unit: LstmUnit }> = {
  "Semeniuta et al. 2016, recurrent dropout without memory loss": {
    noise: ["candidateMask"],
    unit({ i, f, g, o }, _, c, { candidateMask }) {
      const next = f * c + i * (candidateMask * g);
      return [o * tanh(next), next];
    },
  },
  "Moon et al. 2015, RNNDrop": {
    noise: ["cellMask"],
    unit({ i, f, g, o }, _, c, { cellMask }) {
      const next = cellMask * (f * c + i * g);
      return [o * tanh(next), next];
    },
  },
  "Krueger et al. 2017, zoneout on the cell": {
    noise: ["keepCell"],
    unit({ i, f, g, o }, _, c, { keepCell }) {
      const next = f * c + i * g;
      return [o * tanh(next), keepCell * c + (1 - keepCell) * next];
    },
  },
  "Krueger et al. 2017, zoneout on both": {
    noise: ["keepCell", "keepHidden"],
    unit({ i, f, g, o }, h, c, { keepCell, keepHidden }) {
      const next = f * c + i * g;
      const out = o * tanh(next);
      return [keepHidden * h + (1 - keepHidden) * out, keepCell * c + (1 - keepCell) * next];
    },
  },
  "all of them, the cell first": {
    noise: ["candidateMask", "cellMask", "keepCell", "keepHidden"],
    unit({ i, f, g, o }, h, c, d) {
      const next = d.cellMask * (f * c + i * d.candidateMask * g);
      const out = o * tanh(next);
      return [d.keepHidden * h + (1 - d.keepHidden) * out, d.keepCell * c + (1 - d.keepCell) * next];
    },
  },
};

/** One unit of a GRU after its gates. */
type GruUnit = (z: number, n: number, h: number, d: Factors) => number;
export const gruPapers: Record<string, { readonly noise: readonly Noise[]; readonly unit: GruUnit }> = {
  "Semeniuta et al. 2016": {
    noise: ["candidateMask"],
    unit: (z, n, h, { candidateMask }) => z * h + (1 - z) * (candidateMask * n),
  },
  "Krueger et al. 2017": {
    noise: ["keepHidden"],
    unit: (z, n, h, { keepHidden }) => keepHidden * h + (1 - keepHidden) * (z * h + (1 - z) * n),
  },
  "both of them": {
    noise: ["candidateMask", "keepHidden"],
    unit: (z, n, h, d) => d.keepHidden * h + (1 - d.keepHidden) * (z * h + (1 - z) * d.candidateMask * n),
  },
};

/** Numbers of one trial; `mask` is the recurrent mask, tied over time and shared by the gates. */
export interface Arrays {
  readonly x: number[];
  readonly h0: number[];
  readonly c0: number[];
  readonly wIh: number[];
  readonly wHh: number[];
  readonly bIh: number[];
  readonly bHh: number[];
  readonly mask: number[] | undefined;
}

export function arraysOf(G: number, seed: string, mask: readonly number[] | undefined): Arrays {
  const random = numbers(seed);
  return {
    x: random([T, B, D]),
    h0: random([B, H]),
    c0: random([B, H]),
    wIh: random([G * H, D]),
    wHh: random([G * H, H]),
    bIh: random([G * H]),
    bHh: random([G * H]),
    mask: mask && Array.from({ length: B }, () => mask).flat(),
  };
}

/** 0 or 2 on the candidate, 0 or 1 elsewhere: what training draws; or a fraction on all of it. */
export function factorsOf(noise: readonly Noise[], steps: number, seed: string, drawn: boolean): Given {
  const random = numbers(`${seed} noise`);
  const value = (name: Noise, u: number): number => (u < 0.5 ? 0 : name === "candidateMask" ? 2 : 1);
  return Object.fromEntries(
    noise.map((name) => [
      name,
      { steps, values: random([steps, B, H], 0, 1).map((u) => (drawn ? value(name, u) : u)) },
    ]),
  );
}

function at(given: Given, t: number, b: number, j: number): Factors {
  const one = (name: Noise, absent: number): number => {
    const { steps, values } = given[name] ?? { steps: 0, values: [] };
    return steps ? values[((steps === 1 ? 0 : t) * B + b) * H + j]! : absent;
  };
  return {
    candidateMask: one("candidateMask", 1),
    cellMask: one("cellMask", 1),
    keepCell: one("keepCell", 0),
    keepHidden: one("keepHidden", 0),
  };
}

/** W[row] · v */
const dot = (w: readonly number[], row: number, v: readonly number[]): number =>
  v.reduce((sum, value, k) => sum + w[row * v.length + k]! * value, 0);

/** y of a row after row and step after step; `step` gives the next h of row b. */
function overTime(
  arrays: Arrays,
  step: (t: number, b: number, x: number[], h: number[]) => number[],
): number[] {
  const states = Array.from({ length: B }, (_, b) => arrays.h0.slice(b * H, (b + 1) * H));
  const y: number[] = [];
  for (let t = 0; t < T; t++) {
    for (let b = 0; b < B; b++) {
      const x = arrays.x.slice((t * B + b) * D, (t * B + b + 1) * D);
      states[b] = step(t, b, x, states[b]!);
      y.push(...states[b]!);
    }
  }
  return y;
}

const masked = ({ mask }: Arrays, b: number, h: readonly number[]): number[] =>
  h.map((value, j) => value * (mask?.[b * H + j] ?? 1));

export function naiveLstm(arrays: Arrays, unit: LstmUnit, given: Given): { y: number[]; c: number[] } {
  const cells = Array.from({ length: B }, (_, b) => arrays.c0.slice(b * H, (b + 1) * H));
  const { wIh, wHh, bIh, bHh } = arrays;
  const y = overTime(arrays, (t, b, x, h) => {
    const operand = masked(arrays, b, h);
    const pre = (k: number, j: number): number => {
      const row = k * H + j;
      return dot(wIh, row, x) + dot(wHh, row, operand) + bIh[row]! + bHh[row]!;
    };
    const after = h.map((old, j) => {
      const gates = {
        i: sigmoid(pre(0, j)),
        f: sigmoid(pre(1, j)),
        g: tanh(pre(2, j)),
        o: sigmoid(pre(3, j)),
      };
      return unit(gates, old, cells[b]![j]!, at(given, t, b, j));
    });
    cells[b] = after.map(([, c]) => c);
    return after.map(([out]) => out);
  });
  return { y, c: cells.flat() };
}

export function naiveGru(arrays: Arrays, resetAfter: boolean, unit: GruUnit, given: Given): number[] {
  const { wIh, wHh, bIh, bHh } = arrays;
  return overTime(arrays, (t, b, x, h) => {
    const operand = masked(arrays, b, h);
    const fromX = (row: number): number => dot(wIh, row, x) + bIh[row]!;
    const fromH = (row: number, v: readonly number[]): number => dot(wHh, row, v) + bHh[row]!;
    const r = h.map((_, j) => sigmoid(fromX(j) + fromH(j, operand)));
    const reset = operand.map((value, j) => value * r[j]!);
    return h.map((old, j) => {
      const [zRow, nRow] = [H + j, 2 * H + j];
      const z = sigmoid(fromX(zRow) + fromH(zRow, operand));
      const n = tanh(fromX(nRow) + (resetAfter ? r[j]! * fromH(nRow, operand) : fromH(nRow, reset)));
      return unit(z, n, old, at(given, t, b, j));
    });
  });
}
