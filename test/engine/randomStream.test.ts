import { describe, expect, test } from "vitest";
import { philox, RandomStream, randomKey } from "../../src/engine/index.ts";

const key = randomKey(7, "test");
const draw = (stream: RandomStream, n: number): number[] => Array.from({ length: n }, () => stream.word());

describe("a random stream", () => {
  test.each([1, 4, 6, 11])("opened at position %i continues to the bit", (position) => {
    const stream = new RandomStream(key);
    draw(stream, position);
    expect(stream.position).toBe(position);
    expect(draw(new RandomStream(key, position), 20)).toEqual(draw(stream, 20));
  });

  test("reads the words of Philox in order", () => {
    const block = new Uint32Array(4);
    philox(...key, 1, 0, 0, 0, block);
    expect(draw(new RandomStream(key, 4), 4)).toEqual(Array.from(block));
  });

  test("does not repeat after 2^32 blocks", () => {
    const far = new RandomStream(key, 4 * 2 ** 32);
    expect(draw(far, 4)).not.toEqual(draw(new RandomStream(key), 4));
  });

  test("moving the position moves the stream", () => {
    const stream = new RandomStream(key);
    const first = draw(stream, 5);
    stream.position = 0;
    expect(draw(stream, 5)).toEqual(first);
  });

  const N = 20_000;
  const moments = (values: readonly number[]): { mean: number; variance: number } => {
    const mean = values.reduce((total, v) => total + v, 0) / values.length;
    return { mean, variance: values.reduce((total, v) => total + (v - mean) ** 2, 0) / values.length };
  };

  test("uniform numbers are in [0, 1) with mean 1/2 and variance 1/12, within 4 standard errors", () => {
    const stream = new RandomStream(key);
    const values = Array.from({ length: N }, () => stream.uniform());
    const { mean, variance } = moments(values);
    expect(values.every((v) => v >= 0 && v < 1)).toBe(true);
    expect(Math.abs(mean - 1 / 2)).toBeLessThan(4 * Math.sqrt(1 / 12 / N));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(4 * Math.sqrt(1 / 180 / N)); // variance of (u - 1/2)²
  });

  test("normal numbers have mean 0 and variance 1, within 4 standard errors", () => {
    const stream = new RandomStream(key);
    const { mean, variance } = moments(Array.from({ length: N }, () => stream.normal()));
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(N));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / N));
  });
});
