import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CheckpointError, OutputError } from "../../src/errors.ts";
import { appendLine, JsonLines, readJsonLines } from "../../src/io/index.ts";
import { diskWithRoom, failingDisk } from "./failingDisk.ts";
import { temporaryFolder } from "./temporaryFolder.ts";

function fileWith(text: string): string {
  const path = join(temporaryFolder(), "metrics.jsonl");
  writeFileSync(path, text);
  return path;
}

describe("JsonLines", () => {
  test("appends to what is there, into a folder that did not exist", () => {
    const path = join(temporaryFolder(), "runs", "metrics.jsonl");
    const lines = JsonLines.open(path);
    lines.write({ step: 1, text: "a\nb" });
    lines.write({ step: 2 });
    expect(readJsonLines(path)).toEqual([{ step: 1, text: "a\nb" }, { step: 2 }]); // before it is closed
    lines.close();
    appendLine(path, { step: 3 });
    expect(readFileSync(path, "utf8")).toBe('{"step":1,"text":"a\\nb"}\n{"step":2}\n{"step":3}\n');
  });

  test("a loss that is not a number becomes null", () => {
    const path = fileWith("");
    appendLine(path, { nats: Number.NaN });
    expect(readJsonLines(path)).toEqual([{ nats: null }]);
  });

  test("however a file was cut, appending keeps every whole line and the new one", () => {
    const path = fileWith("");
    const whole = '{"step":1}\n{"word":"größe"}\n{"step":3}\n';
    const bytes = new TextEncoder().encode(whole);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: bytes.length }), (length) => {
        writeFileSync(path, bytes.subarray(0, length));
        const before = readJsonLines(path);
        appendLine(path, { step: 4 });
        expect(readJsonLines(path)).toEqual([...before, { step: 4 }]);
        expect(readFileSync(path, "utf8").endsWith('\n{"step":4}\n') || length < 10).toBe(true);
      }),
    );
  });

  test("a disk that fills up in the middle of a line takes the line back", () => {
    const path = fileWith('{"step":1}\n');
    expect(() => appendLine(path, { step: 2 }, { fileSystem: diskWithRoom(4) })).toThrow(
      `${path}: the disk is full. Got ENOSPC.`,
    );
    expect(readFileSync(path, "utf8")).toBe('{"step":1}\n');
  });

  test.skipIf(!existsSync("/dev/full"))("a device that is full is a full disk", () => {
    expect(() => appendLine("/dev/full", {})).toThrow("/dev/full: the disk is full.");
  });

  test("a file that cannot be opened, or has been closed, is an OutputError", () => {
    const path = fileWith("");
    expect(() => JsonLines.open(path, { fileSystem: failingDisk("openSync", "EACCES") })).toThrow(
      OutputError,
    );
    expect(() => JsonLines.open(join(path, "below"))).toThrow("a part of the path is a file, not a folder");
    const lines = JsonLines.open(path);
    lines.close();
    lines.close();
    expect(() => lines.write({})).toThrow(
      `${path}: the file cannot be written. Got the file has been closed.`,
    );
  });
});

describe("readJsonLines", () => {
  test("leaves out a last line that was cut off, and keeps one that only lacks its end", () => {
    expect(readJsonLines(fileWith('{"a":1}\n{"a":'))).toEqual([{ a: 1 }]);
    expect(readJsonLines(fileWith('{"a":1}\n{"a":2}'))).toEqual([{ a: 1 }, { a: 2 }]);
    expect(readJsonLines(fileWith('{"a":1}\n\0\0\0'))).toEqual([{ a: 1 }]);
    expect(readJsonLines(fileWith(""))).toEqual([]);
  });

  test("skips empty lines and takes the line ends of Windows", () => {
    expect(readJsonLines(fileWith('{"a":1}\r\n\r\n{"a":2}\r\n'))).toEqual([{ a: 1 }, { a: 2 }]);
  });

  test("reports a broken line in the middle, with its number", () => {
    const path = fileWith('{"a":1}\n\n{"a":\n{"a":3}\n');
    expect(() => readJsonLines(path)).toThrow(CheckpointError);
    expect(() => readJsonLines(path)).toThrow(
      `${path}: line 3 is broken. Expected one JSON object per line, got "{\\"a\\":". Remove or repair the line`,
    );
    expect(() => readJsonLines(fileWith("7\n"))).toThrow("line 1 is broken");
  });

  test("says when there is no such file", () => {
    const path = join(temporaryFolder(), "none.jsonl");
    expect(() => readJsonLines(path)).toThrow(`${path}: there is no such file. Got ENOENT. Check the path`);
  });
});
