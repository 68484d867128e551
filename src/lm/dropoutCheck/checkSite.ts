/** The masks of one site: their tie, rate, mean, scale, independence and seed, measured on many windows. */
import { randomKey } from "../../engine/index.ts";
import {
  changesEachStep,
  type drawMasks,
  isForAllRows,
  learnedName,
  rateAt,
  rateOfLogit,
  type Site,
  type SiteRule,
} from "../../nn/index.ts";
import { checkSigns } from "./checkSigns.ts";
import { type DropoutFinding, meanFinding, shareFinding, short } from "./finding.ts";
import { lawOf, noiseOf } from "./maskLaw.ts";
import { type MaskRequest, type MaskValues, maskValues } from "./maskValues.ts";
import { compare, differFinding, type Pairs, pairs, sameFinding } from "./pairs.ts";

/** Expected number of drops, and of kept values, that the measurements are made of. */
const EVENTS = 2000;
const MOST_WINDOWS = 4096;

type Finding = Omit<DropoutFinding, "site">;

/** Checks the masks of a site in one layer. @returns no finding when its rate there is 0 and nothing is masked */
export function checkSite(
  draw: typeof drawMasks,
  request: Omit<MaskRequest, "at">,
  site: Site,
  layer: number,
): Finding[] {
  const rule = request.dropout.sites[site]!;
  const connection = site === "layers" ? layer - 1 : layer;
  // a rate that changes over training is looked at where it is largest
  const done = rateAt(rule, connection, 0) > rateAt(rule, connection, 1) ? 0 : 1;
  const learned = request.rates.get(learnedName(site, layer));
  const rate = learned
    ? rateOfLogit(request.tape.engine.memory.f[learned.ptr]!)
    : rateAt(rule, connection, done);
  const drawn = (window: number, stream = window, key = request.key): MaskValues | undefined =>
    maskValues(draw, { ...request, key, at: { window, stream, done } }, site, layer);
  /** What is compared: of a concrete mask, on which side of a half its values are. */
  const sides = (mask: MaskValues): MaskValues =>
    rule.kind === "concrete"
      ? { ...mask, values: mask.values.map((m) => Number(2 * (1 - rate) * m >= 1)) }
      : mask;
  const first = drawn(0);
  if (!first || rate === 0) {
    const isRight = !first === (rate === 0);
    return isRight
      ? []
      : [{ check: "rate", expected: short(rate), seen: first ? "a mask" : "no mask", ok: false }];
  }
  const law = lawOf(site, rule, rate, first.columns);
  const perWindow = independent(first, rule).length;
  const wanted = EVENTS / Math.min(law.dropped || 0.5, 1 - law.dropped, 0.5);
  const windows = 2 * Math.min(MOST_WINDOWS / 2, Math.max(1, Math.ceil(wanted / perWindow / 2)));
  const of = (window: number): MaskValues => drawn(window) ?? { ...first, values: first.values.map(() => 1) };

  const tally = { n: 0, zeros: 0, sum: 0, squares: 0, operand: 0, operand2: 0, strange: Number.NaN };
  const differing = { steps: pairs(), rows: pairs(), gates: pairs(), windows: pairs(), seeds: pairs() };
  let before: ArrayLike<number> = [];
  for (let window = 0; window < windows; window++) {
    const mask = of(window);
    const values = independent(mask, rule);
    const seen = independent(sides(mask), rule);
    for (let k = 0; k < values.length; k++) {
      const m = values[k]! * mask.reading;
      // an operand that is not the same everywhere: a mean over masks must give it back
      const x = 1 + (k % 7) / 7;
      tally.n++;
      tally.zeros += Number(seen[k] === 0);
      tally.sum += m * x;
      tally.operand += x;
      tally.operand2 += x * x;
      tally.squares += (m - 1) ** 2;
      if (law.kept !== undefined && values[k] !== 0 && Math.fround(values[k]!) !== law.kept)
        tally.strange = values[k]!;
    }
    if (window % 2 === 1) compare(differing.windows, before, seen);
    before = seen;
    compareAxes(differing, sides(mask), rule);
  }
  for (let window = 0; window < Math.max(1, windows / 8); window++) {
    const other = drawn(window, window, randomKey(`not ${request.key.join()}`, "masks"));
    const one = independent(sides(of(window)), rule);
    compare(differing.seeds, one, other ? independent(sides(other), rule) : []);
  }

  const { n, zeros, sum, operand, operand2, squares } = tally;
  const { dropped, differ, variance } = law;
  return [
    ...tieFindings(rule, first, request.sizes.steps, differing, differ, drawn),
    ...(noiseOf(rule) === "gaussian"
      ? [
          meanFinding("rate", "variance", {
            ...{ mean: squares / n, expected: variance, n },
            variance: 2 * variance ** 2,
          }),
        ]
      : [
          shareFinding("rate", law.word, {
            count: law.isKeep ? n - zeros : zeros,
            n,
            expected: law.isKeep ? 1 - dropped : dropped,
          }),
        ]),
    ...(law.kept === undefined
      ? []
      : [
          {
            check: "values",
            expected: `0 and ${short(law.kept)}${site === "cell" ? `, h read times ${short(1 / (1 - rate))}` : ""}`,
            seen: Number.isNaN(tally.strange)
              ? `0 and ${short(law.kept)}${site === "cell" ? `, h read times ${short(first.reading)}` : ""}`
              : short(tally.strange),
            ok:
              Number.isNaN(tally.strange) &&
              (site !== "cell" || Math.fround(first.reading) === Math.fround(1 / (1 - rate))),
          },
        ]),
    meanFinding("mean", law.isKeep ? "kept share of the operand" : "masked operand / operand", {
      mean: sum / operand,
      expected: law.mean,
      variance: (variance * operand2 * n) / operand ** 2,
      n,
    }),
    seedFinding(of(0), of(1), drawn, differing.seeds, differ),
    ...(rule.kind === "flipout" ? checkSigns(draw, request, site, layer) : []),
  ];
}

