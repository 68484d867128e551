/**
 * One file from the network to the disk, such that a file that is there under its name is whole.
 *
 * Bytes go to `NAME.part`; a later call goes on where it ends (HTTP Range). When size and SHA-256 are right, it is flushed
 * and renamed to `NAME`. A wrong file is kept as `NAME.bad` for inspection.
 */

import type { FileHandle } from "node:fs/promises";
import { CorpusError } from "../errors.ts";
import { badStatus, brokenOff, outputFault, unreachable } from "./downloadErrors.ts";
import { nodeModule } from "./nodeModule.ts";

/** What to download, and to where. */
export interface Download {
  readonly url: string;
  /** The path it will have. Its folder must exist. */
  readonly path: string;
  /** Its size in bytes. */
  readonly bytes: number;
  /** Its SHA-256 in lower-case hexadecimal; not checked when left out. */
  readonly sha256?: string;
}

/** How to download. */
export interface DownloadOptions {
  /** Names the caller in errors. */
  readonly where: string;
  /** Stops the download; what has arrived is kept. */
  readonly signal?: AbortSignal;
  /** Called with the bytes on the disk, after each piece. */
  readonly onProgress?: (received: number) => void;
  /** Default the runtime's `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * Downloads a file, or does nothing when it is there.
 *
 * @throws CorpusError when the server cannot be reached, refuses or breaks off, or what it sends is not the file expected
 * @throws OutputError when the file cannot be written
 * @throws the signal's reason when it was aborted
 */
export async function download(file: Download, options: DownloadOptions): Promise<void> {
  if ((await sizeOf(file.path)) === file.bytes) return;
  const { open, rename } = nodeModule<typeof import("node:fs/promises")>("node:fs/promises");
  const part = `${file.path}.part`;
  const handle = await open(part, "a").catch((cause: unknown) => {
    throw outputFault(part, options.where, cause);
  });
  try {
    await receiveRest(handle, file, options);
    await handle.sync().catch((cause: unknown) => {
      throw outputFault(part, options.where, cause);
    });
  } finally {
    await handle.close();
  }
  await verify(part, file, options.where);
  await rename(part, file.path);
}

/** Size of a file in bytes; -1 when there is none. */
async function sizeOf(path: string): Promise<number> {
  const { stat } = nodeModule<typeof import("node:fs/promises")>("node:fs/promises");
  return stat(path).then(
    (found) => found.size,
    () => -1,
  );
}

/** Asks for the bytes that are missing and appends them. */
async function receiveRest(handle: FileHandle, file: Download, options: DownloadOptions): Promise<void> {
  let received = (await handle.stat()).size;
  if (received === file.bytes) return;
  if (received > file.bytes) received = await restart(handle);
  let response = await request(file, received, options);
  if (response.status === 416) {
    // The server's file is shorter than what is here, so what is here is not a beginning of it.
    received = await restart(handle);
    response = await request(file, received, options);
  }
  if (!response.ok || !response.body) throw badStatus(file, response.status, options.where);
  const goesOn = response.status === 206 && rangeStart(response) === received;
  if (response.status === 206 && !goesOn) throw badStatus(file, 206, options.where);
  if (!goesOn && received > 0) received = await restart(handle); // a server without ranges sends all of it
  await append(handle, response.body, received, file, options);
}

async function request(file: Download, from: number, options: DownloadOptions): Promise<Response> {
  const { where, signal, fetch = globalThis.fetch } = options;
  // Without "identity", a compressed answer would make offsets and sizes those of another file.
  const headers: Record<string, string> = { "accept-encoding": "identity" };
  if (from > 0) headers["range"] = `bytes=${from}-`;
  try {
    return await fetch(file.url, { headers, ...(signal ? { signal } : {}) });
  } catch (cause) {
    signal?.throwIfAborted();
    throw unreachable(file, where, cause);
  }
}

async function append(
  handle: FileHandle,
  body: ReadableStream<Uint8Array>,
  received: number,
  file: Download,
  { where, signal, onProgress }: DownloadOptions,
): Promise<void> {
  const reader = body.getReader();
  for (;;) {
    const piece = await reader.read().catch((cause: unknown) => {
      signal?.throwIfAborted();
      throw brokenOff(file, received, where, cause);
    });
    if (piece.done) break;
    await handle.appendFile(piece.value).catch(async (cause: unknown) => {
      await reader.cancel().catch(() => {});
      throw outputFault(`${file.path}.part`, where, cause);
    });
    received += piece.value.length;
    onProgress?.(received);
  }
  if (received < file.bytes) throw brokenOff(file, received, where);
}

async function restart(handle: FileHandle): Promise<number> {
  await handle.truncate(0); // opened for appending, so the next write is at the new end
  return 0;
}

/** The first byte of a partial answer, from `Content-Range: bytes 100-199/200`; -1 when it does not say. */
function rangeStart(response: Response): number {
  const match = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "");
  return match ? Number(match[1]) : -1;
}

async function verify(part: string, file: Download, where: string): Promise<void> {
  const bytes = await sizeOf(part);
  const sha256 = file.sha256 && (await sha256Of(part));
  if (bytes === file.bytes && sha256 === file.sha256) return;
  const { rename } = nodeModule<typeof import("node:fs/promises")>("node:fs/promises");
  await rename(part, `${file.path}.bad`);
  const sized = bytes !== file.bytes;
  throw new CorpusError(`${file.url} is not the file it should be`, {
    where,
    expected: sized ? `${file.bytes} bytes` : `SHA-256 ${file.sha256}`,
    got: sized ? `${bytes} bytes` : `${sha256}`,
    mend: `It is kept as ${file.path}.bad; try again, or download it from another address`,
  });
}

async function sha256Of(path: string): Promise<string> {
  const [{ createHash }, { createReadStream }] = [
    nodeModule<typeof import("node:crypto")>("node:crypto"),
    nodeModule<typeof import("node:fs")>("node:fs"),
  ] as const;
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece as Uint8Array);
  return hash.digest("hex");
}
