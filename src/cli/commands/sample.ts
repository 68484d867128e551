/** tidegate sample */
import { randomInt } from "node:crypto";
import type { EngineName, Seed } from "../../engine/index.ts";
import { sample } from "../../lm/index.ts";
import { encodeText } from "../corpus/encodePart.ts";
import { Interrupted } from "../exitCodes.ts";
import { listenForInterrupt } from "../interrupt.ts";
import { createConsole } from "../terminal/console.ts";
import { openModel } from "./openModel.ts";

export interface SampleFlags {
  readonly length: number;
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly prime: string;
  readonly seed?: Seed;
  readonly engine?: EngineName;
  readonly json?: boolean;
}

/** Writes text with a trained model, as it comes. */
export async function sampleCheckpoint(checkpoint: string, flags: SampleFlags): Promise<void> {
  const { length, temperature, topK, topP, prime, seed = randomInt(2 ** 31), json = false } = flags;
  const console = createConsole(json);
  const { notes, colour, json: printJson } = console;
  // a step of one row is not shared out
  const { model, vocabulary } = await openModel(checkpoint, { engine: flags.engine, threads: 1 }, console);
  encodeText(
    vocabulary,
    { text: prime, source: "the prime text" },
    {
      command: "sample",
      whose: `the vocabulary of ${checkpoint}`,
      mend: "Use symbols that the training text had",
    },
  );
  const interrupt = listenForInterrupt(() => {});
  const { signal } = interrupt;
  let text = "";
  try {
    const characters = sample(model, vocabulary, { length, temperature, topK, topP, prime, seed, signal });
    if (!json) notes.print(colour("dim", `seed ${seed}`));
    if (!json) process.stdout.write(prime);
    for await (const character of characters) {
      if (json) text += character;
      else process.stdout.write(character);
    }
    if (!json) process.stdout.write("\n");
  } catch (error) {
    if (!signal.aborted) throw error;
    if (!json) process.stdout.write("\n");
    throw new Interrupted();
  } finally {
    interrupt.release();
  }
  printJson({ checkpoint, prime, text, length, temperature, topK, topP, seed });
}
