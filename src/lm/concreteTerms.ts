/** What of a language model is regularised by its learned rates, and what those rates are. */
import type { Checkpoint } from "../io/index.ts";
import { type ConcreteTerm, presentRates, ratesToLearn, type Site } from "../nn/index.ts";
import type { LanguageModel } from "./languageModel.ts";
import { type ModelConfig, networkShape } from "./modelConfig.ts";
import type { Weights } from "./weights.ts";

/** Rates by site: a number, or one for each layer. */
export type Rates = Partial<Record<Site, number | readonly number[]>>;

/** Each learned rate with the weights that read what it masks. */
export function concreteTerms({ config, rates, parameters, stack }: LanguageModel): ConcreteTerm[] {
  return ratesToLearn(config.dropout, networkShape(config)).map(({ site, layer, name }) => {
    const weight =
      site === "output"
        ? (parameters.get("feedForward.weight") ??
          parameters.get("decoder.weight") ??
          parameters.get("embedding.weight")!) // tied, it has no name of its own
        : parameters.get(`rnn.weight_${site === "recurrent" ? "hh" : "ih"}_l${layer}`)!;
    const masks = config.dropout.sites[site]!.gates === "perGate" ? stack.cell.gates.length : 1;
    return { logit: rates.get(name)!, weight, units: weight.shape[1]! * masks };
  });
}

/**
 * The rates that a model has learned, as fractions dropped; undefined when it learns none.
 * @param weights - to read them from, in the place of those in the model
 * @example learnedRates(model) // { recurrent: [0.21], output: 0.34 }
 */
export function learnedRates({ config, rates }: LanguageModel, weights?: Weights): Rates | undefined {
  return ratesBy(config, (name) => {
    const { tape, ptr } = rates.get(name)!;
    return weights ? weights.get(`dropout.${name}`)![0]! : tape.engine.memory.f[ptr]!;
  });
}

/** The learned rates of the model in a checkpoint, without building it; undefined when it learned none. */
export function storedRates(config: ModelConfig, { tensors }: Checkpoint): Rates | undefined {
  return ratesBy(config, (name) => Number(tensors.get(`model/dropout.${name}`)?.data[0]));
}

function ratesBy(config: ModelConfig, logitOf: (name: string) => number): Rates | undefined {
  const rates = presentRates(logitOf, config.dropout, networkShape(config));
  return Object.keys(rates).length > 0 ? rates : undefined;
}
