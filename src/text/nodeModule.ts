/** Node's modules for reading and downloading texts. */
import { hostModule } from "../engine/index.ts";
import { CorpusError } from "../errors.ts";

/** A built-in module. @throws CorpusError where there is none, in a browser */
export function nodeModule<T extends object>(name: `node:${string}`): T {
  const found = hostModule<T>(name);
  if (found) return found;
  throw new CorpusError("this runtime has no files", {
    where: "tidegate/text",
    expected: "Node 20.19 or newer",
    got: "a browser or another runtime",
    mend: "In a browser, give the text itself to Vocabulary.fromText",
  });
}
