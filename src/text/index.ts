/** Characters to integers: vocabularies, texts, splits, stateful batches and corpora. */

export { type BracketLanguage, type BracketOptions, bracketLanguage } from "./brackets.ts";
export { cacheFolder } from "./cacheFolder.ts";
export { type CatalogueEntry, type CatalogueFile, catalogue, catalogueEntry } from "./catalogue.ts";
export { type Corpus, corpusNames, type LoadCorpusOptions, loadCorpus } from "./corpusByName.ts";
export {
  type FetchCorpusOptions,
  type FetchedCorpus,
  type FetchProgress,
  fetchCorpus,
} from "./fetchCorpus.ts";
export { type MarkovOptions, type MarkovSource, markovSource } from "./markov.ts";
export { type ReadText, type ReadTextOptions, readText, type TextSource } from "./readText.ts";
export type { Tokenizer } from "./segment.ts";
export { parseSplit, splitText } from "./split.ts";
export {
  type Batch,
  type EvaluationStreams,
  evaluationStreams,
  NOT_SCORED,
  type TrainingStreams,
  trainingStreams,
} from "./streams.ts";
export type { SymbolDecoder } from "./symbolDecoder.ts";
export type { SyntheticSource } from "./syntheticSource.ts";
export { UNKNOWN_SYMBOL, Vocabulary, type VocabularyOptions } from "./vocabulary.ts";
export type { VocabularyJson } from "./vocabularyJson.ts";
export { type WindowPlan, type WindowsConfig, windowPlan, windowsConfig } from "./windows.ts";
