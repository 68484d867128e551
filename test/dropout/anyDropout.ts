/** Arbitrary specifications, and arbitrary mistakes in them. */
import fc from "fast-check";
import { abilities, type Site, sites } from "../../src/nn/index.ts";

const someRate = fc.double({ min: 0.05, max: 0.6, noNaN: true });
const rateOrNone = fc.oneof({ weight: 4, arbitrary: someRate }, fc.constant(0));

const someSchedule = fc.oneof(
  fc.record({
    name: fc.constant("linear"),
    end: someRate,
    share: fc.double({ min: 0.1, max: 1, noNaN: true }),
  }),
  fc.record({ name: fc.constant("warmUp"), share: fc.double({ min: 0.1, max: 1, noNaN: true }) }),
  fc.record({ name: fc.constant("curriculum"), gamma: fc.double({ min: 1, max: 20, noNaN: true }) }),
);

/** A rule that the site can have, in a network of two layers. */
function anyRule(site: Site): fc.Arbitrary<object> {
  const can = abilities[site];
  const isOfWeights = site.endsWith("Weights");
  const isZoneout = site.startsWith("zoneout");
  const layers = { layers: 2, betweenLayers: 1 };
  const rate = can.perLayer
    ? fc.oneof(
        rateOrNone,
        fc.array(rateOrNone, { minLength: layers[can.perLayer], maxLength: layers[can.perLayer] }),
      )
    : rateOrNone;
  return fc
    .record({
      rate,
      tie: fc.constantFrom(...can.ties),
      kind: fc.constantFrom(...can.kinds.filter((kind) => known.includes(kind))),
      gates: can.isGated ? fc.constantFrom("shared", "perGate") : fc.constant("shared"),
      schedule: isZoneout ? fc.constant(undefined) : fc.option(someSchedule, { nil: undefined }),
      redraw: fc.double({ min: 0.05, max: 1, noNaN: true }),
    })
    .map(({ schedule, redraw, ...rule }) => ({
      ...rule,
      ...(rule.kind === "drifting" ? { tie: "sequence", redraw } : {}),
      ...(rule.kind === "gaussian" && rule.tie.startsWith("batch") && !isOfWeights
        ? { tie: "sequence" }
        : {}),
      ...(schedule ? { schedule } : {}),
    }));
}

/** Kinds that a rule of its own can have; others belong to sites and presets with tests of their own. */
const known: readonly string[] = ["bernoulli", "gaussian", "drifting"];

/** One to four sites of a cell with rules that they can have. */
export function anyDropout(cell: "lstm" | "gru"): fc.Arbitrary<Partial<Record<Site, object>>> {
  const own = sites.filter((site) => cell === "lstm" || (site !== "cell" && site !== "zoneoutCell"));
  return fc
    .uniqueArray(fc.constantFrom(...own), { minLength: 1, maxLength: 4 })
    .chain((chosen) => fc.record(Object.fromEntries(chosen.map((site) => [site, anyRule(site)]))));
}

/** What is no rate. */
export const anyBadRate: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(
    1,
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    null,
    true,
    "0.5",
    "",
    [],
  ),
  fc.double({ min: 1, max: 1e9, noNaN: true }),
  fc.double({ max: -Number.MIN_VALUE, noNaN: true }),
  fc.string(),
);
