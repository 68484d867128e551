import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bracketLanguage, CorpusError, corpusNames, loadCorpus, markovSource, splitText } from "./chapter.ts";

let cache = "";
beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "tidegate-cache-"));
});
afterEach(() => rm(cache, { recursive: true, force: true }));

async function inCache(corpus: string, files: Record<string, string>): Promise<void> {
  await mkdir(join(cache, corpus), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(cache, corpus, name), text);
}

test("the names are the embedded, the generated and the downloadable corpora", () => {
  expect(corpusNames()).toEqual([
    "tideland",
    "markov",
    "brackets",
    "tiny-shakespeare",
    "ptb",
    "text8",
    "enwik8",
    "wikitext-2",
  ]);
});

test("tideland is the package's own text, file after file in sorted order", async () => {
  const { name, text, sources, split } = await loadCorpus("tideland");
  expect(name).toBe("tideland");
  const paths = sources.map(({ path }) => path);
  expect(paths).toEqual([...paths].sort());
  expect(paths.every((path) => /corpora[/\\]tideland[/\\]\d\d-[^/\\]+\.txt$/.test(path))).toBe(true);
  expect(text.length).toBeGreaterThan(1000);
  expect(split).toEqual([0.8, 0.1, 0.1]);
});

test.each([
  ["markov", markovSource()],
  ["brackets", bracketLanguage()],
] as const)("%s has 200,000 symbols and reports its entropy rate", async (name, source) => {
  const corpus = await loadCorpus(name);
  expect(corpus.text).toBe(source.generate(200_000, 1));
  expect(corpus.entropyRate).toBe(source.entropyRate);
  expect(corpus.sources).toEqual([]);
  expect(corpus.advice).toBe(
    `No model's loss is below ${source.entropyRate.toFixed(4)} nats per symbol in the long run`,
  );
});

test("a downloaded corpus comes from the cache", async () => {
  await inCache("tiny-shakespeare", { "input.txt": "To be, or not to be" });
  const corpus = await loadCorpus("tiny-shakespeare", { cacheFolder: cache });
  expect(corpus.text).toBe("To be, or not to be");
  expect(corpus.split).toEqual([0.9, 0.05, 0.05]);
});

test("Penn Treebank loses the spaces around its lines and splits back into its files", async () => {
  await inCache("ptb", {
    "ptb.train.txt": " a b \n c d \n e \n",
    "ptb.valid.txt": " f g \n",
    "ptb.test.txt": " h \n",
  });
  const { text, split } = await loadCorpus("ptb", { cacheFolder: cache });
  expect(splitText(text, split!)).toEqual(["a b\nc d\ne\n", "f g\n", "h\n"]);
});

test("a corpus that is not in the cache says how to get it", async () => {
  const folder = join(cache, "ptb");
  await expect(loadCorpus("ptb", { cacheFolder: cache, where: "train" })).rejects.toThrow(
    `train: the corpus ptb has not been downloaded. Expected its files in ${folder}, got none. ` +
      'Run "tidegate corpus fetch ptb" first.',
  );
  await inCache("ptb", { "ptb.train.txt": "a" });
  await expect(loadCorpus("ptb", { cacheFolder: cache })).rejects.toThrow("got only some of them");
});

test("anything else is a path", async () => {
  await inCache("own", { "a.txt": "mine" });
  const path = join(cache, "own", "a.txt");
  expect(await loadCorpus(path)).toEqual({ name: path, text: "mine", sources: [{ path, bytes: 4 }] });
});

test("a name that is neither corpus nor file is answered with the list and the nearest", async () => {
  await expect(loadCorpus("tidelnad")).rejects.toBeInstanceOf(CorpusError);
  await expect(loadCorpus("tidelnad")).rejects.toThrow(
    'loadCorpus: "tidelnad" is neither a corpus nor a file. Expected one of tideland, markov, brackets, tiny-shakespeare, ' +
      'ptb, text8, enwik8, wikitext-2, or the path of a text file or folder, got "tidelnad". Did you mean "tideland"?',
  );
});
