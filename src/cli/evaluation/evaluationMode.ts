/** From flags to an evaluation mode, with what has to be fitted or collected first. */
import { ConfigError } from "../../errors.ts";
import {
  cacheDefaults,
  type EvaluateOptions,
  type EvaluationMode,
  type FittedTemperature,
  fitTemperature,
  gradientStatistics,
  type TrainedModel,
} from "../../lm/index.ts";
import { isActive, recurrentDropout } from "../../nn/index.ts";
import type { Part } from "../corpus/parts.ts";
import type { EvalTexts } from "./evalTexts.ts";
import type { ModeFlags } from "./modeFlags.ts";

/** What the mode needs besides the flags. */
export interface ModeSources {
  readonly trained: TrainedModel;
  readonly texts: EvalTexts;
  readonly encode: (part: Part) => Int32Array;
  readonly reading: Pick<EvaluateOptions, "rows" | "carryState" | "sequenceLength">;
  readonly signal: AbortSignal;
  /** Shows how far a preparation is. */
  readonly show: (what: string, share?: number) => void;
}

/** A mode, and where its temperature came from when it was fitted. */
export interface PreparedMode {
  readonly mode: EvaluationMode;
  readonly fitted?: FittedTemperature & { readonly on: string };
}

/** As the help has them: η of the two rules, n. */
const dynamicDefaults = { sgd: 0.1, rms: 1e-4, segment: 20 } as const;
const { size: cacheSize, theta, lambda } = cacheDefaults;
const cacheFlagDefaults = { cacheSize, theta, lambda } as const;

/** Makes the mode. @throws ConfigError when a text that it needs is missing, or nothing is masked */
export async function prepareMode(flags: ModeFlags, sources: ModeSources): Promise<PreparedMode> {
  switch (flags.mode) {
    case "expectation":
      return expectation(flags, sources);
    case "mc":
      return { mode: monteCarlo(flags, sources.trained) };
    case "dynamic":
      return { mode: await dynamic(flags, sources) };
    case "cache": {
      const { cacheSize: size, theta, lambda } = { ...cacheFlagDefaults, ...flags };
      return { mode: { name: "cache", size, theta, lambda } };
    }
  }
}

async function expectation(
  { temperature }: ModeFlags,
  { trained, texts, encode, reading, signal, show }: ModeSources,
): Promise<PreparedMode> {
  if (temperature === undefined) return { mode: { name: "expectation" } };
  if (temperature !== "fit") return { mode: { name: "temperature", temperature } };
  const part = await texts.validation("--temperature fit");
  const what = `fitting the temperature on ${part.source}`;
  show(what);
  const fitted = await fitTemperature(trained.model, encode(part), {
    ...reading,
    signal,
    onReading: (readings) => show(`${what}, reading ${readings}`),
  });
  return {
    mode: { name: "temperature", temperature: fitted.temperature },
    fitted: { ...fitted, on: part.source },
  };
}

function monteCarlo({ passes = 16, mean, dropout, seed }: ModeFlags, trained: TrainedModel): EvaluationMode {
  const masks = dropout === undefined ? trained.dropout : recurrentDropout(dropout);
  if (!Object.values(masks.sites).some((rule) => isActive(rule))) {
    throw new ConfigError("there is nothing to average: no site is masked", {
      where: "--mode mc",
      expected: "a model trained with dropout, or --dropout",
      got:
        Object.keys(masks.sites).length > 0
          ? `dropout ${masks.name}, whose rates end at 0`
          : `dropout ${masks.name}`,
      mend: "For example --mode mc --dropout gal:0.25",
    });
  }
  return {
    name: "monteCarlo",
    passes,
    dropout: masks,
    ...(mean !== undefined && { mean }),
    ...(seed !== undefined && { seed }),
  };
}

async function dynamic(
  { rule = "sgd", learningRate, segment = dynamicDefaults.segment, decay, epsilon }: ModeFlags,
  { trained, texts, encode, signal, show }: ModeSources,
): Promise<EvaluationMode> {
  const mode = {
    name: "dynamic",
    learningRate: learningRate ?? dynamicDefaults[rule],
    segment,
    ...(decay !== undefined && { decay }),
    ...(epsilon !== undefined && { epsilon }),
  } as const;
  if (rule === "sgd") return mode;
  const part = await texts.training("--rule rms");
  const what = `collecting the size of gradients on ${part.source}`;
  const statistics = await gradientStatistics(trained.model, encode(part), {
    segment,
    signal,
    onProgress: (share) => show(what, share),
  });
  return { ...mode, statistics };
}
