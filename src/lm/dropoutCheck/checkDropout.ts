/** A proof on the user's own network that its dropout is what it says. */
import { randomKey, type Seed } from "../../engine/index.ts";
import { positiveInteger } from "../../errors.ts";
import { drawMasks, type Site, sitesInUse } from "../../nn/index.ts";
import type { LanguageModel } from "../languageModel.ts";
import { networkShape } from "../modelConfig.ts";
import { checkNetwork, type DropoutFunctions } from "./checkNetwork.ts";
import { checkSite } from "./checkSite.ts";
import type { DropoutFinding } from "./finding.ts";

export interface CheckDropoutOptions {
  /** B */
  readonly batchSize: number;
  /** T */
  readonly sequenceLength: number;
  /** of the masks. Default 0 */
  readonly seed?: Seed;
}

/** The functions that training and evaluation use. */
const theReal: DropoutFunctions = {
  draw: drawMasks,
  train: (model, ids, state, masks) => model.forward(ids, { state, masks }),
  evaluate: (model, ids, state) => model.forward(ids, { state }),
};

/**
 * Runs a model under the dropout of its configuration, and measures: for each site in use that its masks are constant over
 * their tie and differ beyond it, have the stated rate, values and mean, and honour the seed; for the network that the
 * carried state is clean, that evaluation is the model without dropout to the bit (zoneout: its expectation), and that
 * weights are not changed in place. Shares and means are held within 5 sigma; with a seed the findings are always the same.
 *
 * Gradients that stand on the weights are cleared.
 *
 * @param functions - what is put in the place of drawing, training or evaluating
 * @returns one finding for each site and check: of several layers the first that fails
 * @throws ConfigError for sizes that are not positive integers
 * @example checkDropout(model, { batchSize: 50, sequenceLength: 50 }).every(({ ok }) => ok) // true
 */
export function checkDropout(
  model: LanguageModel,
  { batchSize, sequenceLength, seed = 0 }: CheckDropoutOptions,
  functions: Partial<DropoutFunctions> = {},
): DropoutFinding[] {
  const where = "checkDropout";
  const all = { ...theReal, ...functions };
  const { stack, config, tape, vocabSize } = model;
  const { dropout } = config;
  const sizes = {
    steps: positiveInteger(where, "sequenceLength", sequenceLength, 50),
    rows: positiveInteger(where, "batchSize", batchSize, 50),
    ...model.maskSizes,
  };
  const key = randomKey(seed, "masks");
  const types = config.embeddingSize > 0 ? vocabSize : undefined;
  const findings = sitesInUse(dropout, networkShape(config)).flatMap(({ site, absent }): DropoutFinding[] => {
    if (absent) return [];
    const layers = layersOf(site, stack.layers).map((layer) => ({
      layer,
      findings: checkSite(all.draw, { tape, dropout, sizes, types, key, rates: model.rates }, site, layer),
    }));
    return worstOfLayers(site, layers);
  });
  return [
    ...findings,
    ...checkNetwork(model, dropout, key, all).map((finding) => ({ site: "network", ...finding })),
  ];
}

/** The layers that have a mask at a site, by the number of the layer that it is in or leads into. */
function layersOf(site: Site, layers: number): number[] {
  if (site === "embedding" || site === "token" || site === "input" || site === "feedForward") return [0];
  if (site === "output") return [layers - 1];
  const all = Array.from({ length: layers }, (_, layer) => layer);
  return site === "layers" ? all.slice(1) : all;
}

function worstOfLayers(
  site: Site,
  layers: readonly { layer: number; findings: readonly Omit<DropoutFinding, "site">[] }[],
): DropoutFinding[] {
  const byCheck = new Map<string, DropoutFinding>();
  for (const { layer, findings } of layers) {
    for (const finding of findings) {
      const known = byCheck.get(finding.check);
      if (known && (!known.ok || finding.ok)) continue;
      const seen = layers.length > 1 && !finding.ok ? `layer ${layer}: ${finding.seen}` : finding.seen;
      byCheck.set(finding.check, { site, ...finding, seen });
    }
  }
  return [...byCheck.values()];
}
