/** What holds of a whole network under dropout: its state stays clean, evaluation knows no masks, and weights stay as they are. */
import { type Ids, sum, type Tensor } from "../../autograd/index.ts";
import type { RandomKey } from "../../engine/index.ts";
import type { drawMasks, RecurrentDropout, RecurrentState } from "../../nn/index.ts";
import { LanguageModel, type MaskSource } from "../languageModel.ts";
import { type DropoutFinding, short } from "./finding.ts";
import { valuesOf } from "./maskValues.ts";
import { type PlainState, plainZeros, recompute } from "./recompute.ts";

/** How windows are run; what the check is made of, so that a test can put something wrong in its place. */
export interface DropoutFunctions {
  readonly draw: typeof drawMasks;
  /** a window under masks */
  readonly train: (
    model: LanguageModel,
    ids: Ids,
    state: RecurrentState | undefined,
    masks: MaskSource,
  ) => Pass;
  /** a window in evaluation */
  readonly evaluate: (model: LanguageModel, ids: Ids, state: RecurrentState | undefined) => Pass;
}

interface Pass {
  readonly logits: Tensor;
  readonly state: RecurrentState;
}

/** Windows and their size: what is computed twice is small, because one of the ways is slow. */
const [WINDOWS, STEPS, ROWS] = [3, 5, 3] as const;

/** Of float32 beside float64, relative to 1 + |value|; a mask on a state of 0.1 changes it a hundred times as much. */
const TOLERANCE = 1e-4;

type Check = Omit<DropoutFinding, "site">;
type Values = readonly (Float32Array | Float64Array)[];

/** Checks a model under a dropout. @param dropout - with which it is trained, and which its configuration has */
export function checkNetwork(
  model: LanguageModel,
  dropout: RecurrentDropout,
  key: RandomKey,
  functions: DropoutFunctions,
): Check[] {
  const before = weightsOf(model);
  const evaluated = evaluate(model, functions);
  const state = checkState(model, { dropout, key, window: 0, stream: 0, done: 0.5 }, functions);
  const isUnchanged = sameBits(before, weightsOf(model));
  const again = evaluate(model, functions);
  return [
    state,
    ...checkEvaluation(model, dropout, functions, evaluated, again),
    {
      check: "weights",
      expected: "the bits from before training under masks",
      seen: isUnchanged ? "the same bits" : "weights were changed",
      ok: isUnchanged,
    },
  ];
}

/** The state after each of several windows, carried from one to the next, and what it predicts: beside a recomputation. */
function checkState(model: LanguageModel, masks: MaskSource, { draw, train }: DropoutFunctions): Check {
  const { tape } = model;
  const plain = plainZeros(model, ROWS);
  const worst = tape.step(() => {
    let state: RecurrentState | undefined;
    let difference = 0;
    for (let window = 0; window < WINDOWS; window++) {
      const rows = idsOf(model, window);
      const ids = tape.ids(rows.flat(), [STEPS, ROWS]);
      const at = { ...masks, window };
      const { dropout, key, ...position } = at;
      const drawn = draw(
        tape,
        dropout,
        { steps: STEPS, rows: ROWS, ...model.maskSizes },
        key,
        position,
        model.config.embeddingSize > 0 ? { ids, vocabSize: model.vocabSize } : undefined,
        model.rates,
      );
      const logits = recompute(model, rows, plain, drawn);
      const pass = train(model, ids, state, at);
      tape.backward(sum(pass.logits)); // what backward would change, the check of the weights sees
      state = pass.state;
      difference = Math.max(difference, worstOf(logits, valuesOf(pass.logits)), worstState(plain, state));
    }
    return difference;
  });
  clearGradients(model);
  return {
    check: "state",
    expected: `carried through ${WINDOWS} windows as a recomputation carries it, unmasked, to ${TOLERANCE}`,
    seen: `to ${short(worst)}`,
    ok: worst <= TOLERANCE,
  };
}

