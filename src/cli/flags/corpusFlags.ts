/** tidegate corpus list | fetch | info: arguments, flags, help. */
import type { Command } from "commander";

const examples = `
Examples:
  tidegate corpus list
  tidegate corpus fetch tiny-shakespeare
  tidegate corpus info markov
  tidegate corpus info novel.txt --json

Downloads are kept in TIDEGATE_CACHE, else in the cache folder of the system.`;

/** Adds the command. */
export function addCorpusCommand(program: Command): void {
  const corpus = program
    .command("corpus")
    .summary("corpora: list, fetch, info")
    .description("Corpora that can be named instead of a path.")
    .addHelpText("after", examples);
  corpus
    .command("list")
    .description("List the corpora, with sizes, licences and where they are.")
    .option("--json", "print them as a JSON object")
    .action(async (flags) => {
      const { listCorpora } = await import("../commands/corpusList.ts");
      await listCorpora(flags);
    });
  corpus
    .command("fetch")
    .description("Download a corpus; an interrupted download goes on where it stopped.")
    .argument("<name>", "as in the list")
    .option("--base-url <url>", "a mirror, instead of the usual address")
    .option("--json", "print where its files are as a JSON object")
    .action(async (name: string, flags) => {
      const { fetchNamedCorpus } = await import("../commands/corpusFetch.ts");
      await fetchNamedCorpus(name, flags);
    });
  corpus
    .command("info")
    .description("Print size, symbols, split and, for generated text, the entropy rate.")
    .argument("<corpus...>", "a name as in the list, or paths")
    .option("--json", "print it as a JSON object")
    .action(async (named: string[], flags) => {
      const { corpusInfo } = await import("../commands/corpusInfo.ts");
      await corpusInfo(named, flags);
    });
}
