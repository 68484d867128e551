/** The text of a study, split 80/10/10, with less of the training part where the study asks for it. */
import { mkdirSync, writeFileSync } from "node:fs";
import { loadCorpus, splitText } from "tidegate";

const SPLIT = [0.8, 0.1, 0.1];

/**
 * What a comparison reads: corpus and split. A shortened text is written into the folder; its validation and test parts are those of
 * the whole text, to the character.
 *
 * @param corpus - a name of `tidegate corpus list` or a path
 * @param share - how much of the training part is kept, from its beginning, in (0, 1]
 */
export async function studyText(corpus, share, folder) {
  if (share === 1) return { corpus: /[/.]/.test(corpus) ? [corpus] : corpus, split: SPLIT };
  const { text } = await loadCorpus(corpus);
  const [train, valid, test] = splitText(text, SPLIT);
  const kept = train.slice(0, Math.round(train.length * share));
  const parts = [kept, valid, test];
  const joined = parts.join("");
  const path = `${folder}/text.txt`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, joined);
  return { corpus: [path], split: parts.map((part) => part.length / joined.length) };
}
