/** Sampling from models whose distribution is known: all weights zero, and the decoder's bias the logarithm of it. */
import { describe, expect, test } from "vitest";
import { Tape } from "../../src/autograd/index.ts";
import { createEngine } from "../../src/engine/index.ts";
import { LanguageModel, type SampleOptions, sample } from "../../src/lm/index.ts";
import { Vocabulary } from "../../src/text/index.ts";

const strict = await createEngine("strict");
const vocabulary = Vocabulary.fromText("abcde");

/** A model that predicts `p` whatever it has read. */
function constantModel(p: ArrayLike<number>): LanguageModel {
  const tape = new Tape(strict);
  const model = new LanguageModel(tape, p.length, { hiddenSize: 3, layers: 1, embeddingSize: 2 }, 1);
  for (const tensor of model.parameters.values()) tape.engine.fill(tensor.size, tensor.ptr, 0);
  tape.assign(model.parameters.get("decoder.bias")!, Array.from(p, Math.log));
  return model;
}

async function textOf(model: LanguageModel, options: SampleOptions, symbols = vocabulary): Promise<string> {
  let text = "";
  for await (const piece of sample(model, symbols, options)) {
    expect(piece).not.toBe("");
    text += piece;
  }
  return text;
}

const p = [0.15, 0.4, 0.05, 0.3, 0.1]; // a … e
const model = constantModel(p);

/** Expects the frequencies of 5,000 symbols to be those of `expected` within 4 standard deviations. */
async function expectDistribution(options: SampleOptions, expected: readonly number[]): Promise<void> {
  const length = 5000;
  const text = await textOf(model, { length, seed: 3, ...options });
  for (const [id, q] of expected.entries()) {
    const found = text.split(vocabulary.symbols[id]!).length - 1;
    const sigma = Math.sqrt(length * q * (1 - q));
    expect(Math.abs(found - length * q), `${vocabulary.symbols[id]}: ${found}`).toBeLessThanOrEqual(
      4 * sigma,
    );
  }
}

const normalised = (weights: readonly number[]): number[] => {
  const total = weights.reduce((sum, w) => sum + w, 0);
  return weights.map((w) => w / total);
};

describe("frequencies", () => {
  test("are the softmax at temperature 1", () => expectDistribution({}, p));
  test("are sharpened by a temperature of 0.5: p²", () =>
    expectDistribution({ temperature: 0.5 }, normalised(p.map((x) => x * x))));
  test("are flattened by a temperature of 2: √p", () =>
    expectDistribution({ temperature: 2 }, normalised(p.map(Math.sqrt))));
  test("of top-k are those of the k likeliest", () =>
    expectDistribution({ topK: 2 }, normalised([0, 0.4, 0, 0.3, 0])));
  test("of top-p are those of the smallest set with that mass", async () => {
    await expectDistribution({ topP: 0.65 }, normalised([0, 0.4, 0, 0.3, 0]));
    await expectDistribution({ topP: 0.75 }, normalised([0.15, 0.4, 0, 0.3, 0]));
  });
  test("of a top-p below the likeliest symbol are that symbol", () =>
    expectDistribution({ topP: 0.1 }, [0, 1, 0, 0, 0]));
  test("of top-k and top-p together obey both", () =>
    expectDistribution({ topK: 3, topP: 0.65 }, normalised([0, 0.4, 0, 0.3, 0])));
  test("are the softmax when a model has no flat weights: the first symbol, over many seeds", async () => {
    const tape = new Tape(strict);
    const random = new LanguageModel(tape, 5, { hiddenSize: 6, layers: 2, embeddingSize: 4 }, 8);
    const logits = await tape.step(async () => {
      const { logits: out } = random.forward(tape.ids(vocabulary.encode("cab"), [3, 1]));
      return (await out.data()).slice(10);
    });
    const expected = normalised(Array.from(logits, Math.exp));
    const counts = new Array<number>(5).fill(0);
    const N = 3000;
    for (let seed = 0; seed < N; seed++) {
      const first = await textOf(random, { prime: "cab", length: 1, seed });
      counts[vocabulary.symbols.indexOf(first)]!++;
    }
    for (const [id, q] of expected.entries()) {
      expect(Math.abs(counts[id]! - N * q)).toBeLessThanOrEqual(4 * Math.sqrt(N * q * (1 - q)));
    }
  });
});

