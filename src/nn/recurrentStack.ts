/**
 * Layers of LSTM or GRU, one above the other.
 *
 *   x^1 = x     y^l, s^l = cell_l(x^l, s^l)     x^{l+1} = y^l     y = y^L
 *
 * The state goes in and comes out; the stack keeps none.
 */
import type { DropoutMask, EmbeddedIds, Ids, Tape, Tensor } from "../autograd/index.ts";
import type { RandomStream } from "../engine/index.ts";
import {
  ConfigError,
  describe,
  knownKeys,
  oneOf,
  positiveInteger,
  ShapeError,
  trueOrFalse,
} from "../errors.ts";
import type { CellWeights, LayerState, RecurrentCell } from "./cells/cell.ts";
import { gruCell } from "./cells/gru.ts";
import { lstmCell } from "./cells/lstm.ts";
import { type Init, initialise } from "./init.ts";
import { layerSizes } from "./layerSizes.ts";
import { maskedWeights, type WeightFlips } from "./maskedWeights.ts";
import { denseUnderLearnedMask } from "./oneHot.ts";
import type { Parameters } from "./parameters.ts";

/** One state per layer, bottom first. */
export type RecurrentState = readonly LayerState[];

/** The masks of a stack, bottom layer first; `undefined` where there is none. */
export interface StackMasks {
  /** per layer, on its input: [1 or T, 1 or G, B, D], or the kept of D units */
  readonly input?: readonly (DropoutMask | undefined)[] | undefined;
  /** per layer, on h_{t-1}: [1 or T, 1 or G, B, H], or the kept of H units */
  readonly recurrent?: readonly (DropoutMask | undefined)[] | undefined;
  /** per layer, on what enters the state (g of an LSTM, n of a GRU): [1 or T, B, H] */
  readonly candidate?: readonly (Tensor | undefined)[] | undefined;
  /** per layer, on the new cell, which is carried with it: [1 or T, B, H]; LSTM only */
  readonly cell?: readonly (Tensor | undefined)[] | undefined;
  /** per layer, the part of the old cell that is kept: [1 or T, B, H], in [0, 1]; LSTM only */
  readonly keepCell?: readonly (Tensor | undefined)[] | undefined;
  /** per layer, the part of the old h that is kept: [1 or T, B, H], in [0, 1] */
  readonly keepHidden?: readonly (Tensor | undefined)[] | undefined;
  /** per layer, on W for all steps and rows: [GH, D] */
  readonly inputWeights?: readonly (Tensor | undefined)[] | undefined;
  /** per layer, on U for all steps and rows: [GH, H] */
  readonly recurrentWeights?: readonly (Tensor | undefined)[] | undefined;
  /** per layer, noise on W that each row turns */
  readonly inputFlips?: readonly (WeightFlips | undefined)[] | undefined;
  /** per layer, noise on U that each row turns */
  readonly recurrentFlips?: readonly (WeightFlips | undefined)[] | undefined;
}

export interface RecurrentStackOptions {
  readonly cell?: "lstm" | "gru";
  /** D */
  readonly inputSize: number;
  /** H */
  readonly hiddenSize: number;
  /** Default 1. */
  readonly layers?: number;
  /** H of the last layer. Default `hiddenSize`. Merity et al. 2017 give it the width of a tied embedding. */
  readonly lastHiddenSize?: number;
  /** GRU only; default true, as PyTorch and cuDNN. */
  readonly resetAfter?: boolean;
  /**
   * Layer normalisation of the cells (Ba, Kiros & Hinton 2016; not for resetAfter: false). Gains start at 1 and biases at 0, but
   * for the forget gate's. Default false.
   */
  readonly layerNorm?: boolean;
  /** LSTM only: start of the forget gate's bias. Default 1, as char-rnn (Gers et al. 2000); "uniform" leaves it as that of other gates. */
  readonly forgetBias?: number | "uniform";
  /** Input weights. Default U(±1/√H), as PyTorch. */
  readonly inputInit?: Init;
  /** Recurrent weights. Default U(±1/√H), as PyTorch. */
  readonly recurrentInit?: Init;
}

const OPTIONS: readonly (keyof RecurrentStackOptions)[] = [
  "cell",
  "inputSize",
  "hiddenSize",
  "layers",
  "lastHiddenSize",
  "resetAfter",
  "layerNorm",
  "forgetBias",
  "inputInit",
  "recurrentInit",
];

