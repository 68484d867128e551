/** gemm. The bound is the classical one: K products and K additions give at most (K+1) units of Σ|a||b| + |c|. */
import { lengths, Numbers } from "./numbers.ts";
import { type Pair, type Twin, UNIT } from "./pair.ts";
import type { Claims } from "./runConformance.ts";

interface Product {
  readonly transA: boolean;
  readonly transB: boolean;
  readonly M: number;
  readonly N: number;
  readonly K: number;
  /** elements that the rows of A, B and C are longer than they need be */
  readonly gaps: readonly [number, number, number];
  readonly accumulate: boolean;
}

const forms = [false, true].flatMap((transA) => [false, true].map((transB) => ({ transA, transB })));
const show = ({ transA, transB, M, N, K, gaps, accumulate }: Product): string =>
  `${transA ? "Aᵀ" : "A"}${transB ? "Bᵀ" : "B"} M=${M} N=${N} K=${K} gaps=${gaps} accumulate=${accumulate}`;

export function gemmKernel({ claim }: Claims): void {
  const numbers = new Numbers("gemm");

  for (const { transA, transB } of forms) {
    const form = `${transA ? "Aᵀ" : "A"} ${transB ? "Bᵀ" : "B"}`;
    claim("gemm", `${form} at odd sizes, rows longer than needed, with and without accumulating`, (pair) => {
      let turn = 0;
      for (const M of lengths) {
        for (const N of lengths) {
          const K = lengths[turn % lengths.length]!;
          const gaps = [turn % 3, turn % 4, turn % 5] as const;
          turn += 1 + (turn % 2);
          for (const accumulate of [false, true])
            trial(pair, numbers, { transA, transB, M, N, K, gaps, accumulate });
        }
      }
      for (const K of lengths)
        trial(pair, numbers, { transA, transB, M: 3, N: 5, K, gaps: [1, 0, 2], accumulate: true });
    });

    claim("gemm", `${form} larger than any cache block`, (pair) => {
      trial(pair, numbers, { transA, transB, M: 101, N: 37, K: 531, gaps: [0, 1, 3], accumulate: true });
      trial(pair, numbers, { transA, transB, M: 5, N: 523, K: 259, gaps: [3, 0, 0], accumulate: false });
    });
  }

  claim("gemm", "a NaN in A stays in its row, a NaN in B in its column", (pair) => {
    pair.trial("M=5 N=9 K=7", () => {
      const a = numbers.uniform(5 * 7);
      const b = numbers.uniform(7 * 9);
      a[2 * 7 + 3] = Number.NaN;
      b[4 * 9 + 8] = Number.NaN;
      const [left, right, c] = [pair.input(a), pair.input(b), pair.output(5 * 9)];
      pair.run((engine, at) =>
        engine.gemm(false, false, 5, 9, 7, at(left), 7, at(right), 9, at(c), 9, false),
      );
      pair.expectClose(c, () => 8 * 7 * UNIT, "C");
    });
  });

  claim("gemm", "without accumulating, what C held is not read", (pair) => {
    pair.trial("C of NaN", () => {
      const [a, b] = [pair.input(numbers.uniform(15)), pair.input(numbers.uniform(35))];
      const c = pair.output(new Array<number>(21).fill(Number.NaN));
      pair.run((engine, at) => engine.gemm(false, false, 3, 7, 5, at(a), 5, at(b), 7, at(c), 7, false));
      pair.expectClose(c, () => 6 * 5 * UNIT, "C");
    });
  });
}

function trial(pair: Pair, numbers: Numbers, product: Product): void {
  const { transA, transB, M, N, K, gaps, accumulate } = product;
  pair.trial(show(product), () => {
    const [aRows, aLength] = transA ? [K, M] : [M, K];
    const [bRows, bLength] = transB ? [N, K] : [K, N];
    const [lda, ldb, ldc] = [aLength + gaps[0], bLength + gaps[1], N + gaps[2]];
    const a = numbers.uniform(aRows * lda);
    const b = numbers.uniform(bRows * ldb);
    const c = numbers.uniform(M * ldc);
    const [left, right, out]: [Twin, Twin, Twin] = [pair.input(a), pair.input(b), pair.output(c)];
    pair.run((engine, at) =>
      engine.gemm(transA, transB, M, N, K, at(left), lda, at(right), ldb, at(out), ldc, accumulate),
    );
    const size = (i: number, j: number): number => {
      let total = accumulate ? Math.abs(c[i * ldc + j]!) : 0;
      for (let k = 0; k < K; k++)
        total += Math.abs(a[transA ? k * lda + i : i * lda + k]! * b[transB ? j * ldb + k : k * ldb + j]!);
      return total;
    };
    // An element in the gap of a row must be what it was.
    const bound = (_: number, at: number): number =>
      at % ldc < N ? (K + 1) * UNIT * size(Math.floor(at / ldc), at % ldc) : 0;
    pair.expectClose(out, bound, "C");
  });
}
