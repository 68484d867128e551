/** What every optimiser is: rules without memory, and a state beside them that a checkpoint can store. */
import type { Tensor } from "../autograd/index.ts";
import type { OptimizerConfig } from "./optimizerConfig.ts";
import type { Parameters } from "./parameters.ts";

/**
 * What an optimiser remembers between updates. To store it, write `updates` and the values of every slot; to restore it,
 * see `restoreState`. Its tensors outlive every step.
 */
export interface OptimizerState {
  /** Updates made so far. */
  updates: number;
  /** Running means by role and parameter, for example "m/weight_ih_l0". Empty for plain SGD. */
  readonly slots: ReadonlyMap<string, Tensor>;
}

/**
 * An optimiser: a value made of its configuration only, which may serve many models at once.
 *
 * @example
 * const optimizer = createOptimizer({ name: "adam", learningRate: 0.002 });
 * const state = optimizer.init(parameters);
 * // each update: clearGradients(parameters); forward; tape.backward(loss); then
 * optimizer.update(parameters, state);
 */
export interface Optimizer<Config extends OptimizerConfig = OptimizerConfig> {
  /** The configuration with every default filled in. */
  readonly config: Required<Config>;
  /** A state before the first update. */
  init(parameters: Parameters): OptimizerState;
  /**
   * Moves every parameter along its gradient, in place. A parameter that no gradient has ever reached stays as it is.
   *
   * @param learningRate - of this update, as a schedule says it. Default `config.learningRate`
   * @throws ConfigError when the state was made for other parameters
   */
  update(parameters: Parameters, state: OptimizerState, learningRate?: number): void;
}
