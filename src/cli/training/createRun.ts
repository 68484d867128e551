/** A trainer for the texts and options of a command line: a new one, or one that goes on from a checkpoint. */
import { Tape } from "../../autograd/index.ts";
import type { Engine, EngineName } from "../../engine/index.ts";
import { type Checkpoint, readCheckpoint } from "../../io/index.ts";
import {
  checkpointMeta,
  resumeTrainer,
  Trainer,
  type TrainingConfig,
  type TrainingOptions,
  trainingConfig,
} from "../../lm/index.ts";
import { Vocabulary } from "../../text/index.ts";
import { encodePart } from "../corpus/encodePart.ts";
import type { Parts } from "../corpus/parts.ts";
import type { EngineFlags } from "../engine/openEngine.ts";

export interface Run {
  readonly trainer: Trainer;
  /** symbol numbers of the test text */
  readonly test: Int32Array | undefined;
}

interface Encoded {
  readonly train: Int32Array;
  readonly valid: Int32Array | undefined;
  readonly test: Int32Array | undefined;
}

/** Creates the engine of a run, once everything else that can be refused has been read. */
export type OpenEngine = (flags: EngineFlags) => Promise<Engine>;

/**
 * A run that begins.
 * @throws CorpusError when a text is too short or has symbols that the corpus lacks
 * @throws ConfigError when the model does not fit in memory
 */
export async function newRun(
  parts: Parts,
  config: TrainingConfig,
  { open, ...engine }: EngineFlags & { open: OpenEngine },
): Promise<Run> {
  const { tokenizer, minCount } = config;
  // of all parts that are cut from one text, so that no split can make a symbol unknown
  const vocabulary = Vocabulary.fromText(parts.corpus.text, { tokenizer, minCount });
  const { train, valid, test } = encodeParts(vocabulary, parts, {
    whose: "the training text",
    mend: "Train with --min-count 2 or more: rare symbols then share an unknown one; or with --tokenizer byte",
  });
  const tape = new Tape(await open(engine));
  return { trainer: new Trainer({ tape, config, vocabulary, train, valid }), test };
}

/**
 * A run that goes on, on the engine and as many threads as it was begun with, unless others are named.
 * @param given - the options on this command line: limits and intervals may differ, the rest must be as it was
 * @throws CheckpointError when the file is damaged or the training text is another one
 * @throws ConfigError when an option would change what is trained
 */
export async function resumedRun(
  parts: Parts,
  {
    path,
    given,
    open,
    engine,
    threads,
    blas,
  }: EngineFlags & { path: string; given: TrainingOptions; open: OpenEngine },
): Promise<Run> {
  const checkpoint: Checkpoint = await readCheckpoint(path);
  const meta = checkpointMeta(checkpoint, path);
  const { train, valid, test } = encodeParts(meta.vocabulary, parts, {
    whose: `the vocabulary of ${path}`,
    mend: "Resume with the text that it was trained on",
  });
  const asked = trainingConfig({ ...meta.config, ...given }, "train");
  const changes = Object.fromEntries(
    Object.entries(asked).filter(([key]) => given[key as keyof TrainingOptions] !== undefined),
  );
  const tape = new Tape(
    await open({ engine: engine ?? (meta.engine as EngineName), threads: threads ?? meta.threads, blas }),
  );
  return { trainer: resumeTrainer(checkpoint, { tape, train, valid, changes, where: path }), test };
}

function encodeParts(vocabulary: Vocabulary, parts: Parts, words: { whose: string; mend: string }): Encoded {
  const encode = (part: Parts["valid"]): Int32Array | undefined =>
    part && encodePart(vocabulary, part, { command: "train", ...words });
  return { train: encode(parts.train)!, valid: encode(parts.valid), test: encode(parts.test) };
}
