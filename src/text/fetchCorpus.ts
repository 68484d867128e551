/**
 * A corpus of the catalogue into the cache: downloaded, verified, unpacked, once.
 */

import { cacheFolder } from "./cacheFolder.ts";
import {
  type CatalogueEntry,
  type CatalogueFile,
  catalogueEntry,
  lastPart,
  textFilesOf,
} from "./catalogue.ts";
import { type DownloadOptions, download } from "./download.ts";
import { outputFault } from "./downloadErrors.ts";
import { nodeModule } from "./nodeModule.ts";
import { unzip } from "./unzip.ts";

/** How far a download is. */
export interface FetchProgress {
  /** The file's name. */
  readonly file: string;
  /** Bytes on the disk. */
  readonly received: number;
  /** Bytes in all. */
  readonly total: number;
}

/** How to fetch a corpus. */
export interface FetchCorpusOptions {
  /** Where corpora are kept. Default `cacheFolder()`. */
  readonly cacheFolder?: string;
  /** Stops the download; what has arrived is kept. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: FetchProgress) => void;
  /** A mirror: replaces everything before the file names. */
  readonly baseUrl?: string;
  /** Default the runtime's `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
  /** Names the caller in errors. Default `fetchCorpus`. */
  readonly where?: string;
}

/** A corpus in the cache. */
export interface FetchedCorpus {
  /** `<cache>/<name>`. */
  readonly folder: string;
  /** The paths of its texts, in reading order. */
  readonly files: string[];
}

/**
 * Downloads a corpus to `<cache>/<name>/` and returns where its texts are.
 *
 * What is there already is not downloaded again; an interrupted download goes on where it stopped. Archives are unpacked
 * and kept.
 *
 * @param corpus - a name of the catalogue, or an entry of your own
 * @throws CorpusError when the name is not known, the server cannot be reached or sends something else
 * @throws OutputError when the cache cannot be written
 * @throws the signal's reason when it was aborted
 * @example const { files } = await fetchCorpus("tiny-shakespeare");
 */
export async function fetchCorpus(
  corpus: string | CatalogueEntry,
  options: FetchCorpusOptions = {},
): Promise<FetchedCorpus> {
  const where = options.where ?? "fetchCorpus";
  const entry = typeof corpus === "string" ? catalogueEntry(corpus, where) : corpus;
  const { mkdir } = nodeModule<typeof import("node:fs/promises")>("node:fs/promises");
  const { folder, files } = await cachedFiles(entry, options.cacheFolder);
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw outputFault(folder, where, cause);
  });
  for (const file of entry.files) await fetchFile(file, folder, { ...options, where });
  return { folder, files };
}

/** Where an entry's texts are, or would be, in the cache. */
export async function cachedFiles(entry: CatalogueEntry, cache?: string): Promise<FetchedCorpus> {
  const { join } = nodeModule<typeof import("node:path")>("node:path");
  const folder = join(cache ?? (await cacheFolder()), entry.name);
  return { folder, files: textFilesOf(entry).map((name) => join(folder, name)) };
}

async function fetchFile(
  file: CatalogueFile,
  folder: string,
  options: FetchCorpusOptions & { where: string },
): Promise<void> {
  const { join } = nodeModule<typeof import("node:path")>("node:path");
  const { baseUrl, onProgress, where, signal, fetch } = options;
  const name = lastPart(file.url);
  const path = join(folder, name);
  const url = baseUrl ? `${baseUrl.replace(/\/+$/, "")}/${name}` : file.url;
  const how: DownloadOptions = {
    where,
    ...(signal ? { signal } : {}),
    ...(fetch ? { fetch } : {}),
    ...(onProgress
      ? { onProgress: (received) => onProgress({ file: name, received, total: file.bytes }) }
      : {}),
  };
  await download({ ...file, url, path }, how);
  for (const member of file.members ?? []) await unpack(path, member, join(folder, lastPart(member)), where);
}

/** Unpacks a member beside its archive, unless it is there. It gets its name only when it is whole. */
async function unpack(archive: string, member: string, path: string, where: string): Promise<void> {
  const { access, open, readFile, rename } =
    nodeModule<typeof import("node:fs/promises")>("node:fs/promises");
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (there) return;
  const bytes = await unzip(await readFile(archive), member, `${where}: ${archive}`);
  try {
    const handle = await open(`${path}.part`, "w");
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(`${path}.part`, path);
  } catch (cause) {
    throw outputFault(path, where, cause);
  }
}