/**
 * A stack of recurrent layers over sequences [T, B, D].
 *
 * @throws ConfigError for an unknown cell or option (dropout is not one: masks are passed to `forward`), sizes that are not positive
 *   integers, or a normalised GRU that is reset-before
 * @throws ShapeError when x, state or masks do not fit
 * @example
 * const rnn = new RecurrentStack(tape, { cell: "lstm", inputSize: 3, hiddenSize: 8 }, stream);
 * const { y, state } = rnn.forward(x);           // y [T, B, 8]; the state starts at zero
 * const next = rnn.forward(x2, { state });       // and is carried by hand
 */
export class RecurrentStack {
  readonly cell: RecurrentCell;
  readonly inputSize: number;
  /** H of every layer but the last, which may have another. */
  readonly hiddenSize: number;
  readonly layers: number;
  /** H of each layer, bottom first. */
  readonly hiddenSizes: readonly number[];
  /** H of the last layer: the width of y. */
  readonly outputSize: number;
  readonly parameters: Parameters;
  readonly #weights: readonly CellWeights[];

  constructor(tape: Tape, options: RecurrentStackOptions, stream: RandomStream) {
    const where = "RecurrentStack";
    knownKeys(where, options, OPTIONS);
    const name = oneOf(where, "cell", options.cell ?? "lstm", ["lstm", "gru"]);
    this.cell = name === "lstm" ? lstmCell : gruCell(options.resetAfter ?? true);
    this.inputSize = positiveInteger(where, "inputSize", options.inputSize);
    this.hiddenSize = positiveInteger(where, "hiddenSize", options.hiddenSize);
    this.layers = positiveInteger(where, "layers", options.layers ?? 1, 2);
    const { hiddenSize, layers, lastHiddenSize } = options;
    if (lastHiddenSize !== undefined) positiveInteger(where, "lastHiddenSize", lastHiddenSize);
    this.hiddenSizes = layerSizes({ hiddenSize, layers: layers ?? 1, lastHiddenSize });
    this.outputSize = this.hiddenSizes.at(-1)!;
    const layerNorm = checkLayerNorm(where, options);
    const forgetBias = checkForgetBias(where, options.forgetBias ?? 1);

    const parameters = new Map<string, Tensor>();
    this.#weights = Array.from({ length: this.layers }, (_, l) => {
      const H = this.hiddenSizes[l]!;
      const D = l === 0 ? this.inputSize : this.hiddenSizes[l - 1]!;
      const rows = this.cell.gates.length * H;
      const byDefault: Init = { name: "uniform", range: 1 / Math.sqrt(H) };
      const matrix = (
        suffix: string,
        columns: number,
        values: Float32Array,
        shape = [rows, columns],
      ): Tensor => {
        const tensor = tape.parameter(shape, values);
        parameters.set(`${suffix}_l${l}`, tensor);
        return tensor;
      };
      const wIh = matrix("weight_ih", D, initialise(options.inputInit ?? byDefault, rows, D, stream));
      const wHh = matrix(
        "weight_hh",
        H,
        gateByGate(options.recurrentInit ?? byDefault, this.cell.gates.length, H, stream),
      );
      const biases = [
        initialise(byDefault, rows, 1, stream),
        initialise(byDefault, rows, 1, stream),
      ] as const;
      if (layerNorm) for (const bias of biases) bias.fill(0);
      if (name === "lstm" && forgetBias !== "uniform") {
        biases[0].fill(forgetBias, H, 2 * H);
        biases[1].fill(0, H, 2 * H);
      }
      const bIh = matrix("bias_ih", 1, biases[0], [rows]);
      const bHh = matrix("bias_hh", 1, biases[1], [rows]);
      const ones = (rows: number): Float32Array => new Float32Array(rows).fill(1);
      const norm = layerNorm && {
        gainIh: matrix("gain_ih", 1, ones(rows), [rows]),
        gainHh: matrix("gain_hh", 1, ones(rows), [rows]),
        ...(name === "lstm" && {
          gainC: matrix("gain_c", 1, ones(H), [H]),
          biasC: matrix("bias_c", 1, new Float32Array(H), [H]),
        }),
      };
      return { wIh, wHh, bIh, bHh, norm: norm || undefined };
    });
    this.parameters = parameters;
  }

  /**
   * Runs all layers over a sequence.
   *
   * @param x - [T, B, D], ids [T, B] that stand for one-hot rows of size D, or ids with the table of their vectors
   * @param options.state - one state per layer; zero when absent
   * @param options.masks - masks of this sequence; absent in evaluation
   * @returns y [T, B, H] of the top layer, H its width, and the state after the last step
   */
  forward(
    x: Tensor | Ids | EmbeddedIds,
    { state, masks }: { state?: RecurrentState | undefined; masks?: StackMasks | undefined } = {},
  ): { y: Tensor; state: RecurrentState } {
    this.#checkLayers(state, masks);
    const states: LayerState[] = [];
    let input = denseUnderLearnedMask(x, masks?.input?.[0]);
    let y: Tensor | undefined;
    for (let l = 0; l < this.layers; l++) {
      const pass = this.cell.run({
        x: input,
        state: state?.[l],
        ...maskedWeights(this.#weights[l]!, masks, l),
        inputMask: masks?.input?.[l],
        recurrentMask: masks?.recurrent?.[l],
        candidateMask: masks?.candidate?.[l],
        cellMask: masks?.cell?.[l],
        keepCell: masks?.keepCell?.[l],
        keepHidden: masks?.keepHidden?.[l],
      });
      y = pass.y;
      input = pass.y;
      states.push(pass.state);
    }
    return { y: y!, state: states };
  }

  /** A layer that is left out would silently start from zero, or run unmasked. */
  #checkLayers(state: RecurrentState | undefined, masks: StackMasks | undefined): void {
    const lists = Object.entries(masks ?? {}).filter(([name]) =>
      MASK_LISTS.includes(name as keyof StackMasks),
    );
    const given = lists.map(([name, list]) => [`masks.${name}`, list] as const);
    for (const [name, list] of [["state", state] as const, ...given]) {
      if (list && list.length !== this.layers) throw misfit(name, `${this.layers} layers`, `${list.length}`);
    }
    const parts = this.cell.name === "lstm" ? "h and c" : "h";
    for (const [l, { c }] of (state ?? []).entries()) {
      const got = c ? "h and c" : "h";
      if (got !== parts) throw misfit(`state[${l}]`, `${parts} for ${this.cell.name}`, got);
    }
  }
}

