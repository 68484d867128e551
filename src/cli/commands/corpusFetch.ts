/** tidegate corpus fetch */
import { type FetchProgress, fetchCorpus } from "../../text/index.ts";
import { Interrupted } from "../exitCodes.ts";
import { listenForInterrupt } from "../interrupt.ts";
import { bar } from "../terminal/bar.ts";
import { createConsole } from "../terminal/console.ts";
import { bytes } from "../terminal/numbers.ts";

/** Downloads a corpus of the catalogue. */
export async function fetchNamedCorpus(
  name: string,
  { baseUrl, json }: { readonly baseUrl?: string; readonly json?: boolean },
): Promise<void> {
  const console = createConsole(json);
  const { notes } = console;
  const interrupt = listenForInterrupt(() => {});
  const { signal } = interrupt;
  let file = "";
  const onProgress = (progress: FetchProgress): void => {
    if (progress.file !== file) notes.print(`fetching ${progress.file}, ${bytes(progress.total)}`);
    file = progress.file;
    notes.set([[`${bar(progress.received / progress.total)} ${bytes(progress.received)}`]]);
  };
  try {
    const options = {
      signal,
      onProgress,
      where: "corpus fetch",
      ...(baseUrl === undefined ? {} : { baseUrl }),
    };
    const { folder, files } = await fetchCorpus(name, options);
    notes.clear();
    console.result(...files);
    console.json({ name, folder, files });
  } catch (error) {
    notes.clear();
    if (!signal.aborted) throw error;
    notes.print("Stopped. The same command goes on with the download.");
    throw new Interrupted();
  } finally {
    interrupt.release();
  }
}