/** Evaluation with the specification beside evaluation without: the same bits; zoneout beside its expectation. */
function checkEvaluation(
  model: LanguageModel,
  dropout: RecurrentDropout,
  functions: DropoutFunctions,
  evaluated: Values,
  again: Values,
): Check[] {
  const { zoneoutCell: _c, zoneoutHidden: _h, ...others } = dropout.sites;
  const isKept = model.keptShares !== undefined;
  const plain = valuesUnder(model, { name: "none", sites: {} }, functions);
  const masked = isKept ? valuesUnder(model, { name: dropout.name, sites: others }, functions) : evaluated;
  const isRepeated = sameBits(evaluated, again);
  const isSame = sameBits(masked, plain);
  const recomputed = reevaluate(model);
  const difference = Math.max(...evaluated.map((values, k) => worstOf(recomputed[k]!, values)));
  return [
    {
      check: "evaluation",
      expected: `the bits of a model without dropout${isKept ? " (but for zoneout)" : ""}, before and after training`,
      seen: isSame && isRepeated ? "the same bits" : isRepeated ? "other bits" : "other bits after training",
      ok: isSame && isRepeated,
    },
    {
      check: "evaluation values",
      expected: `those of a recomputation ${isKept ? "that keeps the rate's share of the old state" : "without masks"}, to ${TOLERANCE}`,
      seen: `to ${short(difference)}`,
      ok: difference <= TOLERANCE,
    },
  ];
}

/** Logits and states of each window in evaluation, carried from one to the next. */
function evaluate(model: LanguageModel, functions: DropoutFunctions): Values {
  const { tape } = model;
  return tape.step(() => {
    let state: RecurrentState | undefined;
    return Array.from({ length: WINDOWS }, (_, window) => {
      const pass = functions.evaluate(model, tape.ids(idsOf(model, window).flat(), [STEPS, ROWS]), state);
      state = pass.state;
      const tensors = [pass.logits, ...state.flatMap(({ h, c }) => (c ? [h, c] : [h]))];
      return tensors.map(valuesOf);
    }).flat();
  });
}

/** The same values, recomputed without masks. */
function reevaluate(model: LanguageModel): Values {
  const plain = plainZeros(model, ROWS);
  const isLstm = model.stack.cell.name === "lstm";
  return Array.from({ length: WINDOWS }, (_, window) => {
    const logits = recompute(model, idsOf(model, window), plain, undefined);
    return [logits, ...plain.flatMap(({ h, c }) => (isLstm ? [joined(h), joined(c)] : [joined(h)]))];
  }).flat();
}

/** What the same weights give in evaluation under another configuration. */
function valuesUnder(model: LanguageModel, dropout: RecurrentDropout, functions: DropoutFunctions): Values {
  const other = new LanguageModel(model.tape, model.vocabSize, { ...model.config, dropout }, 0);
  for (const [name, tensor] of other.parameters)
    model.tape.assign(tensor, valuesOf(model.parameters.get(name)!));
  const values = evaluate(other, functions);
  other.release();
  return values;
}

/** Symbols [T][B] that repeat, so that dropped types meet again. */
function idsOf({ vocabSize }: LanguageModel, window: number): number[][] {
  return Array.from({ length: STEPS }, (_, t) =>
    Array.from({ length: ROWS }, (_, b) => (window * 5 + (t % 3) * 7 + b * 3) % vocabSize),
  );
}

function worstState(plain: readonly PlainState[], state: RecurrentState): number {
  return Math.max(
    ...state.map(({ h, c }, l) =>
      Math.max(worstOf(joined(plain[l]!.h), valuesOf(h)), c ? worstOf(joined(plain[l]!.c), valuesOf(c)) : 0),
    ),
  );
}

/** [B][H] as one array. */
function joined(rows: readonly Float64Array[]): Float64Array {
  return Float64Array.from(rows.flatMap((row) => [...row]));
}

/** Largest difference, relative to 1 + |value|; infinite when something is not a number. */
function worstOf(expected: ArrayLike<number>, got: ArrayLike<number>): number {
  let worst = 0;
  for (let k = 0; k < expected.length; k++) {
    const difference = Math.abs(got[k]! - expected[k]!) / (1 + Math.abs(expected[k]!));
    worst = Math.max(worst, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  }
  return worst;
}

function weightsOf({ parameters }: LanguageModel): Values {
  return [...parameters.values()].map((tensor) => valuesOf(tensor));
}

function sameBits(a: Values, b: Values): boolean {
  return a.every((one, k) => one.every((value, i) => Object.is(value, b[k]![i])));
}

function clearGradients({ parameters, tape }: LanguageModel): void {
  for (const tensor of parameters.values())
    if (tensor.gradientPtr) tape.engine.fill(tensor.size, tensor.gradientPtr, 0);
}