/** The values of a window that are independent of each other if the mask is what its rule says. */
function independent(
  { steps, groups, rows, columns, values }: MaskValues,
  rule: SiteRule,
): ArrayLike<number> {
  const step = groups * rows * columns;
  if (rule.kind === "drifting") return values.subarray((steps - 1) * step);
  if (rule.tie === "step") return values;
  if (!isForAllRows(rule)) return values.subarray(0, step);
  const n = (changesEachStep(rule) ? steps : 1) * groups;
  const all = new Float64Array(n * columns);
  for (let k = 0; k < n; k++)
    all.set(values.subarray(k * rows * columns, k * rows * columns + columns), k * columns);
  return all;
}

/** Pairs of steps, rows and gates; each value in one pair only, so that pairs are independent. */
function compareAxes(
  into: Record<"steps" | "rows" | "gates", Pairs>,
  { steps, groups, rows, columns, values }: MaskValues,
  rule: SiteRule,
): void {
  const { kind, tie } = rule;
  const isShared = isForAllRows(rule);
  const n = rows * columns;
  const at = (t: number, g: number, b: number): ArrayLike<number> =>
    values.subarray(((t * groups + g) * rows + b) * columns, ((t * groups + g) * rows + b + 1) * columns);
  const step = (t: number): ArrayLike<number> => values.subarray(t * groups * n, (t + 1) * groups * n);
  if (kind === "drifting") {
    if (steps > 1) compare(into.steps, step(steps - 2), step(steps - 1));
  } else if (tie === "step") for (let t = 1; t < steps; t += 2) compare(into.steps, step(t - 1), step(t));
  else if (tie === "batchStep") {
    for (let t = 1; t < steps; t += 2)
      for (let g = 0; g < groups; g++) compare(into.steps, at(t - 1, g, 0), at(t, g, 0));
  } else for (let t = 1; t < steps; t++) compare(into.steps, step(0), step(t));
  for (let g = 0; g < groups; g++) {
    if (isShared) {
      for (let t = 0; t < (tie === "batchStep" ? steps : 1); t++)
        for (let b = 1; b < rows; b++) compare(into.rows, at(t, g, 0), at(t, g, b));
    } else for (let b = 1; b < rows; b += 2) compare(into.rows, at(0, g, b - 1), at(0, g, b));
  }
  const seen = isShared ? 1 : rows;
  for (let g = 1; g < groups; g += 2)
    for (let b = 0; b < seen; b++) compare(into.gates, at(0, g - 1, b), at(0, g, b));
}

/** Constant over the tie, different beyond it. */
function tieFindings(
  rule: SiteRule,
  first: MaskValues,
  mostSteps: number,
  { steps, rows, gates, windows }: Record<"steps" | "rows" | "gates" | "windows", Pairs>,
  differ: number,
  drawn: (window: number, stream?: number) => MaskValues | undefined,
): Finding[] {
  const isFresh = changesEachStep(rule);
  const changing = rule.kind === "drifting" ? differ * (rule.redraw ?? 1) : differ;
  const findings: Finding[] = [];
  if (!isFresh) findings.push(sameFinding("steps", "the same at all steps", steps));
  else if (mostSteps > 1) findings.push(differFinding("steps", "changes from step to step", steps, changing));
  if (isForAllRows(rule)) {
    if (first.rows > 1) findings.push(sameFinding("rows", "the same in all rows", rows));
  } else if (rows.n > 0) findings.push(differFinding("rows", "rows differ", rows, differ));
  if (rule.gates === "perGate") findings.push(differFinding("gates", "gates differ", gates, differ));
  else if (first.groups > 1) findings.push(sameFinding("gates", "the same for all gates", gates));
  if (rule.tie === "stream") {
    const kept = pairs();
    for (let window = 1; window < 4; window++) compare(kept, first.values, drawn(window, 0)?.values ?? []);
    findings.push(sameFinding("windows", "the same in all windows of a stream", kept));
    findings.push(differFinding("streams", "streams differ", windows, differ));
  } else findings.push(differFinding("windows", "windows differ", windows, differ));
  return findings;
}

/** The same seed gives the same bits whatever was drawn in between; another gives other masks. */
function seedFinding(
  zero: MaskValues,
  one: MaskValues,
  drawn: (window: number) => MaskValues | undefined,
  seeds: Pairs,
  differ: number,
): Finding {
  const again = pairs();
  compare(again, one.values, drawn(1)?.values ?? []);
  compare(again, zero.values, drawn(0)?.values ?? []);
  const other = differFinding("seed", "same seed, same bits; another seed differs", seeds, differ);
  if (again.differing === 0) return other;
  return { ...other, seen: `${short(again.differing / again.n)} differ under the same seed`, ok: false };
}
