/**
 * What can go wrong between here and a server, in words that say what to do.
 */

import { CorpusError, OutputError } from "../errors.ts";

/** The file that was on its way: its address, where it was to go, and its size in bytes. */
interface Wanted {
  readonly url: string;
  readonly path: string;
  readonly bytes: number;
}

/** Codes that mean that nothing answered: no network, no such name, nobody listening. */
const OFFLINE = new Set([
  "ENOTFOUND",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ENETUNREACH",
  "EHOSTUNREACH",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** No answer: the machine is offline, or the address is. */
export function unreachable(file: Wanted, where: string, cause: unknown): CorpusError {
  const code = codeOf(cause);
  const offline = OFFLINE.has(code);
  return new CorpusError(
    `${file.url} cannot be reached${offline ? "; this machine seems to be offline" : ""}`,
    {
      where,
      expected: "an answer",
      got: code,
      mend: `Try again, or download it by hand and put it at ${file.path}`,
      cause,
    },
  );
}

/** An answer that is not the file. */
export function badStatus(file: Wanted, status: number, where: string): CorpusError {
  return new CorpusError(`the server does not give out ${file.url}`, {
    where,
    expected: "HTTP status 200 or 206",
    got: status === 206 ? "status 206 with another range than was asked for" : `status ${status}`,
    mend:
      status >= 500 || status === 429
        ? "The server has trouble; try again later"
        : `If it has moved, download it by hand and put it at ${file.path}`,
  });
}

/** A connection that ended before the file did. */
export function brokenOff(file: Wanted, received: number, where: string, cause?: unknown): CorpusError {
  return new CorpusError(`the connection to ${file.url} broke off`, {
    where,
    expected: `${file.bytes} bytes`,
    got: `${received}`,
    mend: "Do the same again: it goes on from there",
    ...(cause === undefined ? {} : { cause }),
  });
}

/** A file or folder that cannot be written. */
export function outputFault(path: string, where: string, cause: unknown): OutputError {
  const code = codeOf(cause);
  return new OutputError(`${path} cannot be written`, {
    where,
    expected: "a folder that may be written, with room on the disk",
    got: code,
    mend:
      code === "ENOSPC"
        ? "Free some disk space, or set TIDEGATE_CACHE to a folder on another disk"
        : "Set TIDEGATE_CACHE to a folder that you may write",
    cause,
  });
}

/** The system's code of an error, which `fetch` hides one level down. */
function codeOf(error: unknown): string {
  const { code, cause, message } = (error ?? {}) as { code?: unknown; cause?: unknown; message?: unknown };
  if (typeof code === "string") return code;
  return cause === undefined || cause === null ? String(message ?? error) : codeOf(cause);
}
