/** tidegate corpus list */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, catalogue, corpusNames } from "../../text/index.ts";
import { createConsole } from "../terminal/console.ts";
import { bytes } from "../terminal/numbers.ts";
import { table } from "../terminal/table.ts";

interface Row {
  readonly name: string;
  readonly title: string;
  /** of the download, in bytes; null for what needs none */
  readonly bytes: number | null;
  readonly licence: string;
  readonly where: string;
}

/** Lists the corpora that can be named. */
export async function listCorpora({ json }: { readonly json?: boolean }): Promise<void> {
  const console = createConsole(json);
  const cache = await cacheFolder();
  const rows = corpusNames().map((name) => rowOf(name, cache));
  const columns = [
    { heading: "name" },
    { heading: "download", align: "right" as const },
    { heading: "where" },
    { heading: "what" },
    { heading: "licence" },
  ];
  console.result(
    ...table(
      columns,
      rows.map((row) => [
        row.name,
        row.bytes === null ? "-" : bytes(row.bytes),
        row.where,
        row.title,
        row.licence,
      ]),
    ),
  );
  console.json({ corpora: rows });
}

function rowOf(name: string, cache: string): Row {
  const entry = catalogue.find((one) => one.name === name);
  if (!entry) return ownRow(name);
  const size = entry.files.reduce((sum, file) => sum + file.bytes, 0);
  const folder = join(cache, name);
  const isThere = entry.files.every(({ url }) =>
    existsSync(join(folder, url.slice(url.lastIndexOf("/") + 1))),
  );
  const where = isThere ? folder : `tidegate corpus fetch ${name}`;
  return { name, title: entry.title, bytes: size, licence: entry.licence, where };
}

/** What comes with the package or is computed. */
function ownRow(name: string): Row {
  const isGenerated = name !== "tideland";
  return {
    name,
    title: isGenerated ? "generated text with a known entropy rate" : "original prose and dialogue",
    bytes: null,
    licence: "CC0 1.0",
    where: isGenerated ? "generated" : "in the package",
  };
}
