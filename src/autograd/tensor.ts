/** A tensor: a shape over an array in the engine's memory, and perhaps a gradient beside it. */
import type { Ptr } from "../engine/index.ts";
import { LifetimeError, ShapeError } from "../errors.ts";
import type { Scope, Tape } from "./tape.ts";

/** The sizes of a tensor's axes; [] is a scalar. */
export type Shape = readonly number[];

/**
 * A float tensor, row-major. Made by a tape or by an op, never with `new`.
 *
 * Values are read asynchronously (`await t.data()`), so that an engine on another device can answer in its own time.
 * A tensor made inside `tape.step` vanishes with that step; using it afterwards throws a LifetimeError.
 */
export class Tensor {
  readonly tape: Tape;
  readonly shape: Shape;
  /** Number of elements. */
  readonly size: number;
  /** Whether `backward` computes a gradient for it. */
  readonly requiresGrad: boolean;
  readonly #ptr: Ptr;
  readonly #scope: Scope | undefined;
  #gradient: Ptr = 0;

  /** @internal */
  constructor(tape: Tape, shape: Shape, ptr: Ptr, requiresGrad: boolean, scope: Scope | undefined) {
    this.tape = tape;
    this.shape = shape;
    this.size = sizeOf(shape);
    this.#ptr = ptr;
    this.requiresGrad = requiresGrad;
    this.#scope = scope;
  }

  /** Where the values are; throws a LifetimeError after the tensor's step has ended. */
  get ptr(): Ptr {
    if (this.#scope && !this.#scope.open) {
      throw new LifetimeError(
        `a tensor of shape ${showShape(this.shape)} was used after its step had ended`,
        {
          where: "Tensor",
          mend: "Read it inside the step (await t.data()), or copy it into a tensor that stays: tape.keep(t)",
        },
      );
    }
    return this.#ptr;
  }

  /** true for parameters and kept tensors, which outlive every step. */
  get isPersistent(): boolean {
    return this.#scope === undefined;
  }

  /** Where the gradient is; 0 when nothing has flowed here yet. */
  get gradientPtr(): Ptr {
    return this.#gradient;
  }

  /** The gradient's array, made of zeros at first use. Ops add to it (`+=`). */
  gradient(): Ptr {
    if (this.#gradient === 0) {
      const { memory } = this.tape.engine;
      if (this.isPersistent) this.#gradient = memory.persistent(this.size);
      else {
        if (!this.tape.isCurrent(this.#scope)) {
          throw new LifetimeError(
            `the gradient of a tensor of shape ${showShape(this.shape)} was asked for inside a nested step`,
            {
              where: "Tensor.gradient",
              mend: "Call backward in the step in which the tensor was made",
            },
          );
        }
        this.#gradient = memory.step(this.size);
        this.tape.engine.fill(this.size, this.#gradient, 0);
      }
    }
    return this.#gradient;
  }

  /** @internal For the tape: the next use of the gradient starts from zeros. Its memory goes with the step. */
  forgetGradient(): void {
    this.#gradient = 0;
  }

  /** A copy of the values. */
  async data(): Promise<Float32Array> {
    return Float32Array.from(this.tape.engine.memory.floats(this.ptr, this.size));
  }

  /** The one value of a tensor with one element. */
  async item(): Promise<number> {
    if (this.size !== 1) {
      throw new ShapeError("item() reads a single number", {
        where: "Tensor.item",
        expected: "a tensor with one element",
        got: `shape ${showShape(this.shape)}`,
        mend: "Use data(), or reduce it first",
      });
    }
    return this.tape.engine.memory.f[this.ptr]!;
  }

  /** A copy of the gradient; zeros when nothing has flowed here. */
  async gradientData(): Promise<Float32Array> {
    void this.ptr; // the gradient lives as long as the tensor
    if (this.#gradient === 0) return new Float32Array(this.size);
    return Float32Array.from(this.tape.engine.memory.floats(this.#gradient, this.size));
  }
}

/** Integers of a step, such as symbol ids; they have no gradient. Made by `tape.ids`, never with `new`. */
export class Ids {
  readonly shape: Shape;
  /** Number of elements. */
  readonly size: number;
  readonly #ptr: Ptr;
  readonly #scope: Scope;

  /** @internal */
  constructor(shape: Shape, ptr: Ptr, scope: Scope) {
    this.shape = shape;
    this.size = sizeOf(shape);
    this.#ptr = ptr;
    this.#scope = scope;
  }

  /** Where the integers are; throws a LifetimeError after their step has ended. */
  get ptr(): Ptr {
    if (!this.#scope.open) {
      throw new LifetimeError(`ids of shape ${showShape(this.shape)} were used after their step had ended`, {
        where: "Ids",
        mend: "Make them anew in each step: tape.ids(values, shape)",
      });
    }
    return this.#ptr;
  }
}

/** Number of elements of a shape. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** "[2, 3]" */
export function showShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** "[T=2, B=3]" when the axes have letters. */
export function showAxes(letters: readonly string[], shape: Shape): string {
  return `[${shape.map((size, axis) => `${letters[axis] ?? "?"}=${size}`).join(", ")}]`;
}
