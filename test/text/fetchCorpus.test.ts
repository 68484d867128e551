import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type CatalogueEntry,
  CorpusError,
  cacheFolder,
  catalogue,
  fetchCorpus,
  OutputError,
} from "./chapter.ts";

const BODY = Buffer.from("All the tides of the world, one after the other.\n".repeat(4000)); // 196,000 bytes
const HALF = 98_000;

let cache = "";
let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let requests: { range: string | undefined; encoding: unknown }[] = [];

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "tidegate-cache-"));
  requests = [];
  answer = withRanges;
  server = createServer((request, response) => {
    requests.push({ range: request.headers.range, encoding: request.headers["accept-encoding"] });
    answer(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
});
afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(cache, { recursive: true, force: true });
});

function withRanges(request: IncomingMessage, response: ServerResponse): void {
  const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
  if (from >= BODY.length) return void response.writeHead(416).end();
  if (from > 0) {
    response.writeHead(206, { "content-range": `bytes ${from}-${BODY.length - 1}/${BODY.length}` });
  }
  response.end(BODY.subarray(from));
}

const url = (name = "tides.txt") => `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;
const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

function tides(change: Partial<CatalogueEntry["files"][number]> = {}): CatalogueEntry {
  const file = { url: url(), bytes: BODY.length, sha256: sha256Of(BODY), ...change };
  return { name: "tides", title: "Tides", files: [file], licence: "", advice: "" };
}

const path = () => join(cache, "tides", "tides.txt");
const fetchTides = (change: Parameters<typeof tides>[0] = {}) =>
  fetchCorpus(tides(change), { cacheFolder: cache });

async function leavePart(bytes: Uint8Array): Promise<void> {
  await mkdir(join(cache, "tides"), { recursive: true });
  await writeFile(`${path()}.part`, bytes);
}

async function expectWhole(): Promise<void> {
  expect((await readFile(path())).equals(BODY)).toBe(true);
  expect(await readdir(join(cache, "tides"))).toEqual(["tides.txt"]);
}

describe("a download", () => {
  test("arrives whole, uncompressed, with its progress, and a second call stays off the network", async () => {
    const received: number[] = [];
    const fetched = await fetchCorpus(tides(), {
      cacheFolder: cache,
      onProgress: (progress) => {
        expect(progress).toMatchObject({ file: "tides.txt", total: BODY.length });
        received.push(progress.received);
      },
    });
    expect(fetched).toEqual({ folder: join(cache, "tides"), files: [path()] });
    expect(received.at(-1)).toBe(BODY.length);
    expect(received).toEqual([...received].sort((a, b) => a - b));
    await expectWhole();
    await fetchTides();
    expect(requests).toEqual([{ range: undefined, encoding: "identity" }]);
  });

  test("goes on where half a file was left", async () => {
    await leavePart(BODY.subarray(0, HALF));
    await fetchTides();
    expect(requests.map(({ range }) => range)).toEqual([`bytes=${HALF}-`]);
    await expectWhole();
  });

  test("starts afresh when the server ignores ranges", async () => {
    await leavePart(BODY.subarray(0, HALF));
    answer = (_, response) => void response.end(BODY);
    await fetchTides();
    await expectWhole();
  });

  test("starts afresh when the server has no such range", async () => {
    await leavePart(BODY.subarray(0, HALF));
    answer = (request, response) => {
      if (request.headers.range) response.writeHead(416).end();
      else response.end(BODY);
    };
    await fetchTides();
    expect(requests.map(({ range }) => range)).toEqual([`bytes=${HALF}-`, undefined]);
    await expectWhole();
  });

  test("that only missed its renaming is finished without the network", async () => {
    await leavePart(BODY);
    await fetchTides();
    expect(requests).toEqual([]);
    await expectWhole();
  });

  test("broken off says so, and the next one goes on from there", async () => {
    answer = (_, response) => {
      response.writeHead(200, { "content-length": BODY.length });
      response.write(BODY.subarray(0, HALF), () => setTimeout(() => response.destroy(), 20));
    };
    await expect(fetchTides()).rejects.toThrow(
      `fetchCorpus: the connection to ${url()} broke off. Expected ${BODY.length} bytes, got ${HALF}. ` +
        "Do the same again: it goes on from there.",
    );
    answer = withRanges;
    await fetchTides();
    expect(requests.map(({ range }) => range)).toEqual([undefined, `bytes=${HALF}-`]);
    await expectWhole();
  });

  test("that is stopped throws the reason and keeps what has arrived", async () => {
    const stop = new AbortController();
    const reason = new Error("stopped by hand");
    answer = (_, response) => void response.write(BODY.subarray(0, HALF));
    const onProgress = () => stop.abort(reason);
    const stopped = fetchCorpus(tides(), { cacheFolder: cache, signal: stop.signal, onProgress });
    await expect(stopped).rejects.toBe(reason);
    expect((await stat(`${path()}.part`)).size).toBeGreaterThan(0);
  });

  test("from a mirror keeps the file's name", async () => {
    const entry = tides({ url: "https://example.invalid/somewhere/tides.txt" });
    await fetchCorpus(entry, { cacheFolder: cache, baseUrl: url("") });
    await expectWhole();
  });

  test("of an archive unpacks its members once and keeps it", async () => {
    const archive = Buffer.from(
      "UEsDBBQAAAAAAAAAIVw8QlUPEAAAABAAAAAKAAAAc3RvcmVkLnR4dHN0b3JlZCBhcyBpdCBpcwpQSwECFAMUAAAAAAAAACFcPEJVDxAAAAAQAA" +
        "AACgAAAAAAAAAAAAAAgAEAAAAAc3RvcmVkLnR4dFBLBQYAAAAAAQABADgAAAA4AAAAAAA=",
      "base64",
    );
    answer = (_, response) => void response.end(archive);
    const change = {
      url: url("a.zip"),
      bytes: archive.length,
      sha256: sha256Of(archive),
      members: ["stored.txt"],
    };
    const { files } = await fetchTides(change);
    expect(files).toEqual([join(cache, "tides", "stored.txt")]);
    expect(await readFile(files[0]!, "utf8")).toBe("stored as it is\n");
    await utimes(files[0]!, 1, 1);
    await fetchTides(change);
    expect((await stat(files[0]!)).mtimeMs).toBe(1000); // not written again
    expect((await readdir(join(cache, "tides"))).sort()).toEqual(["a.zip", "stored.txt"]);
  });
});

describe("a download that cannot succeed", () => {
  test("with another hash is set aside", async () => {
    const sha256 = "0".repeat(64);
    await expect(fetchTides({ sha256 })).rejects.toThrow(
      `fetchCorpus: ${url()} is not the file it should be. Expected SHA-256 ${sha256}, got ${sha256Of(BODY)}. ` +
        `It is kept as ${path()}.bad; try again, or download it from another address.`,
    );
    expect(await readdir(join(cache, "tides"))).toEqual(["tides.txt.bad"]);
  });

  test("that is too long is set aside", async () => {
    const bytes = BODY.length - 1;
    await expect(fetchTides({ bytes })).rejects.toThrow(`Expected ${bytes} bytes, got ${BODY.length} bytes.`);
    expect(await readdir(join(cache, "tides"))).toEqual(["tides.txt.bad"]);
  });

  test("for a 404 names the status and where to put the file by hand", async () => {
    answer = (_, response) => void response.writeHead(404).end("gone");
    await expect(fetchTides()).rejects.toThrow(
      `fetchCorpus: the server does not give out ${url()}. Expected HTTP status 200 or 206, got status 404. ` +
        `If it has moved, download it by hand and put it at ${path()}.`,
    );
    answer = (_, response) => void response.writeHead(503).end();
    await expect(fetchTides()).rejects.toThrow("got status 503. The server has trouble; try again later.");
  });

  test("with nobody listening explains that the machine seems to be offline", async () => {
    const file = url();
    const entry = tides();
    await new Promise((closed) => server.close(closed));
    await expect(fetchCorpus(entry, { cacheFolder: cache })).rejects.toThrow(
      `fetchCorpus: ${file} cannot be reached; this machine seems to be offline. Expected an answer, got ECONNREFUSED. ` +
        `Try again, or download it by hand and put it at ${path()}.`,
    );
  });

  test("for a name that nobody resolves is offline too", async () => {
    const fetch = () =>
      Promise.reject(
        new TypeError("fetch failed", { cause: Object.assign(new Error(), { code: "ENOTFOUND" }) }),
      );
    await expect(fetchCorpus("text8", { cacheFolder: cache, fetch })).rejects.toThrow(
      "https://mattmahoney.net/dc/text8.zip cannot be reached; this machine seems to be offline. Expected an answer, " +
        `got ENOTFOUND. Try again, or download it by hand and put it at ${join(cache, "text8", "text8.zip")}.`,
    );
  });

  test("into a cache that is a file cannot be written", async () => {
    await writeFile(join(cache, "tides"), "in the way");
    await expect(fetchTides()).rejects.toBeInstanceOf(OutputError);
    await expect(fetchTides()).rejects.toThrow(
      `fetchCorpus: ${join(cache, "tides")} cannot be written. Expected a folder that may be written, with room on the ` +
        "disk, got EEXIST. Set TIDEGATE_CACHE to a folder that you may write.",
    );
  });

  test("of an unknown name suggests the nearest", async () => {
    await expect(fetchCorpus("tinyshakespeare", { cacheFolder: cache })).rejects.toBeInstanceOf(CorpusError);
    await expect(fetchCorpus("tinyshakespeare", { cacheFolder: cache })).rejects.toThrow(
      'fetchCorpus: no corpus is called "tinyshakespeare". Expected one of tiny-shakespeare, ptb, text8, enwik8, ' +
        'wikitext-2, got "tinyshakespeare". Did you mean "tiny-shakespeare"?',
    );
  });
});

test("the cache is TIDEGATE_CACHE, else below XDG_CACHE_HOME, else below the home folder", async () => {
  expect(await cacheFolder({ TIDEGATE_CACHE: "/a", XDG_CACHE_HOME: "/b" })).toBe("/a");
  expect(await cacheFolder({ TIDEGATE_CACHE: "", XDG_CACHE_HOME: "/b" })).toBe(join("/b", "tidegate"));
  expect(await cacheFolder({})).toMatch(/[/\\]\.cache[/\\]tidegate$/);
});

test("catalogue entries are complete: https, sizes, digests of 64 digits, splits that add up to 1", () => {
  for (const { files, split, licence, advice } of catalogue) {
    for (const file of files) {
      expect(file.url).toMatch(/^https:\/\//);
      expect(file.bytes).toBeGreaterThan(100_000);
      expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(file.url.endsWith(".zip")).toBe(file.members !== undefined);
    }
    if (split) expect(split.reduce((sum, share) => sum + share)).toBeCloseTo(1, 12);
    expect(licence && advice).not.toBe("");
  }
});
