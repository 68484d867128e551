/** What pulls learned rates up, and the weights under them down. */
import {
  add,
  addScalar,
  exp,
  log,
  mul,
  scale,
  sigmoid,
  sub,
  sumOfSquares,
  type Tensor,
} from "../../autograd/index.ts";

/** A rate that is learned, and what it stands on. */
export interface ConcreteTerm {
  /** λ = ln p/(1 - p), one element */
  readonly logit: Tensor;
  /** W, which reads what is masked */
  readonly weight: Tensor;
  /** D: numbers that are dropped or not; units of the mask, times the gates that have masks of their own */
  readonly units: number;
}

/**
 * The regulariser of concrete dropout.
 *
 *   R = Σ wr ‖W‖²/(1 - p) + dr D (p ln p + (1 - p) ln(1 - p))        over sites and layers
 *
 * The second term is minus the entropy of the mask: it pulls p to 1/2, where the loss pulls it to 0. With the loss a mean
 * over characters, Bayes has wr = l²/2N and dr = 1/N, for N characters and a prior of length scale l.
 *
 * Source: Gal, Hron & Kendall 2017, §3 (their M is W/(1 - p), so that their (1 - p)‖M‖² is ‖W‖²/(1 - p)) and their program,
 * whose 2/N is for a squared error.
 *
 * @param terms - at least one
 * @returns a scalar
 * @example add(loss, concreteRegularisation([{ logit, weight: wHh, units: 128 }], { wr: 0, dr: 1 / train.length }))
 */
export function concreteRegularisation(
  terms: readonly ConcreteTerm[],
  { wr, dr }: { readonly wr: number; readonly dr: number },
): Tensor {
  return terms
    .map(({ logit, weight, units }) => {
      const reading = addScalar(exp(logit), 1); // 1/(1 - p)
      // p ln p + (1 - p) ln(1 - p) = p λ + ln(1 - p): without a logarithm of a small p
      const negativeEntropy = sub(mul(sigmoid(logit), logit), log(reading));
      const entropic = scale(negativeEntropy, dr * units);
      return wr === 0 ? entropic : add(entropic, scale(mul(reading, sumOfSquares(weight)), wr));
    })
    .reduce((a, b) => add(a, b));
}
