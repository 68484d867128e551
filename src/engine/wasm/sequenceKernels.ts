/** The recurrent kernels: U is packed for the tiles where they make the products, then every range of rows goes through all steps. */
import type { GruGradients, GruSequence, Kernels, LstmGradients, LstmSequence, Ptr } from "../engine.ts";
import type { Range } from "./ranges.ts";
import { sharedRowProduct } from "./rowProducts.ts";
import {
  gruBackwardPart,
  gruBackwardScratch,
  gruForwardPart,
  gruForwardScratch,
  gruProducts,
  lstmBackwardPart,
  lstmBackwardScratch,
  lstmForwardPart,
  lstmForwardScratch,
  operandWidth,
  type PartPlace,
} from "./sequenceParts.ts";
import { aligned, type Sharing } from "./sharing.ts";
import { MADE, PACKED, ROW, SYSTEM, wayOfSequence } from "./ways.ts";

type Sequences = Pick<Kernels, "lstmForward" | "lstmBackward" | "gruForward" | "gruBackward">;

export function sequenceKernels(sharing: Sharing): Sequences {
  return {
    lstmForward(s: LstmSequence): void {
      const { T, B, H, mask } = s;
      const K = operandWidth(s);
      let way = wayOfSequence(sharing, T, B, 4 * H * K, isMasked(s), Boolean(s.packed));
      if (way === ROW && T * B === 1) {
        const products = s.norm?.normalised ?? s.gates;
        if (sharedRowProduct(sharing, 4 * H, H, s.hs, s.packed!, products, !s.norm)) way = MADE;
      }
      const columns = mask.groups > 1 ? [H, H, H, H] : [4 * H];
      run("lstmForward", s, way, forwardPanels(s, columns), lstmForwardScratch, (range, place) =>
        lstmForwardPart(s, range, place),
      );
    },
    lstmBackward(s: LstmSequence, gradients: LstmGradients): void {
      const way = wayOfSequence(sharing, s.T, s.B, 4 * s.H * operandWidth(s), true);
      const panels = backwardPanels(s, 4 * s.H);
      run("lstmBackward", s, way, panels, lstmBackwardScratch, (range, place) =>
        lstmBackwardPart(s, gradients, range, place),
      );
    },
    gruForward(s: GruSequence): void {
      const { T, B, H, mask, resetAfter } = s;
      const K = operandWidth(s);
      let way = wayOfSequence(sharing, T, B, 3 * H * K, isMasked(s), Boolean(s.packed));
      // reset-before has a product that waits for the reset gate: it stays with one hand
      if (way === ROW && T * B === 1 && resetAfter) {
        const products =
          s.norm?.normalised ?? sharing.scratch(gruForwardScratch(H, 1, false)) / 4 + gruProducts(H);
        if (sharedRowProduct(sharing, 3 * H, H, s.hs, s.packed!, products, false)) way = MADE;
      }
      const columns = resetAfter && mask.groups === 1 ? [3 * H] : [H, H, H];
      run("gruForward", s, way, forwardPanels(s, columns), gruForwardScratch, (range, place) =>
        gruForwardPart(s, range, place),
      );
    },
    gruBackward(s: GruSequence, gradients: GruGradients): void {
      const way = wayOfSequence(sharing, s.T, s.B, 3 * s.H * operandWidth(s), true);
      const panels = backwardPanels(s, 3 * s.H);
      run("gruBackward", s, way, panels, gruBackwardScratch, (range, place) =>
        gruBackwardPart(s, gradients, range, place),
      );
    },
  };

  function run(
    kernel: "lstmForward" | "lstmBackward" | "gruForward" | "gruBackward",
    s: LstmSequence | GruSequence,
    way: number,
    panels: readonly Panels[],
    scratchOf: (H: number, rows: number, flipout: boolean) => number,
    part: (range: Range, place: PartPlace) => number[],
  ): void {
    const { T, B, H } = s;
    const parts = sharing.parts(B, T * B * H * H >= sharing.thresholds.products, 4);
    const each = aligned(scratchOf(H, parts[0]![1], s.flipout !== undefined));
    // BLAS takes U as it lies where it is not transposed; the direct way always does
    const laidOut = panels.filter(({ transposed }) => way === PACKED || (way === SYSTEM && transposed));
    const size = ({ K, N }: Panels): number => (way === PACKED ? packedFloats(K, N) : K * N);
    const packedSize = aligned(laidOut.reduce((sum, panel) => sum + size(panel), 0));
    const packed = sharing.scratch(packedSize + each * parts.length);
    let out = packed;
    let packedDelta = packed;
    for (const panel of laidOut) {
      if (panel.isDelta && packedDelta === packed) packedDelta = out; // they come after those of U
      if (way === PACKED) pack(panel, panel.from * 4, out);
      else turn(panel, panel.from * 4, out);
      out += size(panel) * 4;
    }
    const scratch = packed + packedSize * 4;
    sharing.share(kernel, parts, (from, rows, hand) =>
      part([from, rows], {
        way,
        packed: way === ROW ? s.packed! * 4 : packed,
        packedDelta,
        scratch: scratch + hand * each * 4,
      }),
    );
  }

  function pack({ transposed, K, N }: Panels, b: number, out: number): void {
    const ldb = transposed ? K : N;
    sharing.share("packB", sharing.parts(N, K * N >= sharing.thresholds.elements, 8), (from, length) => [
      +transposed,
      K,
      length,
      b + from * (transposed ? ldb : 1) * 4,
      ldb * 4,
      out + from * K * 4,
    ]);
  }

  /** U [N, K] as Uᵀ, the way the system's BLAS reads it fastest */
  function turn({ K, N }: Panels, b: number, out: number): void {
    const parts = sharing.parts(N, N * K >= sharing.thresholds.elements, PIECE);
    sharing.share("layOutTransposed", parts, (from, length) => [N, K, from, from + length, b, out]);
  }
}

/** Columns that are laid out together, as in assembly/system.ts. */
const PIECE = 64;

/** A part of U, or of Flipout's Δ, to pack: op(U) [K, N], from element `from` of the memory on. */
interface Panels {
  readonly K: number;
  readonly N: number;
  readonly transposed: boolean;
  readonly from: number;
  readonly isDelta: boolean;
}

/** Uᵀ of U [GH, K] in blocks of gate columns, and after them Δᵀ of Δ [GH, H]. */
function forwardPanels(s: LstmSequence | GruSequence, columns: readonly number[]): Panels[] {
  return matrices(s).flatMap(({ at, K, isDelta }) =>
    columns.map((N, k) => ({ K, N, transposed: true, from: at + k * N * K, isDelta })),
  );
}

/** U [GH, K] as it lies, and after it Δ. */
function backwardPanels(s: LstmSequence | GruSequence, GH: number): Panels[] {
  return matrices(s).map(({ at, K, isDelta }) => ({ K: GH, N: K, transposed: false, from: at, isDelta }));
}

/** The weights that a sequence multiplies its states with at each step. */
function matrices(s: LstmSequence | GruSequence): { at: Ptr; K: number; isDelta: boolean }[] {
  const own = { at: s.wHh, K: operandWidth(s), isDelta: false };
  return s.flipout ? [own, { at: s.flipout.delta, K: s.H, isDelta: true }] : [own];
}

/** Whether single rows may not be multiplied as they are. */
function isMasked({ hMasked, flipout }: LstmSequence | GruSequence): boolean {
  return hMasked !== 0 || flipout !== undefined;
}

/** Floats of a [K, N] matrix packed in panels of 8 columns. */
function packedFloats(K: number, N: number): number {
  return K * ((N + 7) & ~7);
}
