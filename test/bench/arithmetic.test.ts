import { expect, test } from "vitest";

/** The bench is plain JavaScript without types; the parts of it that only compute are tested here. */
const load = (name: string) => import(new URL(`../../bench/${name}.mjs`, import.meta.url).href);
const { exponent, flopPerChar } = await load("arithmetic");
const { median, medianRatio, takeTurns } = await load("rounds");
const { growthPicture } = await load("growthPicture");

test("the exponent of a power is found between any two of its points", () => {
  for (const k of [-0.5, 0, 1, 1.7, 2])
    expect(exponent([3, 5 * 3 ** k], [11, 5 * 11 ** k])).toBeCloseTo(k, 12);
});

test("a sum of powers has an exponent between them, nearer to the larger", () => {
  const y = (x: number): number => 100 * x + x ** 2;
  const ks = [10, 100, 1000, 10_000].map((x) => exponent([x, y(x)], [2 * x, y(2 * x)]));
  expect(ks).toEqual([...ks].sort((a, b) => a - b));
  expect(ks[0]).toBeCloseTo(Math.log2(2400 / 1100), 12);
  expect(ks[3]).toBeCloseTo(2, 1);
});

test("there is no exponent where a logarithm is not finite", () => {
  expect(exponent([64, 0], [128, 5])).toBeUndefined();
  expect(exponent([64, 3], [128, -5])).toBeUndefined();
  expect(exponent([64, 3], [64, 5])).toBeUndefined();
});

test("arithmetic per character: every weight three times, a multiply-add counting as two", () => {
  const config = { cell: "lstm", hiddenSize: 128, embeddingSize: 64, layers: 1, dropout: { sites: {} } };
  expect(flopPerChar(config, 65)).toBe(6 * (512 * 192 + 65 * 128));
  expect(flopPerChar({ ...config, cell: "gru", layers: 3 }, 65)).toBe(
    6 * (384 * 192 + 2 * 384 * 256 + 65 * 128),
  );
});

test("arithmetic that a mask tied to the batch drops is not counted; that of other ties is", () => {
  const sites = (tie: string) => ({ recurrent: { rate: 0.5, tie }, output: { rate: 0.75, tie } });
  const config = { cell: "lstm", hiddenSize: 8, embeddingSize: 4, layers: 2 };
  const all = 6 * (32 * 4 + 32 * 8 + 32 * 8 + 32 * 8 + 10 * 8);
  expect(flopPerChar({ ...config, dropout: { sites: sites("sequence") } }, 10)).toBe(all);
  expect(flopPerChar({ ...config, dropout: { sites: sites("batch") } }, 10)).toBe(
    6 * (32 * 4 + 32 * 4 + 32 * 8 + 32 * 4 + 10 * 2),
  );
});

test("turns go round, and what is compared is compared within a round", async () => {
  const order: string[] = [];
  const variant = (name: string, threads: number, slow: number) => ({
    spec: { threads },
    async turn(seconds: number) {
      order.push(name);
      const minute = order.length <= 2 ? 1 : 4; // the machine slows down for all after the first round
      return { amount: 12, seconds: seconds * slow * minute, cpu: seconds * slow };
    },
  });
  const variants = [variant("a", 1, 1), variant("b", 2, 3)];
  const { rates, disturbed, counted } = await takeTurns(variants, { rounds: 3, seconds: 2 });
  expect(order.join("")).toBe("ababab");
  expect(rates).toEqual([
    [6, 1.5, 1.5],
    [2, 0.5, 0.5],
  ]);
  expect(medianRatio(rates[0], rates[1])).toBe(3);
  expect(medianRatio(rates[0], rates[1], 2)).toBe(6);
  expect(medianRatio(undefined, rates[1])).toBeUndefined();
  expect([disturbed, counted]).toEqual([2, 3]); // of the one on one thread, in the slow minute
});

test("the median of an odd and an even count", () => {
  expect(median([10, 9, 100])).toBe(10);
  expect(median([4, 1, 3, 2])).toBe(3);
});

test("the picture holds every point, where its logarithms belong", () => {
  const points = [1, 10, 100].map((x) => ({
    x,
    micros: x,
    flop: 7 * x,
    megabytes: 10 * x,
    expectedMegabytes: 10 * x,
  }));
  const svg: string = growthPicture([{ label: "H", points }], "here");
  const circles = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [
    Number(x),
    Number(y),
  ]);
  expect(circles).toHaveLength(6);
  const [first, middle, last] = circles as [number, number][] as [
    [number, number],
    [number, number],
    [number, number],
  ];
  expect(middle[0] - first[0]).toBeCloseTo(last[0] - middle[0], 0);
  expect(first[1] - middle[1]).toBeCloseTo(middle[1] - last[1], 0);
  expect(first[1]).toBeGreaterThan(last[1]);
});
