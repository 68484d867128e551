/**
 * Reverse-mode differentiation over a tape of coarse operations.
 *
 * An op computes its output with kernels, and records a closure that turns the gradient of its output into gradients of
 * its inputs. `backward` runs the closures in reverse. Convention: every gradient accumulates (`+=`) into an array that
 * starts at zero: for a step's tensors with the step, for parameters when the optimiser clears them.
 */
import type { Engine, Ptr, StepMark } from "../engine/index.ts";
import { LifetimeError, ShapeError } from "../errors.ts";
import { checkLength, checkNumbers, checkShape } from "./checkValues.ts";
import { Ids, type Shape, showShape, sizeOf, Tensor } from "./tensor.ts";

/** One open or ended step. */
export interface Scope {
  open: boolean;
  readonly mark: StepMark;
  readonly records: number; // length of the tape when the step began
}

interface Record {
  readonly outputs: readonly Tensor[];
  readonly backward: () => void;
}

/**
 * Where tensors come from and where operations on them are recorded.
 *
 * @example
 * const tape = new Tape(await createEngine());
 * const w = tape.parameter([2], [1, 2]);
 * await tape.step(async () => {
 *   const loss = sum(mul(w, w));
 *   tape.backward(loss);
 *   console.log(await loss.item(), await w.gradientData()); // 5, [2, 4]
 * });
 */
