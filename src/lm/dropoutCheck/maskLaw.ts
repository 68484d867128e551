/** What a rule says about the numbers of its masks. */
import { concreteMoments, type Kind, type Site, type SiteRule } from "../../nn/index.ts";

/** The distribution of one value of a mask. */
export interface Law {
  readonly isKeep: boolean;
  readonly word: string;
  /** probability of a 0; of a concrete mask that more than half is dropped, which is decided by its rate alone */
  readonly dropped: number;
  /** the value that is not 0; undefined: any */
  readonly kept: number | undefined;
  readonly mean: number;
  /** of a factor, times what stands where it is read */
  readonly variance: number;
  /** probability that two independent values differ; of a concrete mask, that they fall on different sides of a half */
  readonly differ: number;
}

/** What a mask is made of; of Flipout before rows turn it. */
export function noiseOf({ kind, noise }: SiteRule): Kind {
  return kind === "flipout" ? (noise ?? "gaussian") : (kind ?? "bernoulli");
}

/** The law of a rule at this rate. @param columns - units of the mask, of which the tie `batch` keeps one at least */
export function lawOf(site: Site, rule: SiteRule, rate: number, columns: number): Law {
  const isKeep = site === "zoneoutCell" || site === "zoneoutHidden";
  if (noiseOf(rule) === "gaussian") {
    // 2^16 different numbers
    return {
      isKeep,
      word: "",
      dropped: 0,
      kept: undefined,
      mean: 1,
      variance: rate / (1 - rate),
      differ: 1 - 2 ** -16,
    };
  }
  if (rule.kind === "concrete") {
    return {
      isKeep,
      word: "more than half dropped, share",
      dropped: rate,
      kept: undefined,
      ...concreteMoments(rate),
      differ: 2 * rate * (1 - rate),
    };
  }
  const isOfWeights = site === "recurrentWeights" || site === "inputWeights";
  // one unit of a mask for all rows is always kept
  const saved = rule.tie === "batch" && !isOfWeights ? rate ** columns / columns : 0;
  const dropped = isKeep ? 1 - rate : rate - saved;
  const scale = isKeep ? 1 : 1 / (1 - rate);
  return {
    isKeep,
    word: isKeep ? "kept share" : "dropped share",
    dropped,
    kept: isKeep || site === "cell" ? 1 : Math.fround(scale),
    mean: (1 - dropped) * scale,
    variance: dropped * (1 - dropped) * scale ** 2,
    differ: 2 * dropped * (1 - dropped),
  };
}
