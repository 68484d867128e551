/** The checks of `tidegate dropout check` on every preset and cell by its command, and on arbitrary specifications as properties. */
import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { Tape } from "../../src/autograd/index.ts";
import { checkDropoutOf } from "../../src/cli/commands/dropoutCheck.ts";
import { exitCodeOf } from "../../src/cli/exitCodes.ts";
import { createEngine, createReferenceEngine } from "../../src/engine/index.ts";
import { ConfigError } from "../../src/errors.ts";
import { checkDropout, LanguageModel } from "../../src/lm/index.ts";
import {
  abilities,
  dropoutJson,
  dropoutSchema,
  presetNames,
  recurrentDropout,
  sites,
  ties,
} from "../../src/nn/index.ts";
import { fitsSchema } from "../nn/fitsSchema.ts";
import { anyBadRate, anyDropout } from "./anyDropout.ts";
import { casesOf, cellConfig, lstmOnly } from "./matrix.ts";

const strict = await createEngine("strict");
const seed = 20161116; // of the specifications: the same each time, so that a bound of five sigma cannot fail by chance
const flags = {
  ...{ hiddenSize: 6, layers: 2, embeddingSize: 5, batchSize: 3, sequenceLength: 4 },
  ...({ engine: "strict", threads: 1, json: true } as const),
};

/** The command in this process: what it prints as JSON, and the exit code that it leaves. */
async function command(text: string, more: object): Promise<{ ok: unknown; code: typeof process.exitCode }> {
  const before = process.exitCode;
  process.exitCode = undefined;
  let printed = "";
  const write = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    printed += chunk;
    return true;
  });
  onTestFinished(() => {
    write.mockRestore();
    process.exitCode = before;
  });
  await checkDropoutOf(text, { ...flags, ...more });
  const { ok } = JSON.parse(printed.trimEnd().split("\n").at(-1)!) as { ok: unknown };
  return { ok, code: process.exitCode };
}

test.each(casesOf("selfProof"))("the command passes $preset, $cell", async ({ preset, cell }) => {
  const { cell: name, resetAfter } = cellConfig(cell);
  expect(await command(preset, { cell: name, resetBefore: resetAfter === false })).toEqual({
    ok: true,
    code: undefined,
  });
});

test.each(lstmOnly)("the command refuses %s of a GRU, with the exit code of bad usage", async (preset) => {
  const error: unknown = await checkDropoutOf(preset, { ...flags, cell: "gru" }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as Error).message).toMatch(/^dropout\.\w+: a GRU has no cell\..* The site `candidate`/);
  expect(exitCodeOf(error)).toBe(2);
});

test("every preset is passed or refused above", () => {
  const passed = casesOf("selfProof").filter(({ cell }) => cell !== "lstm");
  expect(new Set([...passed.map(({ preset }) => preset), ...lstmOnly])).toEqual(new Set(presetNames));
});

describe.each(["lstm", "gru"] as const)("any specification of a %s", (cell) => {
  test("is read again as it is, from JSON too, and fits the schema", () => {
    fc.assert(
      fc.property(anyDropout(cell), (value) => {
        const read = recurrentDropout(value);
        expect(recurrentDropout(read)).toEqual(read);
        expect(recurrentDropout(JSON.parse(JSON.stringify(dropoutJson(read))))).toEqual(read);
        expect(fitsSchema(value, dropoutSchema)).toBe(true);
        expect(fitsSchema(dropoutJson(read), dropoutSchema)).toBe(true);
      }),
      { seed },
    );
  });

  test("passes the checks", () => {
    fc.assert(
      fc.property(anyDropout(cell), fc.integer({ min: 0, max: 99 }), fc.boolean(), (value, key, isOneHot) => {
        const shape = { hiddenSize: 7, layers: 2, embeddingSize: isOneHot ? 0 : 5, feedForwardSize: 6 };
        const config = { ...shape, ...cellConfig(cell === "lstm" ? "lstm" : "gru, reset-before") };
        const dropout = recurrentDropout(value);
        const model = new LanguageModel(new Tape(strict), 9, { ...config, dropout }, key);
        const findings = checkDropout(model, { batchSize: 4, sequenceLength: 5, seed: key });
        expect(findings.filter(({ ok }) => !ok)).toEqual([]);
      }),
      { seed, numRuns: 15 },
    );
  });
});

describe("any mistake names its site", () => {
  const refusedAt = (value: unknown): string => {
    try {
      recurrentDropout(value);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      return (error as ConfigError).where;
    }
    throw new Error(`${JSON.stringify(value)} was accepted`);
  };

  test("a rate that is none", () => {
    fc.assert(
      fc.property(fc.constantFrom(...sites), anyBadRate, fc.boolean(), (site, rate, isRule) => {
        expect(refusedAt({ [site]: isRule ? { rate } : rate })).toBe(`dropout.${site}`);
      }),
      { seed },
    );
  });

  test("a tie that the site cannot have", () => {
    fc.assert(
      fc.property(fc.constantFrom(...sites), fc.constantFrom(...ties), (site, tie) => {
        fc.pre(!abilities[site].ties.includes(tie));
        expect(refusedAt({ [site]: { rate: 0.5, tie } })).toBe(`dropout.${site}`);
      }),
      { seed },
    );
  });
});

test("masks are drawn the same in float64, so that the checks hold on the reference too", () => {
  fc.assert(
    fc.property(anyDropout("lstm"), (value) => {
      const tape = new Tape(createReferenceEngine({ precision: "float64" }));
      const config = { hiddenSize: 5, layers: 2, embeddingSize: 3, dropout: recurrentDropout(value) };
      const findings = checkDropout(new LanguageModel(tape, 7, config, 1), {
        batchSize: 3,
        sequenceLength: 4,
      });
      expect(findings.filter(({ ok }) => !ok)).toEqual([]);
    }),
    { seed, numRuns: 4 },
  );
});
