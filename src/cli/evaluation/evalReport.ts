/** The result of an evaluation as lines and as a JSON object. */
import type { Evaluation, EvaluationMode } from "../../lm/index.ts";
import { fixed, significant, whole } from "../terminal/numbers.ts";
import type { PreparedMode } from "./evaluationMode.ts";

/** Words of the text, and the perplexity per one of them. */
export interface Words {
  readonly words: number;
  readonly perplexityPerWord: number;
}

/** After how many characters the state began anew; undefined: it was carried. */
export interface ResetEvery {
  readonly resetEvery: number | undefined;
}

/** Names and values, for a table of facts. */
export function evalFacts(
  evaluation: Evaluation,
  { mode, fitted, resetEvery }: PreparedMode & ResetEvery,
  words: Words | undefined,
): (readonly [string, string])[] {
  const { chars, nats, bitsPerChar, perplexity, predictiveEntropy, mutualInformation } = evaluation;
  const facts: (readonly [string, string])[] = [
    ["characters", whole(chars)],
    ["nats/char", fixed(nats, 4)],
    ["bits/char", fixed(bitsPerChar, 4)],
    ["perplexity", `${fixed(perplexity, 4)} per character`],
  ];
  if (words)
    facts.push(["per word", `${fixed(words.perplexityPerWord, 2)} over ${whole(words.words)} words`]);
  if (predictiveEntropy !== undefined)
    facts.push(["predictive entropy", `${fixed(predictiveEntropy, 4)} nats/char`]);
  if (mutualInformation !== undefined)
    facts.push(["mutual information", `${fixed(mutualInformation, 4)} nats/char`]);
  facts.push([
    "mode",
    `${modeWords(mode)}${resetEvery === undefined ? "" : `, from the zero state every ${resetEvery} characters`}`,
  ]);
  if (fitted)
    facts.push([
      "fitted on",
      `${fitted.on}: ${fixed(fitted.nats, 4)} nats/char, at temperature 1 ${fixed(fitted.natsBefore, 4)}`,
    ]);
  return facts;
}

/** The keys of the JSON object: the result's, and those of the mode under the names of its flags. */
export function evalJson(
  checkpoint: string,
  evaluation: Evaluation,
  { mode, fitted, resetEvery }: PreparedMode & ResetEvery,
  words: Words | undefined,
): object {
  const { mode: _, ...numbers } = evaluation;
  return {
    checkpoint,
    ...numbers,
    ...modeJson(mode),
    ...(resetEvery && { resetEvery }),
    ...(fitted && { fitted }),
    ...words,
  };
}

function modeWords(mode: EvaluationMode): string {
  switch (mode.name) {
    case "expectation":
      return "expectation";
    case "temperature":
      return `expectation at temperature ${significant(mode.temperature)}`;
    case "monteCarlo": {
      const mean = meanName(mode.mean);
      return `Monte-Carlo dropout, ${mode.passes} passes${mean === "arithmetic" ? "" : `, ${mean} mean`}`;
    }
    case "dynamic": {
      const { statistics, learningRate, segment, decay = 0 } = mode;
      const rule = statistics ? "RMS" : "SGD";
      return `dynamic, ${rule} at ${significant(learningRate)} every ${segment}, decay ${significant(decay)}`;
    }
    case "cache": {
      const { size, theta, lambda } = mode;
      return `neural cache of ${size}, theta ${significant(theta ?? 0)}, lambda ${significant(lambda ?? 0)}`;
    }
  }
}

function modeJson(mode: EvaluationMode): object {
  switch (mode.name) {
    case "expectation":
      return { mode: "expectation" };
    case "temperature":
      return { mode: "expectation", temperature: mode.temperature };
    case "monteCarlo":
      return { mode: "mc", passes: mode.passes, mean: meanName(mode.mean) };
    case "dynamic": {
      const { statistics, learningRate, segment, decay = 0 } = mode;
      return { mode: "dynamic", rule: statistics ? "rms" : "sgd", learningRate, segment, decay };
    }
    case "cache":
      return { mode: "cache", cacheSize: mode.size, theta: mode.theta, lambda: mode.lambda };
  }
}

/** As the flag has it: "power:0.5" */
function meanName(mean: Extract<EvaluationMode, { name: "monteCarlo" }>["mean"] = "arithmetic"): string {
  return typeof mean === "string" ? mean : `power:${mean.power}`;
}
