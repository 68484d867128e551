/** Whether a dropout configuration fits a network: sites that its cell lacks, lists of rates for other numbers of layers. */
import { ConfigError } from "../../errors.ts";
import type { RecurrentDropout } from "./recurrentDropout.ts";
import { abilities, type Site, sites } from "./sites.ts";

/** What of a network decides which sites it has. */
export interface NetworkShape {
  readonly layers: number;
  readonly hasEmbedding: boolean;
  /** Default lstm, which has every site. */
  readonly cell?: "lstm" | "gru";
  /** Whether a feed-forward layer stands before the decoder. Default: not known, so that its masks may be drawn apart. */
  readonly hasFeedForward?: boolean;
}

/** Why a network does not have a site; undefined when it does. */
export function absence(
  site: Site,
  { layers, hasEmbedding, cell = "lstm", hasFeedForward }: NetworkShape,
): string | undefined {
  if (site === "layers" && layers === 1) return "one layer has nothing between layers";
  if (site === "embedding" && !hasEmbedding)
    return "one-hot input has no embedding; its types are masked by `input`";
  if (site === "token" && !hasEmbedding)
    return "one-hot input has no embedding; its positions are masked by `input` tied to `step`";
  if (site === "zoneoutCell" && cell === "gru") return "a GRU has no cell; its h is held by `zoneoutHidden`";
  if (site === "feedForward" && hasFeedForward === false)
    return "there is no feed-forward layer before the decoder (feedForwardSize); y is masked by `output`";
  return undefined;
}

/**
 * Checks a configuration against the network that it is for. Sites of a scheme that the network has no use for are left out
 * (`absence`); what would leave nothing of what was asked for is refused.
 *
 * @throws ConfigError naming the site
 */
export function checkNetworkFit(dropout: RecurrentDropout, network: NetworkShape): void {
  const { cell = "lstm", layers } = network;
  if (cell === "gru") {
    if (dropout.sites.cell) throw noCell("cell", "candidate", "masks what enters the state");
    if (dropout.sites.zoneoutCell && !dropout.sites.zoneoutHidden)
      throw noCell("zoneoutCell", "zoneoutHidden", "holds h");
  }
  const inUse = sites.filter((site) => dropout.sites[site]);
  if (inUse.length === 1 && inUse[0] === "feedForward" && network.hasFeedForward === false) {
    throw new ConfigError("the network has no feed-forward layer", {
      where: "dropout.feedForward",
      expected: "feedForwardSize above 0",
      got: "0",
      mend: "Give feedForwardSize, or mask the site `output`",
    });
  }
  for (const site of sites) {
    const rate = dropout.sites[site]?.rate;
    if (rate === undefined || typeof rate === "number" || absence(site, network)) continue;
    const expected = abilities[site].perLayer === "betweenLayers" ? layers - 1 : layers;
    if (rate.length === expected) continue;
    throw new ConfigError("the list of rates does not fit the network", {
      where: `dropout.${site}`,
      expected: `${expected} ${expected === 1 ? "rate" : "rates"} for ${layers} ${layers === 1 ? "layer" : "layers"}`,
      got: `${rate.length}`,
    });
  }
}

function noCell(site: Site, instead: Site, what: string): ConfigError {
  return new ConfigError("a GRU has no cell", {
    where: `dropout.${site}`,
    expected: 'cell "lstm"',
    got: '"gru"',
    mend: `The site \`${instead}\` ${what} of a GRU`,
  });
}