export class Tape {
  readonly engine: Engine;
  readonly #records: Record[] = [];
  readonly #scopes: Scope[] = [];
  #paused = 0;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /**
   * Runs `body` as one step: every tensor made inside vanishes at its end, whether it returns, throws or rejects.
   * Steps nest; two asynchronous steps may not overlap.
   */
  step<T>(body: () => T): T {
    const scope: Scope = { open: true, mark: this.engine.memory.mark(), records: this.#records.length };
    this.#scopes.push(scope);
    let result: T;
    try {
      result = body();
    } catch (error) {
      this.#close(scope);
      throw error;
    }
    if (result instanceof Promise) return result.finally(() => this.#close(scope)) as T;
    this.#close(scope);
    return result;
  }

  /** Runs `body` without recording: its results need no gradient. */
  noGrad<T>(body: () => T): T {
    this.#paused++;
    const resume = (): void => {
      this.#paused--;
    };
    let result: T;
    try {
      result = body();
    } catch (error) {
      resume();
      throw error;
    }
    if (result instanceof Promise) return result.finally(resume) as T;
    resume();
    return result;
  }

  /** Whether operations are being recorded. */
  get isRecording(): boolean {
    return this.#paused === 0;
  }

  /** Whether `scope` is the innermost open step. */
  isCurrent(scope: Scope | undefined): boolean {
    return scope !== undefined && this.#scopes.at(-1) === scope;
  }

  /** A constant of this step. */
  tensor(values: ArrayLike<number>, shape: Shape = [values.length]): Tensor {
    const tensor = this.#allocate("Tape.tensor", shape, false);
    this.#write("Tape.tensor", tensor, values);
    return tensor;
  }

  /** A step's tensor to differentiate by, such as an input whose gradient is wanted. */
  variable(values: ArrayLike<number>, shape: Shape = [values.length]): Tensor {
    const tensor = this.#allocate("Tape.variable", shape, true);
    this.#write("Tape.variable", tensor, values);
    return tensor;
  }

  /** Zeros of this step. */
  zeros(shape: Shape): Tensor {
    const tensor = this.#allocate("Tape.zeros", shape, false);
    this.engine.fill(tensor.size, tensor.ptr, 0);
    return tensor;
  }

  /** Integers of this step, for embedding and cross-entropy. */
  ids(values: ArrayLike<number>, shape: Shape = [values.length]): Ids {
    const scope = this.#scope("Tape.ids");
    checkShape("Tape.ids", shape);
    checkLength("Tape.ids", shape, values.length);
    checkNumbers("Tape.ids", values, Number.isInteger, "integers");
    const ptr = this.engine.memory.step(values.length);
    this.engine.memory.ints(ptr, values.length).set(values);
    return new Ids(shape, ptr, scope);
  }

  /** A trainable tensor that outlives every step. */
  parameter(shape: Shape, values?: ArrayLike<number>): Tensor {
    return this.#persistent("Tape.parameter", shape, values, true);
  }

  /** A constant that outlives every step, such as a carried state. */
  constant(shape: Shape, values?: ArrayLike<number>): Tensor {
    return this.#persistent("Tape.constant", shape, values, false);
  }

  /** A copy of `x` that outlives its step, without its history. */
  keep(x: Tensor): Tensor {
    const kept = this.constant(x.shape);
    this.engine.scale(x.size, 1, x.ptr, kept.ptr);
    return kept;
  }

  /** Copies the values of `source` into the persistent tensor `target`. */
  assign(target: Tensor, source: Tensor | ArrayLike<number>): void {
    if (source instanceof Tensor) {
      checkLength("Tape.assign", target.shape, source.size);
      this.engine.scale(source.size, 1, source.ptr, target.ptr);
    } else this.#write("Tape.assign", target, source);
  }

  /** Gives back the memory of a persistent tensor and its gradient; it must not be used again. */
  release(tensor: Tensor): void {
    if (!tensor.isPersistent) return;
    this.engine.memory.release(tensor.ptr, tensor.size);
    if (tensor.gradientPtr) this.engine.memory.release(tensor.gradientPtr, tensor.size);
  }

  /** For ops: whether the result of an operation on `inputs` needs a gradient, so that its backward needs what it saves. */
  needsGradient(inputs: readonly (Tensor | undefined)[]): boolean {
    if (inputs.some((input) => input && input.tape !== this)) {
      throw new LifetimeError("tensors of two tapes meet in one operation", {
        where: "Tape",
        mend: "Make all of them with one tape; values go from one to another by await t.data()",
      });
    }
    return this.isRecording && inputs.some((input) => input?.requiresGrad);
  }

  /** For ops: the result of an operation on `inputs`, not yet computed. */
  output(shape: Shape, inputs: readonly (Tensor | undefined)[]): Tensor {
    return this.#allocate("Tape.output", shape, this.needsGradient(inputs));
  }

  /**
   * For ops: a result of an operation on `inputs` whose values are already in memory at `ptr`, such as a part of an input
   * or of a scratch array. It shares those values and has a gradient of its own, which the op must pass on.
   */
  view(ptr: Ptr, shape: Shape, inputs: readonly (Tensor | undefined)[]): Tensor {
    const scope = this.#scope("Tape.view");
    checkShape("Tape.view", shape);
    return new Tensor(this, shape, ptr, this.needsGradient(inputs), scope);
  }

  /** For ops: `n` elements of the open step, not zeroed, for what is not a tensor of its own. */
  scratch(n: number): Ptr {
    this.#scope("Tape.scratch");
    return this.engine.memory.step(n);
  }

  /** For ops: remembers how the gradients of `outputs` flow back. Nothing is kept when no output needs a gradient. */
  record(outputs: readonly Tensor[], backward: () => void): void {
    if (outputs.some((output) => output.requiresGrad)) this.#records.push({ outputs, backward });
  }

  /**
   * Computes the gradient of `loss` with respect to every tensor that requires one. Gradients of parameters and variables
   * add to what is there; those of the tensors in between start anew, so that a step may go backward from several losses.
   *
   * @param loss - a tensor with one element, made in the open step
   * @param seed - the gradient of the loss itself. Default 1
   * @throws ShapeError when `loss` has more than one element
   */
  backward(loss: Tensor, seed = 1): void {
    if (loss.size !== 1) {
      throw new ShapeError("backward starts from a single number", {
        where: "Tape.backward",
        expected: "a loss with one element",
        got: `shape ${showShape(loss.shape)}`,
        mend: "Reduce it first with sum or mean",
      });
    }
    if (!loss.requiresGrad) {
      throw new LifetimeError("the loss does not depend on anything that requires a gradient", {
        where: "Tape.backward",
        mend: "Compute it inside the step, from parameters, and not under noGrad",
      });
    }
    for (const { outputs } of this.#records) for (const output of outputs) output.forgetGradient();
    this.engine.fill(1, loss.gradient(), seed);
    for (let k = this.#records.length - 1; k >= 0; k--) {
      const { outputs, backward } = this.#records[k]!;
      if (outputs.some((output) => output.gradientPtr !== 0)) backward();
    }
  }

  #scope(where: string): Scope {
    const scope = this.#scopes.at(-1);
    if (scope) return scope;
    throw new LifetimeError("no step is open", {
      where,
      mend: "Wrap the computation: tape.step(() => ...); for what must outlive it use tape.parameter or tape.constant",
    });
  }

  #allocate(where: string, shape: Shape, requiresGrad: boolean): Tensor {
    const scope = this.#scope(where);
    checkShape(where, shape);
    return new Tensor(this, shape, this.engine.memory.step(sizeOf(shape)), requiresGrad, scope);
  }

  #persistent(
    where: string,
    shape: Shape,
    values: ArrayLike<number> | undefined,
    requiresGrad: boolean,
  ): Tensor {
    checkShape(where, shape);
    const tensor = new Tensor(
      this,
      shape,
      this.engine.memory.persistent(sizeOf(shape)),
      requiresGrad,
      undefined,
    );
    if (values) this.#write(where, tensor, values);
    return tensor;
  }

  #write(where: string, tensor: Tensor, values: ArrayLike<number>): void {
    checkLength(where, tensor.shape, values.length);
    checkNumbers(where, values, (value) => typeof value === "number", "numbers");
    this.engine.memory.floats(tensor.ptr, tensor.size).set(values);
  }

  #close(scope: Scope): void {
    scope.open = false;
    if (this.#scopes.at(-1) !== scope) {
      // Its place in the list stays until the steps above it have closed: their memory lies after its own.
      throw new LifetimeError("two asynchronous steps overlapped", {
        where: "Tape.step",
        mend: "Await one step before the next begins",
      });
    }
    for (let top = this.#scopes.at(-1); top && !top.open; top = this.#scopes.at(-1)) {
      this.#scopes.pop();
      this.#records.length = top.records;
      this.engine.memory.rewind(top.mark);
    }
  }
}