describe("the likeliest symbol", () => {
  const tape = new Tape(strict);
  const random = new LanguageModel(tape, 5, { hiddenSize: 6, layers: 2, embeddingSize: 4 }, 8);

  test("is taken at temperature 0, by top-k of 1, and by a tiny temperature", async () => {
    const greedy = await textOf(random, { length: 50, temperature: 0, prime: "ab" });
    expect(await textOf(random, { length: 50, topK: 1, prime: "ab" })).toBe(greedy);
    expect(await textOf(random, { length: 50, topK: 1, prime: "ab", seed: 99 })).toBe(greedy);
    expect(await textOf(random, { length: 50, temperature: 1e-30, prime: "ab" })).toBe(greedy);
  });

  test("is the one with the largest logit, given what was read before", async () => {
    const greedy = await textOf(random, { length: 4, temperature: 0, prime: "ab" });
    let read = "ab";
    for (const symbol of greedy) {
      const ids = vocabulary.encode(read);
      const logits = await tape.step(async () =>
        (await random.forward(tape.ids(ids, [ids.length, 1])).logits.data()).slice(-5),
      );
      expect(symbol).toBe(vocabulary.symbols[logits.indexOf(Math.max(...logits))]);
      read += symbol;
    }
  });

  test("of a tie is the first in the vocabulary", async () => {
    const even = constantModel([0.2, 0.2, 0.2, 0.2, 0.2]);
    expect(await textOf(even, { length: 3, temperature: 0 })).toBe("aaa");
    expect(await textOf(even, { length: 3, topK: 1 })).toBe("aaa");
  });
});

test("the same seed writes the same text, another seed another", async () => {
  const text = await textOf(model, { length: 40, seed: "a" });
  expect(text).toHaveLength(40);
  expect(await textOf(model, { length: 40, seed: "a" })).toBe(text);
  expect(await textOf(model, { length: 40, seed: "b" })).not.toBe(text);
});

test("a length of 0 writes nothing, and the prime is not part of the text", async () => {
  expect(await textOf(model, { length: 0, prime: "abc" })).toBe("");
  expect(await textOf(model, { length: 2, prime: "abc", temperature: 0 })).toBe("bb");
});

test("memory does not grow from one sample to the next", async () => {
  await textOf(model, { length: 5 });
  const { bytes } = strict.memory;
  for (let k = 0; k < 50; k++) await textOf(model, { length: 5, seed: k });
  expect(strict.memory.bytes).toBe(bytes);
});

describe("bytes", () => {
  const bytes = Vocabulary.fromText("ab", { tokenizer: "byte" });

  test("come out as whole characters, and what is not UTF-8 as U+FFFD", async () => {
    const weights = new Array<number>(256).fill(1e-9);
    for (const byte of [0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac]) weights[byte] = 1; // a, é, €, and every broken mixture of them
    const text = await textOf(constantModel(weights), { length: 400, seed: 2 }, bytes);
    expect(() => encodeURIComponent(text)).not.toThrow(); // no half of a surrogate pair
    expect(text).toMatch(/é/);
    expect(text).toMatch(/\uFFFD/);
    expect(text).toMatch(/a/);
  });

  test("that end inside a character say so at the end", async () => {
    const weights = new Array<number>(256).fill(1e-12);
    weights[0xc3] = 1;
    expect(await textOf(constantModel(weights), { length: 1, temperature: 0 }, bytes)).toBe("\uFFFD");
  });
});

