/**
 * Texts from files, folders and the standard input.
 *
 * Node's modules are loaded when a function needs them, so that a browser page can import this chapter.
 */

import { CorpusError } from "../errors.ts";
import { decodeText } from "./decodeText.ts";
import { nodeModule } from "./nodeModule.ts";

/** A source that was read, with its size before line ends were changed. */
export interface TextSource {
  /** The path as opened; `-` for the standard input. */
  readonly path: string;
  readonly bytes: number;
}

/** What `readText` found. */
export interface ReadText {
  readonly text: string;
  readonly sources: TextSource[];
}

/** Options of `readText`, all for callers that speak to a person or run in a test. */
export interface ReadTextOptions {
  /** Names the caller in errors. Default `readText`. */
  readonly where?: string;
  /** What `-` reads. Default the process's standard input. */
  readonly standardInput?: AsyncIterable<Uint8Array | string>;
}

/**
 * Reads UTF-8 text from a file, several files, a folder or the standard input (`-`), and joins it in that order.
 *
 * A folder gives its *.txt and *.md files, in subfolders too, sorted by path; README.md, names that begin with a dot and
 * empty files are left out. A byte order mark is stripped and CRLF becomes LF. Where a text does not end in a line feed, one
 * is put between it and the next.
 *
 * @throws CorpusError when a source is missing, empty, unreadable, binary or not UTF-8, or a folder has no text
 * @example const { text, sources } = await readText(["novel.txt", "letters/"]);
 */
export async function readText(
  sources: string | readonly string[],
  options: ReadTextOptions = {},
): Promise<ReadText> {
  const where = options.where ?? "readText";
  const wanted = typeof sources === "string" ? [sources] : sources;
  if (wanted.length === 0) {
    throw new CorpusError("no text was named", {
      where,
      expected: "at least one file or folder",
      got: "none",
    });
  }
  const texts: string[] = [];
  const read: TextSource[] = [];
  const take = (path: string, bytes: Uint8Array, name = path) => {
    texts.push(decodeText(bytes, name, where));
    read.push({ path, bytes: bytes.length });
  };
  for (const source of wanted) {
    if (source === "-") take("-", await readAll(options.standardInput), "the standard input");
    else for (const path of await filesOf(source, where)) take(path, await readBytes(path, where));
  }
  return { text: joinTexts(texts), sources: read };
}

/** Texts one after the other, with a line feed where one does not end in it. */
function joinTexts(texts: readonly string[]): string {
  const last = texts.length - 1;
  return texts.map((text, i) => (i < last && !text.endsWith("\n") ? `${text}\n` : text)).join("");
}

/** The files behind a path: itself, or the texts of the folder that it is. */
async function filesOf(path: string, where: string): Promise<string[]> {
  const { stat } = nodeModule<typeof import("node:fs/promises")>("node:fs/promises");
  const found = await stat(path).catch((cause: unknown) => {
    throw unreadable(path, where, cause);
  });
  if (!found.isDirectory()) return [path];
  const files = await textsIn(path, where);
  if (files.length > 0) return files;
  throw new CorpusError(`the folder ${path} has no text files`, {
    where,
    expected: "*.txt or *.md files that are not empty; README.md does not count",
    got: "none",
  });
}

/** The *.txt and *.md files below a folder that are not empty, sorted by path. */
async function textsIn(folder: string, where: string): Promise<string[]> {
  const [{ readdir, stat }, { join }] = [
    nodeModule<typeof import("node:fs/promises")>("node:fs/promises"),
    nodeModule<typeof import("node:path")>("node:path"),
  ] as const;
  const refuse = (path: string) => (cause: unknown) => {
    throw unreadable(path, where, cause);
  };
  const entries = await readdir(folder, { withFileTypes: true }).catch(refuse(folder));
  const files: string[] = [];
  for (const { name, isFolder } of entries
    .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
    .filter(({ name }) => !name.startsWith("."))
    .sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, name);
    if (isFolder) files.push(...(await textsIn(path, where)));
    else if (isTextName(name) && (await stat(path).catch(refuse(path))).size > 0) files.push(path);
  }
  return files;
}

function isTextName(name: string): boolean {
  return /\.(txt|md)$/i.test(name) && name.toLowerCase() !== "readme.md";
}

async function readBytes(path: string, where: string): Promise<Uint8Array> {
  const { readFile } = nodeModule<typeof import("node:fs/promises")>("node:fs/promises");
  return readFile(path).catch((cause: unknown) => {
    throw unreadable(path, where, cause);
  });
}

async function readAll(input?: AsyncIterable<Uint8Array | string>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of input ?? process.stdin) {
    chunks.push(typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk);
  }
  return Buffer.concat(chunks);
}

function unreadable(path: string, where: string, cause: unknown): CorpusError {
  const code = (cause as NodeJS.ErrnoException).code ?? String(cause);
  if (code === "ENOENT") {
    return new CorpusError(`${path} does not exist`, { where, expected: "a file or folder", cause });
  }
  return new CorpusError(`${path} cannot be read`, {
    where,
    expected: "a file or folder that may be read",
    got: code,
    cause,
  });
}