/** Masks that have one entry for each layer. */
const MASK_LISTS: readonly (keyof StackMasks)[] = [
  "input",
  "recurrent",
  "candidate",
  "cell",
  "keepCell",
  "keepHidden",
  "inputWeights",
  "recurrentWeights",
  "inputFlips",
  "recurrentFlips",
];

/** Recurrent matrices [G H, H] are initialised one gate at a time: an orthogonal start is orthogonal per gate. */
function gateByGate(init: Init, G: number, H: number, stream: RandomStream): Float32Array {
  const values = new Float32Array(G * H * H);
  for (let k = 0; k < G; k++) values.set(initialise(init, H, H, stream), k * H * H);
  return values;
}

function misfit(name: string, expected: string, got: string): ShapeError {
  return new ShapeError(`${name} does not fit the stack`, { where: "RecurrentStack.forward", expected, got });
}

/**
 * Whether the cells of these options are normalised.
 * @throws ConfigError for what is neither true nor false, or a GRU that is reset-before
 */
export function checkLayerNorm(
  where: string,
  { cell, resetAfter, layerNorm = false }: Pick<RecurrentStackOptions, "cell" | "resetAfter" | "layerNorm">,
): boolean {
  trueOrFalse(where, "layerNorm", layerNorm);
  if (layerNorm && cell === "gru" && resetAfter === false) {
    throw new ConfigError("a layer-normalised GRU is reset-after", {
      where,
      expected: "resetAfter true, or layerNorm false",
      got: "resetAfter false",
      mend: "Ba, Kiros & Hinton 2016 normalise U_n h and let r multiply what comes of it; there is no other form",
    });
  }
  return layerNorm;
}

function checkForgetBias(where: string, value: unknown): number | "uniform" {
  if (value === "uniform" || (typeof value === "number" && Number.isFinite(value))) return value;
  throw new ConfigError('forgetBias is neither a number nor "uniform"', {
    where,
    expected: 'a finite number or "uniform"',
    got: describe(value),
  });
}
