import { expect, test } from "vitest";
import { ConfigError } from "../../src/errors.ts";
import { comparisonConfig, resolvedConfig } from "../../src/lab/comparisonConfig.ts";
import { demoComparison } from "../../src/lab/index.ts";

const good = { corpus: "tideland", configurations: { none: {}, gal: { dropout: "gal" } } };

/** The message of the ConfigError that a comparison with these changes gives. */
function messageFor(changes: Record<string, unknown>): string {
  try {
    comparisonConfig({ ...good, ...changes });
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
}

test("what is left out has its default, and the result is accepted as it is", () => {
  const config = comparisonConfig(good);
  expect(config).toEqual({
    name: "comparison",
    corpus: "tideland",
    chars: null,
    split: [0.8, 0.1, 0.1],
    base: {},
    configurations: good.configurations,
    seeds: [1, 2, 3],
    baseline: "none",
    engine: "auto",
  });
  expect(comparisonConfig(JSON.parse(JSON.stringify(config)))).toEqual(config);
});

test("a configuration is the base with its own keys on top and the seed of the run", () => {
  const config = comparisonConfig({
    ...good,
    base: { hiddenSize: 32, layers: 3, dropout: "naive" },
    configurations: { a: { layers: 1 }, b: { dropout: "none" } },
  });
  expect(resolvedConfig(config, "a", 7)).toMatchObject({
    hiddenSize: 32,
    layers: 1,
    dropout: { name: "naive" },
    seed: 7,
  });
  expect(resolvedConfig(config, "b", "x")).toMatchObject({ layers: 3, dropout: { name: "none" }, seed: "x" });
});

test.each<[string, Record<string, unknown>, string]>([
  [
    "an unknown key",
    { seed: [1] },
    'comparison: unknown key "seed". Expected keys among name, corpus, chars, split, base, configurations, seeds, baseline, engine, got "seed". Did you mean "seeds"?',
  ],
  [
    "a name that is a path",
    { name: "../up" },
    "comparison: name cannot be used for a folder. Expected letters, digits, '.', '_' and '-', got \"../up\".",
  ],
  [
    "no corpus",
    { corpus: undefined },
    'comparison: corpus is missing. Expected a corpus name, a path or several paths, got undefined. For example { corpus: "tideland" }.',
  ],
  [
    "an empty list of paths",
    { corpus: [] },
    'comparison: corpus is missing. Expected a corpus name, a path or several paths, got []. For example { corpus: "tideland" }.',
  ],
  [
    "chars that are no positive integer",
    { chars: 0 },
    "comparison: chars must be a positive integer. Expected an integer of 1 or more, got 0. For example { chars: 100000 }.",
  ],
  [
    "no configurations",
    { configurations: {} },
    'comparison: nothing to compare. Expected configurations: { name: options, ... }, got {}. For example { none: { dropout: "none" }, gal: { dropout: "gal" } }.',
  ],
  [
    "configurations as a list",
    { configurations: [{}] },
    'comparison: nothing to compare. Expected configurations: { name: options, ... }, got [{}]. For example { none: { dropout: "none" }, gal: { dropout: "gal" } }.',
  ],
  [
    "seeds that are the same",
    { seeds: [1, "1"] },
    'comparison: seeds cannot be used. Expected a list of different integers or strings, got [1,"1"]. For example { seeds: [1, 2, 3] }.',
  ],
  [
    "no seeds",
    { seeds: [] },
    "comparison: seeds cannot be used. Expected a list of different integers or strings, got []. For example { seeds: [1, 2, 3] }.",
  ],
  [
    "fractions of seeds",
    { seeds: [0.5] },
    "comparison: seeds cannot be used. Expected a list of different integers or strings, got [0.5]. For example { seeds: [1, 2, 3] }.",
  ],
  [
    "a split in two",
    { split: [0.9, 0.1] },
    "comparison: split cannot be used. Expected three positive fractions that sum to 1, got [0.9,0.1]. For example { split: [0.8, 0.1, 0.1] }.",
  ],
  [
    "a split that does not sum to 1",
    { split: [0.8, 0.1, 0.2] },
    "comparison: split cannot be used. Expected three positive fractions that sum to 1, got [0.8,0.1,0.2]. For example { split: [0.8, 0.1, 0.1] }.",
  ],
  [
    "a baseline that is not compared",
    { baseline: "gall" },
    'comparison: baseline is not known. Expected one of none, gal, got "gall". Did you mean "gal"?',
  ],
  [
    "an unknown engine",
    { engine: "strikt" },
    'comparison: engine is not known. Expected one of auto, strict, relaxed, blas, reference, got "strikt". Did you mean "strict"?',
  ],
  [
    "a base that is no object",
    { base: null },
    "comparison.base: not an object. Expected training options, got null.",
  ],
  [
    "a configuration that is no object",
    { configurations: { none: "none" } },
    'comparison.configurations.none: not an object. Expected training options, got "none".',
  ],
  [
    "a seed in a configuration, which the list of seeds would overrule",
    { configurations: { none: { seed: 4 } } },
    "comparison.configurations.none: a configuration has no seed of its own. Expected no key seed: all configurations are run with the same seeds, got seed 4. Put it into the comparison's list of seeds.",
  ],
  [
    "a wrong value in a configuration",
    { configurations: { none: {}, wide: { hiddenSize: -1 } } },
    "comparison.configurations.wide: hiddenSize must be a positive integer. Expected an integer of 1 or more, got -1. For example { hiddenSize: 128 }.",
  ],
])("%s is refused", (_, changes, message) => {
  expect(messageFor(changes)).toBe(message);
});

test("an error in a part of a configuration names the configuration and the part", () => {
  const message = messageFor({ configurations: { none: {}, mine: { dropout: "gall" } } });
  expect(message).toMatch(
    /^comparison\.configurations\.mine: dropout: preset is not known\. Expected one of none, /,
  );
  expect(message).toMatch(/got "gall"\. Did you mean "gal"\?$/);
  expect(messageFor({ configurations: { mine: { optimizer: "adm" } } })).toMatch(
    /^comparison\.configurations\.mine: .*Did you mean "adam"\?$/,
  );
  expect(messageFor({ configurations: { mine: { dropout: { recurrent: 1 } } } })).toMatch(
    /^comparison\.configurations\.mine: dropout\.recurrent: rate must be a fraction\. .*, got 1\. 0 turns the site off; the most is just below 1\.$/,
  );
});

test("the demo compares four dropouts with the unregularised model as baseline, and has a quick form", () => {
  const demo = demoComparison();
  expect(Object.keys(demo.configurations)).toEqual(["none", "naive", "gal", "output"]);
  expect(demo.baseline).toBe("none");
  expect(demo.seeds).toHaveLength(3);
  const quick = demoComparison({ quick: true });
  expect(quick.name).not.toBe(demo.name);
  expect(quick.seeds.length).toBeLessThan(3);
});
