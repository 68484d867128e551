/** Every way in which a person gets it wrong: the exit code, the words, and that nothing is left behind. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decodeSafetensors, encodeSafetensors } from "../../src/io/index.ts";
import { filesIn, folderWithCorpus, runCli, smallText, tiny } from "./runCli.ts";

const short = [...tiny, "--steps", "2"];

describe("corpora", () => {
  const corpora: [what: string, content: string | Uint8Array, words: RegExp][] = [
    ["empty", "", /corpus\.txt is empty\. Expected some text, got 0 bytes/],
    ["binary", Uint8Array.of(77, 90, 0, 3), /corpus\.txt is binary.*a NUL byte at offset 2/],
    ["not UTF-8", Uint8Array.of(97, 98, 0xff, 99), /corpus\.txt is not UTF-8.*byte 0xFF at offset 2/],
    ["one symbol long", "a", /the text is too short to split.*a text of 1 character/],
    ["of one symbol", "aaaaaaaaaaaa", /a text of one symbol leaves nothing to predict/],
    ["too short to split", "ab", /too short/],
    ["shorter than a batch", "abcdefabcdefabcdefabcdef", /too short.*batchSize 21 or less/],
  ];

  test.each(corpora)("a corpus that is %s is refused", async (_, content, words) => {
    const cwd = folderWithCorpus(content);
    const args = ["train", "corpus.txt", "--engine", "strict", "--steps", "2"];
    const { code, stdout, stderr } = await runCli(args, { cwd });
    expect(stderr).toMatch(words);
    expect([code, stdout, filesIn(cwd)]).toEqual([1, "", ["corpus.txt"]]);
  });

  test("a corpus that is missing is refused, by every command, and a misspelt name gets a suggestion", async () => {
    const cwd = folderWithCorpus();
    const missing = await runCli(["train", "novel.txt", ...short], { cwd });
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('error: train: "novel.txt" is neither a corpus nor a file.');
    const misspelt = await runCli(["compare", "tidelnad", ...short], { cwd });
    expect(misspelt.code).toBe(1);
    expect(misspelt.stderr).toContain('Did you mean "tideland"?');
    expect(filesIn(cwd)).toEqual(["corpus.txt"]);
  });

  test("a validation text with a symbol that the training text lacks is explained", async () => {
    const cwd = folderWithCorpus();
    writeFileSync(join(cwd, "valid.txt"), "the tide\nžluťoučký");
    const { code, stderr } = await runCli(["train", "corpus.txt", "--valid", "valid.txt", ...short], { cwd });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /train: valid\.txt has a symbol that the training text lacks.*line 2, column 1.*--min-count 2/,
    );
  });
});

describe("flags", () => {
  const wrong: [args: string[], words: RegExp][] = [
    [["--hidden-sise", "5"], /unknown option '--hidden-sise'\n\(Did you mean --hidden-size\?\)/],
    [["--hidden-size", "12x"], /--hidden-size: not a positive integer.*got "12x"/],
    [["--hidden-size", ""], /--hidden-size: not a positive integer.*got ""/],
    [["--hidden-size", "0"], /--hidden-size: not a positive integer/],
    [["--layers", "-1"], /--layers: not a positive integer/],
    [["--batch-size", "2.5"], /--batch-size: not a positive integer/],
    [["--learning-rate", "1e9999"], /--learning-rate: not a positive number.*got "1e9999"/],
    [["--hidden-size", "100000"], /the model does not fit in memory/],
    [["--layers", "1000000000"], /the model does not fit in memory/],
    [["--sequence-length", "1000000000000"], /the model does not fit in memory/],
    [["--dropout", "1"], /dropout: .*\[0, 1\)/],
    [["--dropout", "-0.1"], /dropout: .*\[0, 1\)/],
    [["--dropout", "gal:1.5"], /dropout: .*\[0, 1\)/],
    [["--dropout", "gall:0.5"], /preset is not known.*Did you mean "gal"\?/],
    [["--dropout", '{"recurent": 0.5}'], /unknown key "recurent".*Did you mean "recurrent"\?/],
    [["--dropout", "{recurrent: 0.5}"], /--dropout: its JSON cannot be read/],
    [["--cell", "lsmt"], /--cell: .*Did you mean "lstm"\?/],
    [["--engine", "strikt"], /--engine: .*Did you mean "strict"\?/],
    [["--optimizer", "adm"], /Did you mean "adam"\?/],
    [["--split", "0.9,0.2"], /--split: .*add up to 1/],
    [["--split", "0.9,0.1", "--valid", "corpus.txt"], /the split and --valid both give a part/],
    [["--threads", "0"], /--threads/],
    [["--threads", "1.5"], /--threads/],
    [["--config", "config.json"], /config\.json: unknown key "hidenSize".*Did you mean "hiddenSize"\?/],
    [["--config", "none.json"], /--config: none\.json does not exist/],
    [["--tie-embeddings"], /tied embeddings need one width/],
  ];

  test.each(wrong)("train %j", async (args, words) => {
    const cwd = folderWithCorpus();
    writeFileSync(join(cwd, "config.json"), '{ "hidenSize": 5 }');
    const { code, stdout, stderr } = await runCli(["train", "corpus.txt", "--steps", "2", ...args], { cwd });
    expect(stderr).toMatch(words);
    expect(stderr).not.toContain("    at "); // no stack
    expect([code, stdout, filesIn(cwd)]).toEqual([2, "", ["config.json", "corpus.txt"]]);
  });

  test("unknown and missing words of the command line", async () => {
    const cwd = folderWithCorpus();
    const unknown = await runCli(["trian"], { cwd });
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("(Did you mean train?)")]);
    const missing = await runCli(["sample"], { cwd });
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining("missing required argument")]);
  });
});

describe("checkpoints", () => {
  test("a missing, truncated, corrupted, newer or foreign one is refused, by name", async () => {
    const cwd = folderWithCorpus();
    expect((await runCli(["train", "corpus.txt", ...short], { cwd })).code).toBe(0);
    const good = readFileSync(join(cwd, "corpus.safetensors"));
    const flipped = Uint8Array.from(good);
    flipped[flipped.length - 5]! ^= 1;
    const { tensors, metadata } = decodeSafetensors(good, "corpus.safetensors");
    const damaged: [name: string, bytes: Uint8Array | undefined, words: RegExp][] = [
      ["missing.st", undefined, /missing\.st: /],
      ["truncated.st", good.subarray(0, good.length - 100), /truncated\.st: /],
      ["flipped.st", flipped, /flipped\.st: the file is damaged/],
      ["newer.st", encodeSafetensors(tensors, { ...metadata, version: "9" }), /written by a newer tidegate/],
      ["foreign.st", encodeSafetensors(tensors, {}), /not a tidegate checkpoint/],
      ["text.st", new TextEncoder().encode(smallText()), /text\.st: /],
    ];
    for (const [name, bytes, words] of damaged) {
      if (bytes) writeFileSync(join(cwd, name), bytes);
      const { code, stdout, stderr } = await runCli(["sample", name], { cwd });
      expect([name, code, stdout]).toEqual([name, 1, ""]);
      expect(stderr).toMatch(words);
    }
    const resumed = await runCli(["train", "corpus.txt", "--resume", "truncated.st"], { cwd });
    expect([resumed.code, resumed.stderr]).toEqual([1, expect.stringContaining("truncated.st: ")]);
  });

  test("a text of other symbols, or another text, is not what a run was trained on", async () => {
    const cwd = folderWithCorpus();
    expect((await runCli(["train", "corpus.txt", ...short], { cwd })).code).toBe(0);
    const before = readFileSync(join(cwd, "corpus.safetensors"));
    writeFileSync(join(cwd, "other.txt"), "0123456789 ".repeat(100));
    writeFileSync(join(cwd, "turned.txt"), [...smallText()].reverse().join(""));
    const resume = (text: string) =>
      runCli(["train", text, "--resume", "corpus.safetensors", "--steps", "5"], { cwd });
    const other = await resume("other.txt");
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(
      /other\.txt has a symbol that the vocabulary of corpus\.safetensors lacks.*"0"/,
    );
    const turned = await resume("turned.txt");
    expect(turned.code).toBe(1);
    expect(turned.stderr).toContain("the training text is not the one this run was trained on");
    const scored = await runCli(["eval", "corpus.safetensors", "other.txt"], { cwd });
    expect([scored.code, scored.stdout]).toEqual([1, ""]);
    expect(scored.stderr).toContain("other.txt has a symbol that the vocabulary of corpus.safetensors lacks");
    expect(readFileSync(join(cwd, "corpus.safetensors"))).toEqual(before);
  });
});

describe("outputs", () => {
  test("what cannot be written is refused before training", async () => {
    const cwd = folderWithCorpus();
    mkdirSync(join(cwd, "folder"));
    const into = (...flags: string[]) => runCli(["train", "corpus.txt", ...short, ...flags], { cwd });
    const folder = await into("--out", "folder");
    expect([folder.code, folder.stderr]).toEqual([1, expect.stringContaining("folder: this is a folder.")]);
    const below = await into("--out", "corpus.txt/a.safetensors");
    expect([below.code, below.stderr]).toEqual([1, expect.stringContaining("a part of the path is a file")]);
    const metrics = await into("--metrics", "folder");
    expect([metrics.code, metrics.stderr]).toEqual([1, expect.stringContaining("folder")]);
    for (const { stderr } of [folder, below, metrics]) expect(stderr).not.toContain("validation at update");
    expect(filesIn(cwd)).toEqual(["corpus.txt", "folder"]);
    expect(filesIn(join(cwd, "folder"))).toEqual([]);
  });

  test.skipIf(process.getuid?.() === 0)("a folder without permission is refused", async () => {
    const cwd = folderWithCorpus();
    mkdirSync(join(cwd, "locked"), { mode: 0o500 });
    const { code, stderr } = await runCli(["train", "corpus.txt", ...short, "--out", "locked/a.st"], { cwd });
    expect([code, stderr]).toEqual([1, expect.stringContaining("you have no permission to write there")]);
  });

  test.skipIf(process.platform !== "linux")("a full disk ends the run with words", async () => {
    const cwd = folderWithCorpus();
    const { code, stderr } = await runCli(["train", "corpus.txt", ...short, "--out", "/dev/full"], { cwd });
    expect([code, stderr]).toEqual([1, expect.stringContaining("/dev/full: the disk is full")]);
  });
});

test("a loss that is no number stops the run, says where, and keeps the last good checkpoint", async () => {
  const cwd = folderWithCorpus();
  const bad = ["--learning-rate", "1e30", "--clip", "0", "--optimizer", "sgd"];
  const first = await runCli(["train", "corpus.txt", ...tiny, "--steps", "50", ...bad], { cwd });
  expect(first.code).toBe(1);
  expect(first.stderr).toMatch(
    /training diverged at step \d+.*gradient norm.*learning rate 1.*Try a smaller learningRate/,
  );
  expect(first.stderr).toContain("No checkpoint was written by this run.");
  expect(filesIn(cwd)).toEqual(["corpus.txt"]);
  const saved = await runCli(
    ["train", "corpus.txt", ...tiny, "--steps", "50", ...bad, "--checkpoint-every", "1"],
    { cwd },
  );
  expect(saved.code).toBe(1);
  expect(saved.stderr).toMatch(/corpus\.safetensors holds the run as it was at update \d+\./);
  expect((await runCli(["info", "corpus.safetensors"], { cwd })).code).toBe(0);
});
