/**
 * The softmax temperature that fits a text best.
 *
 *   L(β) = (1/N) Σ_t [ ln Σ_v e^(β z_tv) - β z_ty ]          β = 1/τ, z the logits, y the symbol that came
 *   L'   = (1/N) Σ_t [ E_p z_t - z_ty ]                       p = softmax(β z_t)
 *   L''  = (1/N) Σ_t Var_p z_t  >= 0                          so L is convex in β, and Newton's β - L'/L'' finds its minimum
 *
 * A step that leaves the interval known to hold the minimum goes to its middle instead. The text is read once per step, and
 * nothing of it is kept; a trained model takes four to seven readings.
 *
 * Source: Guo et al. 2017, §4.2 (temperature scaling); on validation for language models, Melis et al. 2018.
 */
import { positiveInteger } from "../../errors.ts";
import type { LanguageModel } from "../languageModel.ts";
import { forEachTarget, forEachWindow, type Reading, readWindow, withCarriedState } from "./reading.ts";

export interface FitTemperatureOptions {
  /** As in `evaluate`. Default 16. */
  readonly rows?: number;
  /** As in `evaluate`. Default 128. */
  readonly sequenceLength?: number;
  /** As in `evaluate`. Default true. */
  readonly carryState?: boolean;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of readings finished, from 1. */
  readonly onReading?: ((readings: number) => void) | undefined;
}

/** The result of a fit. */
export interface FittedTemperature {
  /** τ, within [0.05, 20] */
  readonly temperature: number;
  /** nats per character of the text it was fitted on, at that temperature */
  readonly nats: number;
  /** the same at temperature 1 */
  readonly natsBefore: number;
  /** times the text was read */
  readonly readings: number;
}

/** β beyond these is no calibration: a model that is always right, or worse than none, has its minimum at infinity or 0. */
const LIMITS = { low: 1 / 20, high: 20 } as const;
/** Relative change of β below which the loss has changed by about its square: 1e-12 nats. */
const TOLERANCE = 1e-6;
const MOST_READINGS = 40;

/**
 * Fits the temperature on one text; use it to score another:
 *
 * @param ids - symbol numbers of the validation text, [N]
 * @throws CorpusError when the text has fewer than 2 symbols
 * @example
 * const { temperature } = await fitTemperature(model, valid);
 * const { nats } = await evaluate(model, test, { mode: { name: "temperature", temperature } });
 */
export async function fitTemperature(
  model: LanguageModel,
  ids: Int32Array,
  { rows = 16, sequenceLength = 128, carryState, signal, onReading }: FitTemperatureOptions = {},
): Promise<FittedTemperature> {
  const reading: Reading = {
    rows: positiveInteger("fitTemperature", "rows", rows, 16),
    sequenceLength: positiveInteger("fitTemperature", "sequenceLength", sequenceLength, 128),
    carryState,
    signal,
  };
  let [low, high]: [number, number] = [LIMITS.low, LIMITS.high];
  let beta = 1;
  let best = { beta, nats: Number.POSITIVE_INFINITY };
  let natsBefore = Number.NaN;
  let readings = 0;
  while (readings < MOST_READINGS) {
    const { nats, slope, curvature } = await derivatives(model, ids, reading, beta);
    readings++;
    onReading?.(readings);
    if (readings === 1) natsBefore = nats;
    if (nats < best.nats) best = { beta, nats };
    const isBeyond = (beta === LIMITS.low && slope > 0) || (beta === LIMITS.high && slope < 0);
    if (slope === 0 || isBeyond) break;
    if (slope < 0) low = beta;
    else high = beta;
    const newton = beta - slope / curvature;
    const next = newton > low && newton < high ? newton : within(low, high, newton);
    if (Math.abs(next - beta) <= TOLERANCE * beta) break;
    beta = next;
  }
  return { temperature: 1 / best.beta, nats: best.nats, natsBefore, readings };
}

/** Where to go instead of beyond a bound: to the limit itself when it has not been read, else to the middle of the interval in ln β. */
function within(low: number, high: number, newton: number): number {
  if (newton <= low && low === LIMITS.low) return low;
  if (newton >= high && high === LIMITS.high) return high;
  return Math.sqrt(low * high);
}

/** L, L' and L'' at β. */
async function derivatives(
  model: LanguageModel,
  ids: Int32Array,
  reading: Reading,
  beta: number,
): Promise<{ nats: number; slope: number; curvature: number }> {
  const { vocabSize: V, tape } = model;
  const sums = { nats: 0, slope: 0, curvature: 0 };
  const p = new Float64Array(V);
  await withCarriedState(model, (stateOf) =>
    forEachWindow(ids, reading, (window) =>
      readWindow(model, window, stateOf(window), {}, ({ logits }) => {
        const z = tape.engine.memory.floats(logits.ptr, logits.size);
        forEachTarget(window, (k) => {
          const row = k * V;
          let largest = Number.NEGATIVE_INFINITY;
          for (let v = 0; v < V; v++) largest = Math.max(largest, z[row + v]!);
          let total = 0;
          for (let v = 0; v < V; v++) total += p[v] = Math.exp(beta * (z[row + v]! - largest));
          // moments of z - largest: the shift cancels in both derivatives, and keeps digits
          let [first, second] = [0, 0];
          for (let v = 0; v < V; v++) {
            const x = z[row + v]! - largest;
            first += (p[v]! / total) * x;
            second += (p[v]! / total) * x * x;
          }
          const target = z[row + window.targets[k]!]! - largest;
          sums.nats += Math.log(total) - beta * target;
          sums.slope += first - target;
          sums.curvature += second - first * first;
        });
      }),
    ),
  );
  const n = ids.length - 1;
  return { nats: sums.nats / n, slope: sums.slope / n, curvature: sums.curvature / n };
}
