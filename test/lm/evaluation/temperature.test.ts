/** The softmax temperature: scores under it against the softmax written out, and its fit against a search on a grid. */
import { describe, expect, test } from "vitest";
import {
  type EvaluationMode,
  evaluate,
  fitTemperature,
  type LanguageModel,
  scoreChars,
} from "../../../src/lm/index.ts";
import { expectClose } from "../../autograd/expectClose.ts";
import { mean, readOneByOne, smallModel, softmax, someText } from "./naive.ts";

const ids = someText(60);
const under = (temperature: number): EvaluationMode => ({ name: "temperature", temperature });

async function naive(model: LanguageModel, temperature: number): Promise<number[]> {
  const { logits } = await readOneByOne(model, ids);
  return logits.map((z, t) => -Math.log(softmax(z, temperature)[ids[t + 1]!]!));
}

describe.each([
  ["that is too sure", 3],
  ["that is not sure enough", 0.3],
])("a model %s", (_, factor) => {
  const model = smallModel({ layers: 1 }, 0.5);
  const bias = model.parameters.get("decoder.bias")!;
  // symbols are not equally likely, so that even weights that are not trained know something
  const counts = Array.from({ length: bias.size }, (_, v) => 1 + ids.filter((id) => id === v).length);
  model.tape.assign(
    bias,
    counts.map((count) => factor * Math.log(count)),
  );

  test.each([0.3, 1.7, 5])("at temperature %d scores softmax(z/τ)", async (temperature) => {
    const scores = await scoreChars(model, ids, { mode: under(temperature), rows: 1, sequenceLength: 7 });
    expectClose(scores, await naive(model, temperature), 1e-12);
  });

  test("at temperature 1 has the bits of the expectation", async () => {
    expect(await scoreChars(model, ids, { mode: under(1) })).toEqual(await scoreChars(model, ids));
  });

  test("is fitted where no temperature nearby is better", async () => {
    const { temperature, nats, natsBefore, readings } = await fitTemperature(model, ids, { rows: 1 });
    const at = async (t: number): Promise<number> => mean(await naive(model, t));
    expect(nats).toBeCloseTo(await at(temperature), 12);
    expect(natsBefore).toBeCloseTo(await at(1), 12);
    expect(nats).toBeLessThan(natsBefore);
    expect(readings).toBeLessThanOrEqual(12);
    let [best, found] = [Number.POSITIVE_INFINITY, 0];
    for (let t = 0.06; t < 19; t *= 1.01) {
      const loss = await at(t);
      if (loss < best) [best, found] = [loss, t];
    }
    expect(best).toBeGreaterThanOrEqual(nats);
    expect(Math.abs(Math.log(found / temperature))).toBeLessThan(0.011); // a step of the grid
    for (const factor of [0.9999, 1.0001]) expect(await at(temperature * factor)).toBeGreaterThan(nats);
    const applied = await evaluate(model, ids, { mode: under(temperature), rows: 1 });
    expect(applied.nats).toBeCloseTo(nats, 12);
    expect(applied.mode).toBe("temperature");
  });
});

test("a model that is always right becomes certain, one that is always wrong ends at the upper limit", async () => {
  const text = new Int32Array(30).fill(3);
  const model = smallModel({ layers: 1 }, 1);
  const decide = (v: number): void =>
    model.tape.assign(
      model.parameters.get("decoder.bias")!,
      [0, 1, 2, 3, 4, 5, 6].map((k) => (k === v ? 4 : 0)),
    );
  decide(3);
  expect((await fitTemperature(model, text)).nats).toBeLessThan(1e-12);
  decide(4);
  expect(await fitTemperature(model, text)).toMatchObject({ temperature: 20, readings: 2 });
});

test("a model that has no opinion keeps temperature 1", async () => {
  const model = smallModel({}, 0);
  const { temperature, nats } = await fitTemperature(model, ids);
  expect([temperature, nats]).toEqual([1, expect.closeTo(Math.log(model.vocabSize), 12)]);
});

test("a fit can be aborted, counts its readings, and wants a text and sizes", async () => {
  const model = smallModel();
  const readings: number[] = [];
  const controller = new AbortController();
  const run = fitTemperature(model, ids, {
    signal: controller.signal,
    onReading: (n) => {
      readings.push(n);
      if (n === 1) controller.abort(new Error("enough"));
    },
  });
  await expect(run).rejects.toThrow("enough");
  expect(readings).toEqual([1]);
  await expect(fitTemperature(model, ids.subarray(0, 1))).rejects.toThrow("the text is too short");
  await expect(fitTemperature(model, ids, { rows: 0 })).rejects.toThrow(
    "fitTemperature: rows must be a positive integer",
  );
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])("temperature %d is refused", async (temperature) => {
  await expect(evaluate(smallModel(), ids, { mode: under(temperature) })).rejects.toThrow(
    `evaluate: temperature must be a positive number. Expected a finite number above 0, got ${temperature}.`,
  );
});
