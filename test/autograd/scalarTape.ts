/**
 * A second, independent way to differentiate: a tape of single numbers, in the style of Karpathy's micrograd.
 * Slow and obvious. It shares no line with src/ and knows nothing of tensors, kernels or masks.
 */

/** One number, how it depends on its parents, and the gradient of the loss by it. */
export class Scalar {
  grad = 0;
  readonly value: number;
  readonly #parents: readonly (readonly [parent: Scalar, slope: number])[];

  constructor(value: number, parents: readonly (readonly [Scalar, number])[] = []) {
    this.value = value;
    this.#parents = parents;
  }

  plus(other: Scalar): Scalar {
    return new Scalar(this.value + other.value, [
      [this, 1],
      [other, 1],
    ]);
  }

  times(other: Scalar): Scalar {
    return new Scalar(this.value * other.value, [
      [this, other.value],
      [other, this.value],
    ]);
  }

  sigmoid(): Scalar {
    const s = 1 / (1 + Math.exp(-this.value));
    return new Scalar(s, [[this, s * (1 - s)]]);
  }

  tanh(): Scalar {
    const t = Math.tanh(this.value);
    return new Scalar(t, [[this, 1 - t * t]]);
  }

  exp(): Scalar {
    const e = Math.exp(this.value);
    return new Scalar(e, [[this, e]]);
  }

  log(): Scalar {
    return new Scalar(Math.log(this.value), [[this, 1 / this.value]]);
  }

  /** Fills `grad` of everything this number depends on. */
  backward(): void {
    const order: Scalar[] = [];
    const seen = new Set<Scalar>();
    const visit = (node: Scalar): void => {
      if (seen.has(node)) return;
      seen.add(node);
      for (const [parent] of node.#parents) visit(parent);
      order.push(node);
    };
    visit(this);
    this.grad = 1;
    for (const node of order.reverse())
      for (const [parent, slope] of node.#parents) parent.grad += slope * node.grad;
  }
}

/** Σ of numbers. */
export function total(terms: readonly Scalar[]): Scalar {
  return terms.reduce((a, b) => a.plus(b), new Scalar(0));
}

/** Σ a_k b_k */
export function dot(a: readonly Scalar[], b: readonly Scalar[]): Scalar {
  return total(a.map((x, k) => x.times(b[k]!)));
}

/** -ln softmax(logits)[target], in nats. */
export function crossEntropyOf(logits: readonly Scalar[], target: number): Scalar {
  const minusOne = new Scalar(-1);
  return total(logits.map((z) => z.exp()))
    .log()
    .plus(logits[target]!.times(minusOne));
}

/** One LSTM step for one row; rows of the weights are grouped by gate, i|f|g|o. */
export function lstmStep(
  x: readonly Scalar[],
  h: readonly Scalar[],
  c: readonly Scalar[],
  weights: { wIh: Scalar[][]; wHh: Scalar[][]; bIh: Scalar[]; bHh: Scalar[] },
): { h: Scalar[]; c: Scalar[] } {
  const H = h.length;
  const z = weights.wIh.map((row, k) =>
    dot(row, x).plus(dot(weights.wHh[k]!, h)).plus(weights.bIh[k]!).plus(weights.bHh[k]!),
  );
  const cell = c.map((previous, j) => {
    const [i, f, g] = [z[j]!.sigmoid(), z[H + j]!.sigmoid(), z[2 * H + j]!.tanh()];
    return f.times(previous).plus(i.times(g));
  });
  return { h: cell.map((value, j) => z[3 * H + j]!.sigmoid().times(value.tanh())), c: cell };
}
