/** The signs of Flipout: fair, of each row its own, and drawn anew when its noise is. */
import type { drawMasks, Site } from "../../nn/index.ts";
import { type DropoutFinding, shareFinding, short } from "./finding.ts";
import { flipsOf, type MaskRequest, valuesOf } from "./maskValues.ts";
import { compare, differFinding, type Pairs, pairs, sameFinding } from "./pairs.ts";

/** Signs that the measurements are made of, where windows are this few. */
const SIGNS = 4000;
const MOST_WINDOWS = 1024;

type Finding = Omit<DropoutFinding, "site">;

/** The signs of one window, row after row: those of the outputs and then those of the inputs. */
type Signs = readonly ArrayLike<number>[];

/**
 * Checks the signs of a site of weights in one layer, of which the noise is checked as a mask for all rows. Signs that rows
 * share would leave them the same noise: the gradient of a batch would then be no better than that of one row.
 */
export function checkSigns(
  draw: typeof drawMasks,
  { tape, dropout, sizes, key }: Omit<MaskRequest, "at">,
  site: Site,
  layer: number,
): Finding[] {
  if (site !== "inputWeights" && site !== "recurrentWeights") return [];
  const rule = dropout.sites[site]!;
  const alone = { name: dropout.name, sites: { [site]: rule } };
  const signsOf = (window: number, stream = window): Signs =>
    tape.step(() => {
      const flips = flipsOf(draw(tape, alone, sizes, key, { window, stream }), site, layer);
      if (!flips) return [];
      const parts = [flips.outputSigns, flips.inputSigns].map((signs) => ({
        values: valuesOf(signs),
        width: signs.size / sizes.rows,
      }));
      return Array.from({ length: sizes.rows }, (_, b) =>
        parts.flatMap(({ values, width }) => [...values.subarray(b * width, (b + 1) * width)]),
      );
    });
  const perWindow = signsOf(0).reduce((sum, row) => sum + row.length, 0);
  if (perWindow === 0) return [{ check: "signs", expected: "signs of each row", seen: "none", ok: false }];
  const windows = 2 * Math.min(MOST_WINDOWS / 2, Math.ceil(SIGNS / perWindow / 2));

  const tally = { n: 0, positive: 0, strange: Number.NaN };
  const differing: Record<"rows" | "windows", Pairs> = { rows: pairs(), windows: pairs() };
  let before: Signs = [];
  for (let window = 0; window < windows; window++) {
    const signs = signsOf(window);
    for (const [b, row] of signs.entries()) {
      for (const sign of Array.from(row)) {
        tally.n++;
        tally.positive += Number(sign === 1);
        if (Math.abs(sign) !== 1) tally.strange = sign;
      }
      if (b % 2 === 1) compare(differing.rows, signs[b - 1]!, row);
      if (window % 2 === 1) compare(differing.windows, before[b]!, row);
    }
    before = signs;
  }
  const share = shareFinding("signs", "1 and -1, share of 1", {
    count: tally.positive,
    n: tally.n,
    expected: 0.5,
  });
  return [
    Number.isNaN(tally.strange) ? share : { ...share, seen: short(tally.strange), ok: false },
    ...(sizes.rows > 1 ? [differFinding("rows", "rows differ in their signs", differing.rows, 0.5)] : []),
    ...(rule.tie === "stream"
      ? [sameFinding("signs' windows", "the same in all windows of a stream", kept(signsOf))]
      : []),
    differFinding(
      rule.tie === "stream" ? "signs' streams" : "signs' windows",
      rule.tie === "stream" ? "streams differ" : "windows differ",
      differing.windows,
      0.5,
    ),
  ];
}

/** The windows of one stream beside each other. */
function kept(signsOf: (window: number, stream: number) => Signs): Pairs {
  const same = pairs();
  const first = signsOf(0, 0);
  for (let window = 1; window < 4; window++)
    for (const [b, row] of signsOf(window, 0).entries()) compare(same, first[b]!, row);
  return same;
}
