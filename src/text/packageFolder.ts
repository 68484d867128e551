/**
 * Where this package lies on the disk: the built code sits at another depth than the source, so the folder is looked for.
 */

import { CorpusError } from "../errors.ts";
import { nodeModule } from "./nodeModule.ts";

/**
 * The folder above this file whose package.json is named tidegate.
 *
 * @throws CorpusError when there is none, as in a bundle that left the package's files behind
 */
export async function packageFolder(where: string): Promise<string> {
  const [{ readFile }, { dirname, join }, { fileURLToPath }] = [
    nodeModule<typeof import("node:fs/promises")>("node:fs/promises"),
    nodeModule<typeof import("node:path")>("node:path"),
    nodeModule<typeof import("node:url")>("node:url"),
  ] as const;
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    const json = await readFile(join(folder, "package.json"), "utf8").catch(() => "{}");
    if ((JSON.parse(json) as { name?: unknown }).name === "tidegate") return folder;
    if (dirname(folder) === folder) break;
  }
  throw new CorpusError("the package's own corpora cannot be found", {
    where,
    expected: "a package.json named tidegate above the code",
    got: `none above ${start}`,
    mend: "Name a text file of your own",
  });
}
