/** Optimisers as plain JSON, so that an experiment file or a checkpoint can hold them. */

/** Stochastic gradient descent; see sgd.ts. */
export interface SgdConfig {
  readonly name: "sgd";
  /** step per unit of gradient, per update. Default 0.001 */
  readonly learningRate?: number;
  /** fraction of the last step that is kept, in [0, 1). Default 0 */
  readonly momentum?: number;
  /** look ahead along the momentum; needs momentum above 0. Default false */
  readonly nesterov?: boolean;
  /** L2 penalty: this times the weight is added to the gradient. Default 0 */
  readonly weightDecay?: number;
}

/** RMSprop; see rmsprop.ts. */
export interface RmspropConfig {
  readonly name: "rmsprop";
  /** step size per update. Default 0.01 */
  readonly learningRate?: number;
  /** fraction of the running mean square that is kept per update, in [0, 1). Default 0.99 */
  readonly alpha?: number;
  /** added to the root of the mean square. Default 1e-8 */
  readonly epsilon?: number;
  /** L2 penalty: this times the weight is added to the gradient. Default 0 */
  readonly weightDecay?: number;
}

/** Adam, and AdamW or AMSGrad when the name says so; see adam.ts. */
export interface AdamConfig {
  readonly name: "adam" | "adamw" | "amsgrad";
  /** step size per update. Default 0.001 */
  readonly learningRate?: number;
  /** fraction of the running mean that is kept per update, in [0, 1). Default 0.9 */
  readonly beta1?: number;
  /** fraction of the running mean square that is kept per update, in [0, 1). Default 0.999 */
  readonly beta2?: number;
  /** added to the root of the mean square. Default 1e-8 */
  readonly epsilon?: number;
  /** adam, amsgrad: L2 penalty, default 0. adamw: fraction of the weight taken off per unit of learning rate, default 0.01 */
  readonly weightDecay?: number;
}

/** An optimiser as plain JSON; what is left out takes PyTorch's default. */
export type OptimizerConfig = SgdConfig | RmspropConfig | AdamConfig;