describe("what is refused", () => {
  test("a prime with a symbol that the vocabulary lacks", async () => {
    await expect(textOf(model, { prime: "abz" })).rejects.toThrow(
      "Vocabulary.encode: a symbol is not in the vocabulary. Expected one of its 5 symbols, got",
    );
  });

  test("a vocabulary of another size than the model's", async () => {
    await expect(textOf(model, {}, Vocabulary.fromText("abcd"))).rejects.toThrow(
      "sample: the vocabulary is not the model's. Expected V=5 symbols, got V=4.",
    );
  });

  test("a model whose weights are not numbers", async () => {
    const broken = constantModel(p);
    broken.tape.assign(broken.parameters.get("rnn.weight_hh_l0")!, new Array<number>(36).fill(Number.NaN));
    for (const options of [{}, { temperature: 0 }, { topK: 2 }])
      await expect(textOf(broken, options)).rejects.toThrow("sample: the model gives no probabilities.");
  });

  test.each([
    [{ topP: 0 }, "sample: topP must be a share of the probability. Expected a number in (0, 1], got 0."],
    [{ topP: 1.5 }, "sample: topP must be a share of the probability. Expected a number in (0, 1], got 1.5."],
    [
      { temperature: -1 },
      "sample: temperature must be zero or a positive number. Expected a finite number of 0 or more, got -1.",
    ],
    [
      { topK: 1.5 },
      "sample: topK must be zero or a positive integer. Expected an integer of 0 or more, got 1.5.",
    ],
    [
      { length: -1 },
      "sample: length must be zero or a positive integer. Expected an integer of 0 or more, got -1.",
    ],
  ])("%j", async (options, message) => {
    await expect(textOf(model, options)).rejects.toThrow(message);
  });

  test("to go on after an abort", async () => {
    const controller = new AbortController();
    let count = 0;
    await expect(async () => {
      for await (const _ of sample(model, vocabulary, { length: 100, signal: controller.signal })) {
        if (++count === 3) controller.abort();
      }
    }).rejects.toThrow("aborted");
    expect(count).toBe(3);
  });
});

test("a prime longer than is read at once is read to its end", async () => {
  const tape = new Tape(strict);
  const random = new LanguageModel(tape, 5, { hiddenSize: 6, layers: 2, embeddingSize: 4 }, 8);
  const prime = Array.from({ length: 2500 }, (_, k) => vocabulary.symbols[(k * k + (k >> 3)) % 5]).join("");
  for (const length of [1023, 1024, 1025, 2500]) {
    const read = prime.slice(0, length);
    const logits = await tape.step(async () =>
      (await random.forward(tape.ids(vocabulary.encode(read), [length, 1])).logits.data()).slice(-5),
    );
    const best = vocabulary.symbols[logits.indexOf(Math.max(...logits))];
    expect(await textOf(random, { prime: read, length: 1, temperature: 0 })).toBe(best);
  }
});

test("a timer that aborts is heard while a sample without end is written", async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 1);
  const endless = textOf(model, { length: Number.MAX_SAFE_INTEGER, signal: controller.signal });
  await expect(endless).rejects.toThrow("aborted");
});

test("a prime is read after a line break, where the vocabulary has one", async () => {
  const lines = Vocabulary.fromText("\nabcd");
  const tape = new Tape(strict);
  const random = new LanguageModel(tape, 5, { hiddenSize: 6, layers: 1, embeddingSize: 4 }, 3);
  const likeliest = async (read: string): Promise<string> => {
    const logits = await tape.step(() => {
      const ids = lines.encode(read);
      return random.forward(tape.ids(ids, [ids.length, 1])).logits.data();
    });
    const last = Array.from(logits.slice(-5));
    return lines.symbols[last.indexOf(Math.max(...last))]!;
  };
  for (const prime of ["", "a", "ab", "dcba"]) {
    expect(await textOf(random, { prime, length: 1, temperature: 0 }, lines)).toBe(
      await likeliest(`\n${prime}`),
    );
  }
});
