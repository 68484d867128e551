import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { invalidUtf8Offset } from "../../src/text/utf8.ts";
import { CorpusError, readText } from "./chapter.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tidegate-text-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, content);
  return path;
}

describe("what is read", () => {
  test("a file gives its text and its size", async () => {
    const path = await file("a.txt", "h\u00e9llo");
    expect(await readText(path)).toEqual({ text: "h\u00e9llo", sources: [{ path, bytes: 6 }] });
  });

  test("a byte order mark goes and CRLF becomes LF, but a lone CR stays", async () => {
    const path = await file("a.txt", "\ufeffone\r\ntwo\rthree\n");
    expect((await readText(path)).text).toBe("one\ntwo\rthree\n");
  });

  test("several files are joined in the order given, with a line feed where one is missing", async () => {
    const sources = [await file("b.txt", "b"), await file("a.txt", "a\n"), await file("c.txt", "c")];
    expect((await readText(sources)).text).toBe("b\na\nc");
  });

  test("a folder gives its texts sorted, without README, hidden, empty and other files", async () => {
    const paths = [await file("10.txt", "ten"), await file("9.md", "nine"), await file("part/1.TXT", "one")];
    await file("README.md", "no");
    await file(".hidden.txt", "no");
    await file("empty.txt", "");
    await file("picture.png", "no");
    const read = await readText(folder);
    expect(read.text).toBe("ten\nnine\none");
    expect(read.sources.map(({ path }) => path)).toEqual(paths);
  });

  test("- is the standard input, whose pieces may cut a character", async () => {
    async function* input() {
      yield Uint8Array.of(0x61, 0xc3);
      yield Uint8Array.of(0xa9);
      yield "b";
    }
    expect(await readText("-", { standardInput: input() })).toEqual({
      text: "a\u00e9b",
      sources: [{ path: "-", bytes: 4 }],
    });
  });
});

describe("what is refused", () => {
  test("a missing file", async () => {
    await expect(readText("/nowhere/novel.txt", { where: "train" })).rejects.toThrow(
      "train: /nowhere/novel.txt does not exist. Expected a file or folder.",
    );
    await expect(readText("/nowhere/novel.txt")).rejects.toBeInstanceOf(CorpusError);
  });

  test("an empty file, and an empty standard input", async () => {
    const path = await file("a.txt", "");
    await expect(readText(path)).rejects.toThrow(
      `readText: ${path} is empty. Expected some text, got 0 bytes.`,
    );
    await expect(readText("-", { standardInput: (async function* () {})() })).rejects.toThrow(
      "readText: the standard input is empty.",
    );
  });

  test("a binary file, within the first 64 kB", async () => {
    const path = await file("a.bin", `text\0text`);
    await expect(readText(path)).rejects.toThrow(
      `readText: ${path} is binary, not UTF-8 text. Expected text without NUL bytes, got a NUL byte at offset 4.`,
    );
    const later = await file("b.txt", `${"x".repeat(65_536)}\0`);
    expect((await readText(later)).text).toHaveLength(65_537);
  });

  test("UTF-16, with the command that converts it", async () => {
    const path = await file("a.txt", Buffer.from("\ufeffhello", "utf16le"));
    await expect(readText(path)).rejects.toThrow(
      `readText: ${path} is UTF-16, not UTF-8 text. Expected text without NUL bytes, got a NUL byte at offset 3. ` +
        `Convert it with "iconv -f UTF-16 -t UTF-8 ${path} > utf8.txt".`,
    );
  });

  test("Latin-1, with the offset of the first wrong byte", async () => {
    const path = await file("a.txt", Buffer.from("na\u00efve", "latin1"));
    await expect(readText(path)).rejects.toThrow(
      `readText: ${path} is not UTF-8. Expected UTF-8 text, got byte 0xEF at offset 2. Convert it, from Latin-1 for ` +
        `example with "iconv -f LATIN1 -t UTF-8 ${path} > utf8.txt".`,
    );
  });

  test("a folder without texts", async () => {
    await file("README.md", "no");
    await expect(readText(folder)).rejects.toThrow(
      `readText: the folder ${folder} has no text files. Expected *.txt or *.md files that are not empty; README.md ` +
        "does not count, got none.",
    );
  });

  test("a path that the system will not open", async () => {
    const path = join(folder, "loop.txt");
    await symlink(path, path);
    await expect(readText(path)).rejects.toThrow(
      `readText: ${path} cannot be read. Expected a file or folder that may be read, got ELOOP.`,
    );
  });

  test("a link in a folder that leads nowhere", async () => {
    await symlink(join(folder, "gone"), join(folder, "a.txt"));
    await expect(readText(folder)).rejects.toThrow(`${join(folder, "a.txt")} does not exist`);
  });

  test("no source at all", async () => {
    await expect(readText([])).rejects.toThrow("readText: no text was named.");
  });
});

test("the offset of bad UTF-8 is where the decoder stops too", () => {
  const edges = fc.constantFrom(0x41, 0x80, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xe0, 0xe1, 0xed, 0xf0, 0xf4, 0xf5);
  const bytes = fc.uint8Array({ maxLength: 12 });
  fc.assert(
    fc.property(
      fc.oneof(
        bytes,
        fc.array(edges, { maxLength: 8 }).map((list) => Uint8Array.from(list)),
      ),
      (some) => {
        const offset = invalidUtf8Offset(some);
        const decodes = (part: Uint8Array) => {
          try {
            new TextDecoder("utf-8", { fatal: true }).decode(part);
            return true;
          } catch {
            return false;
          }
        };
        expect(decodes(some)).toBe(offset === -1);
        if (offset < 0) return;
        expect(decodes(some.subarray(0, offset))).toBe(true);
        for (let end = offset + 1; end <= some.length; end++)
          expect(decodes(some.subarray(0, end))).toBe(false);
      },
    ),
    { numRuns: 500 },
  );
});
