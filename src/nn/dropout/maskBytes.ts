/** How much memory the masks of one window take, before they are drawn. */
import { layerSizes } from "../layerSizes.ts";
import type { MaskSizes } from "./drawMasks.ts";
import { absence } from "./networkFit.ts";
import type { RecurrentDropout } from "./recurrentDropout.ts";
import { changesEachStep } from "./siteRule.ts";
import { type Site, sites } from "./sites.ts";

/** Bytes of the masks of one site. */
export interface MaskBytes {
  readonly site: Site;
  readonly bytes: number;
}

/**
 * Bytes of the masks of each site in use, in float32: 4 B H per layer tied to the sequence, T times that per step, G times
 * that per gate, twice that where the rate is learned (the noise beside the mask), and three times the weights for those on
 * weights (mask, product and its gradient), with Flipout the second product beside it. A mask tied to the batch takes less:
 * the numbers of the kept units.
 * @param sizes.vocabSize - V, for the site `embedding`
 * @example maskBytes(recurrentDropout("zoneout2016"), sizes) // [{ site: "zoneoutCell", bytes: 1048576 }, ...]
 */
export function maskBytes(
  dropout: RecurrentDropout,
  sizes: MaskSizes & { readonly vocabSize: number; readonly hasEmbedding: boolean },
): MaskBytes[] {
  const { steps: T, rows: B, inputSize: D, layers, gates: G, vocabSize: V, hasEmbedding } = sizes;
  const hasFeedForward = Boolean(sizes.feedForwardSize);
  const network = { layers, hasEmbedding, hasFeedForward, cell: G === 3 ? "gru" : "lstm" } as const;
  const hidden = layerSizes(sizes);
  const sum = (of: (H: number, l: number) => number): number => hidden.reduce((s, H, l) => s + of(H, l), 0);
  const units = sum((H) => H);
  const top = hidden[layers - 1]!;
  const widths: Readonly<Record<Site, number>> = {
    embedding: V + T, // of types, and of the positions that have them
    input: D,
    recurrent: units,
    layers: units - top,
    output: top,
    token: 1,
    candidate: units,
    cell: 3 * units, // it, and what stands on h where the layer and the next one read it
    zoneoutCell: units,
    zoneoutHidden: units,
    recurrentWeights: 3 * G * sum((H) => H * H),
    feedForward: sizes.feedForwardSize ?? 0,
    inputWeights: 3 * G * sum((H, l) => H * (l === 0 ? D : hidden[l - 1]!)),
  };
  return sites.flatMap((site): MaskBytes[] => {
    const rule = dropout.sites[site];
    if (!rule || absence(site, network)) return [];
    const width = site === "embedding" && rule.tie === "step" ? 1 : widths[site];
    if (site === "recurrentWeights" || site === "inputWeights") {
      const operand = (H: number, l: number): number =>
        site === "recurrentWeights" ? H : l === 0 ? D : hidden[l - 1]!;
      // of each row its signs, and of each position its operand and its product
      const turned = rule.kind === "flipout" ? (1 + T) * B * sum((H, l) => G * H + operand(H, l)) : 0;
      return [{ site, bytes: 4 * (width + turned) }];
    }
    const steps = changesEachStep(rule) ? T : 1;
    const copies = rule.kind === "concrete" ? 2 : 1;
    return [{ site, bytes: 4 * copies * width * B * steps * (rule.gates === "perGate" ? G : 1) }];
  });
}
