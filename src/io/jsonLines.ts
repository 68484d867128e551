/**
 * JSON lines: one object per line, appended as things happen, so that a killed run keeps everything but its last line.
 *
 * Each line reaches the operating system in one write before `write` returns. A line that was cut off by a kill or a full
 * disk is removed when the file is next opened for writing; otherwise the next line would be glued to it and be lost too.
 */
import { CheckpointError, describe } from "../errors.ts";
import { type FileOptions, type FileSystem, folderOf, nodeFileSystem } from "./fileSystem.ts";
import { isJsonObject, type JsonObject } from "./json.ts";
import { outputError } from "./outputError.ts";
import { readWhole } from "./readWhole.ts";
import { writeFileAtomicSync } from "./writeFileAtomic.ts";

/**
 * A file of JSON lines that is open for appending.
 *
 * @example
 * const metrics = JsonLines.open("runs/a/metrics.jsonl");
 * metrics.write({ step: 100, nats: 1.71 });
 * metrics.close();
 */
export class JsonLines {
  readonly path: string;
  readonly #fileSystem: FileSystem;
  #file: number | undefined;

  private constructor(path: string, file: number, fileSystem: FileSystem) {
    this.path = path;
    this.#file = file;
    this.#fileSystem = fileSystem;
  }

  /**
   * Opens a file for appending; creates it and its folders when they are missing, and mends a torn last line.
   *
   * @param options.keep - which of the lines that are there stay: a resumed run drops what a killed session wrote beyond
   *   its checkpoint, because it will be written again. Default all
   * @throws OutputError that says in words why the file cannot be written
   */
  static open(
    path: string,
    {
      fileSystem = nodeFileSystem(),
      keep,
    }: FileOptions & { readonly keep?: (line: JsonObject) => boolean } = {},
  ): JsonLines {
    if (keep && isThere(path, fileSystem)) {
      const kept = readJsonLines(path, { fileSystem }).filter(keep);
      writeFileAtomicSync(path, kept.map((line) => `${JSON.stringify(line)}\n`).join(""), { fileSystem });
    }
    try {
      fileSystem.mkdirSync(folderOf(path), { recursive: true });
      const lines = new JsonLines(path, fileSystem.openSync(path, "a+"), fileSystem);
      lines.#mendLastLine();
      return lines;
    } catch (error) {
      throw outputError(path, error);
    }
  }

  /**
   * Appends one object as a line. Numbers that are not finite become null, as JSON has it.
   *
   * @throws OutputError when the disk is full, the file is closed …; what was written of the line is then taken back
   */
  write(object: object): void {
    try {
      if (this.#file === undefined) throw new Error("the file has been closed");
      appendWhole(this.#file, `${JSON.stringify(object)}\n`, this.#fileSystem);
    } catch (error) {
      throw outputError(this.path, error);
    }
  }

  /** Completes a last object that lacks only its line end; drops any other rest of a line. */
  #mendLastLine(): void {
    const file = this.#file!;
    const stats = this.#fileSystem.fstatSync(file);
    if (!stats.isFile() || stats.size === 0) return;
    const last = new Uint8Array(1);
    this.#fileSystem.readSync(file, last, 0, 1, stats.size - 1);
    if (last[0] === 0x0a) return;
    const bytes = this.#fileSystem.readFileSync(this.path); // the whole file, but only after a kill
    const start = bytes.lastIndexOf(0x0a) + 1;
    const rest = new TextDecoder().decode(bytes.subarray(start));
    if (parseObject(rest)) this.#fileSystem.writeFileSync(file, "\n");
    else this.#fileSystem.ftruncateSync(file, start);
  }

  /** Closes the file. A second call does nothing. @throws OutputError when the system reports a late write error */
  close(): void {
    const file = this.#file;
    this.#file = undefined;
    try {
      if (file !== undefined) this.#fileSystem.closeSync(file);
    } catch (error) {
      throw outputError(this.path, error);
    }
  }
}

/**
 * Opens a file of JSON lines, appends one object and closes it: for results that come minutes apart.
 *
 * @throws OutputError that says in words why the file cannot be written
 * @example appendLine("results.jsonl", { seed: 1, nats: 1.53 });
 */
export function appendLine(path: string, object: object, options: FileOptions = {}): void {
  const lines = JsonLines.open(path, options);
  try {
    lines.write(object);
  } finally {
    lines.close();
  }
}

/**
 * Reads a file of JSON lines. A last line without its line end that is not JSON is left out: the writer was killed.
 * Empty lines are skipped.
 *
 * @returns the objects in order
 * @throws CheckpointError when there is no such file, or when any other line is not a JSON object; it gives the line number
 * @example const best = Math.min(...readJsonLines("metrics.jsonl").map((line) => line.nats as number));
 */
export function readJsonLines(
  path: string,
  { fileSystem = nodeFileSystem() }: FileOptions = {},
): JsonObject[] {
  const lines = new TextDecoder().decode(readWhole(path, fileSystem)).split("\n");
  const objects: JsonObject[] = [];
  lines.forEach((line, k) => {
    if (line.trim() === "") return;
    const object = parseObject(line);
    if (object) objects.push(object);
    else if (k < lines.length - 1) throw brokenLine(path, k + 1, line);
  });
  return objects;
}

function parseObject(line: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function brokenLine(path: string, number: number, line: string): CheckpointError {
  return new CheckpointError(`line ${number} is broken`, {
    where: path,
    expected: "one JSON object per line",
    got: describe(line),
    mend: "Remove or repair the line; the others can then be read",
  });
}

/** Appends a line, or takes back what was written of it. */
function appendWhole(file: number, line: string, fileSystem: FileSystem): void {
  const before = fileSystem.fstatSync(file);
  try {
    fileSystem.writeFileSync(file, line);
  } catch (error) {
    if (before.isFile()) truncateQuietly(file, before.size, fileSystem);
    throw error;
  }
}

/** The first error is the one to report; a rest that stays is removed when the file is next opened. */
function truncateQuietly(file: number, size: number, fileSystem: FileSystem): void {
  try {
    fileSystem.ftruncateSync(file, size);
  } catch {}
}

function isThere(path: string, fileSystem: FileSystem): boolean {
  return fileSystem.statSync(path, { throwIfNoEntry: false }) !== undefined;
}
