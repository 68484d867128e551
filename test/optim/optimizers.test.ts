import { describe, expect, test } from "vitest";
import { createOptimizer, type OptimizerConfig, restoreState } from "../../src/optim/index.ts";
import { onePair } from "./onePair.ts";

/** Weights [1, -2] after updates with the given gradients, at the optimiser's own rate. */
function after(config: OptimizerConfig, gradients: readonly (readonly number[])[]): number[] {
  const { parameters, setGradient, values } = onePair([1, -2]);
  const optimizer = createOptimizer(config);
  const state = optimizer.init(parameters);
  for (const gradient of gradients) {
    setGradient(gradient);
    optimizer.update(parameters, state, optimizer.config.learningRate);
  }
  return values();
}

function expectNear(actual: readonly number[], expected: readonly number[]): void {
  for (const [k, value] of expected.entries()) expect(actual[k]).toBeCloseTo(value, 12);
}

describe("values computed by hand", () => {
  test("sgd moves against the gradient", () => {
    expectNear(after({ name: "sgd", learningRate: 0.1 }, [[2, -4]]), [0.8, -1.6]);
  });

  test("weight decay adds the weight to the gradient", () => {
    expectNear(after({ name: "sgd", learningRate: 0.1, weightDecay: 0.5 }, [[0, 0]]), [0.95, -1.9]);
  });

  test("momentum keeps a fraction of the last step", () => {
    const config = { name: "sgd", learningRate: 0.1, momentum: 0.5 } as const;
    // v: 1, then 0.5 · 1 + 1 = 1.5
    expectNear(after(config, [[1], [1]].map(pair)), [1 - 0.1 - 0.15, -2 - 0.25]);
  });

  test("nesterov adds the momentum of the step to come", () => {
    const config = { name: "sgd", learningRate: 0.1, momentum: 0.5, nesterov: true } as const;
    // v = 1, step 1 + 0.5 · 1
    expectNear(after(config, [pair([1])]), [1 - 0.15, -2 - 0.15]);
  });

  test("rmsprop divides by the root of the mean square", () => {
    const config = { name: "rmsprop", learningRate: 0.1, alpha: 0.75, epsilon: 1 } as const;
    // v = 0.25 · 16 = 4, step 0.1 · 4 / (2 + 1)
    expectNear(after(config, [pair([4])]), [1 - 0.4 / 3, -2 - 0.4 / 3]);
  });

  test("the first step of adam has the length of the learning rate, whatever the gradient", () => {
    const moved = after({ name: "adam", learningRate: 0.1, epsilon: 1e-300 }, [[1e-6, -1000]]);
    expectNear(moved, [0.9, -1.9]);
  });

  test("adamw shrinks the weight, adam turns the decay into a gradient", () => {
    const decay = { learningRate: 0.1, weightDecay: 0.5, epsilon: 1e-300 };
    expectNear(after({ name: "adamw", ...decay }, [[1, 1]]), [0.95 - 0.1, -1.9 - 0.1]);
    expectNear(after({ name: "adam", ...decay }, [[0, 0]]), [0.9, -1.9]);
  });
});

describe("amsgrad", () => {
  /** Algorithm 2 of the paper with PyTorch's corrections, written out: [weight, m, v, u] after each gradient. */
  function naive(
    gradients: readonly number[],
    { rate, beta1, beta2, decay }: Record<string, number>,
  ): number {
    let [w, m, v, u] = [1, 0, 0, 0] as [number, number, number, number];
    for (const [k, g] of gradients.entries()) {
      const d = g + decay! * w;
      m = beta1! * m + (1 - beta1!) * d;
      v = beta2! * v + (1 - beta2!) * d * d;
      u = Math.max(u, v);
      const [c1, c2] = [1 - beta1! ** (k + 1), 1 - beta2! ** (k + 1)];
      w -= (rate! * (m / c1)) / (Math.sqrt(u / c2) + 1e-8);
    }
    return w;
  }
  // one large gradient among small ones: v falls after it, and its maximum does not
  const gradients = [0.1, -0.3, 5, 0.2, 0.1, -0.1, 0.05, 0.3];
  const run = (name: "adam" | "amsgrad", precision: "float32" | "float64", weightDecay = 0): number => {
    const { parameters, setGradient, values } = onePair([1, 1, 1, 1, 1], precision);
    const optimizer = createOptimizer({ name, learningRate: 0.05, beta2: 0.8, weightDecay });
    const state = optimizer.init(parameters);
    for (const g of gradients) {
      setGradient([g, g, g, g, g]);
      optimizer.update(parameters, state);
    }
    expect(new Set(values()).size).toBe(1);
    return values()[0]!;
  };

  test.each([0, 0.3])("keeps the largest mean square in the root, weight decay %f", (decay) => {
    const expected = naive(gradients, { rate: 0.05, beta1: 0.9, beta2: 0.8, decay });
    expect(run("amsgrad", "float64", decay)).toBeCloseTo(expected, 13);
    expect(run("amsgrad", "float32", decay)).toBeCloseTo(expected, 5);
    expect(Math.abs(run("adam", "float64", decay) - expected)).toBeGreaterThan(0.02);
  });

  test("is adam while the mean square only grows", () => {
    const { parameters, setGradient, values } = onePair([1, -2]);
    const twin = onePair([1, -2]);
    const [a, b] = [createOptimizer({ name: "amsgrad" }), createOptimizer({ name: "adam" })];
    const [stateA, stateB] = [a.init(parameters), b.init(twin.parameters)];
    for (const g of [1, 2, 4]) {
      setGradient([g, -g]);
      twin.setGradient([g, -g]);
      a.update(parameters, stateA);
      b.update(twin.parameters, stateB);
    }
    expectNear(values(), twin.values());
  });
});

const pair = ([g]: readonly number[]): number[] => [g!, g!];

describe("defaults", () => {
  test("are PyTorch's", () => {
    const betas = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    const complete = (name: OptimizerConfig["name"]): unknown => createOptimizer({ name }).config;
    expect(complete("adam")).toEqual({ name: "adam", learningRate: 0.001, ...betas, weightDecay: 0 });
    expect(complete("amsgrad")).toEqual({ name: "amsgrad", learningRate: 0.001, ...betas, weightDecay: 0 });
    expect(complete("adamw")).toEqual({ name: "adamw", learningRate: 0.001, ...betas, weightDecay: 0.01 });
    expect(complete("rmsprop")).toEqual({
      name: "rmsprop",
      learningRate: 0.01,
      alpha: 0.99,
      epsilon: 1e-8,
      weightDecay: 0,
    });
    expect(complete("sgd")).toEqual({
      name: "sgd",
      learningRate: 0.001,
      momentum: 0,
      nesterov: false,
      weightDecay: 0,
    });
  });

  test("a complete configuration survives JSON and makes the same optimiser", () => {
    const { config } = createOptimizer({ name: "adamw", learningRate: 0.02 });
    expect(createOptimizer(JSON.parse(JSON.stringify(config))).config).toEqual(config);
  });
});

describe("state", () => {
  const configs: readonly OptimizerConfig[] = [
    { name: "sgd", momentum: 0.9, nesterov: true, learningRate: 0.1 },
    { name: "rmsprop" },
    { name: "adam", learningRate: 0.01 },
    { name: "adamw", learningRate: 0.01 },
    { name: "amsgrad", learningRate: 0.01 },
  ];
  const gradient = (k: number): number[] => [Math.sin(k + 1), Math.cos(3 * k)];

  test.each(configs)("$name continues to the bit after its state is stored and restored", (config) => {
    const optimizer = createOptimizer(config);
    const run = (
      pairs: ReturnType<typeof onePair>,
      state: ReturnType<typeof optimizer.init>,
      from: number,
      to: number,
    ) => {
      for (let k = from; k < to; k++) {
        pairs.setGradient(gradient(k));
        optimizer.update(pairs.parameters, state, optimizer.config.learningRate);
      }
    };
    const straight = onePair([1, -2], "float32");
    const straightState = optimizer.init(straight.parameters);
    run(straight, straightState, 0, 7);

    const first = onePair([1, -2], "float32");
    const state = optimizer.init(first.parameters);
    run(first, state, 0, 3);
    const stored = {
      updates: state.updates,
      slots: new Map(
        [...state.slots].map(([name, slot]) => [
          name,
          Array.from(first.tape.engine.memory.floats(slot.ptr, slot.size)),
        ]),
      ),
    };
    const second = onePair(first.values(), "float32");
    const restored = optimizer.init(second.parameters);
    restoreState(restored, stored);
    run(second, restored, 3, 7);
    expect(second.values()).toEqual(straight.values());
    expect(restored.updates).toBe(7);
  });

  test("slots are named by role and parameter", () => {
    const { parameters } = onePair([1, 2]);
    const names = (config: OptimizerConfig): string[] => [
      ...createOptimizer(config).init(parameters).slots.keys(),
    ];
    expect(names({ name: "adam" })).toEqual(["m/w", "v/w"]);
    expect(names({ name: "amsgrad" })).toEqual(["m/w", "v/w", "vMax/w"]);
    expect(names({ name: "rmsprop" })).toEqual(["square/w"]);
    expect(names({ name: "sgd", momentum: 0.9 })).toEqual(["momentum/w"]);
    expect(names({ name: "sgd" })).toEqual([]);
  });

  test("a parameter that no gradient has reached stays as it is, weight decay or not", () => {
    const { parameters, values } = onePair([1, -2]);
    const optimizer = createOptimizer({ name: "adamw", weightDecay: 0.5 });
    optimizer.update(parameters, optimizer.init(parameters), 0.1);
    expect(values()).toEqual([1, -2]);
  });

  test("a state of other parameters is refused", () => {
    const { parameters, setGradient } = onePair([1, -2]);
    const optimizer = createOptimizer({ name: "adam" });
    const state = optimizer.init(new Map());
    setGradient([1, 1]);
    expect(() => optimizer.update(parameters, state, 0.1)).toThrow(
      `Optimizer.update: the optimiser's state was made for other parameters. Expected a slot "m/w" with 2 elements, got none. Call optimizer.init again after adding or resizing parameters.`,
    );
  });

  test("a stored state that does not fit is refused and nothing is written", () => {
    const { parameters, tape } = onePair([1, -2]);
    const state = createOptimizer({ name: "adam" }).init(parameters);
    const slots = new Map([
      ["m/w", [5, 5]],
      ["v/w", [1, 2, 3]],
    ]);
    expect(() => restoreState(state, { updates: 1, slots })).toThrow(
      `restoreState: the stored state does not fit this optimiser at "v/w". Expected 2 values, got 3. Restore with the optimiser and the model that the state was stored with.`,
    );
    expect(tape.engine.memory.f[state.slots.get("m/w")!.ptr]).toBe(0);
    expect(() => restoreState(state, { updates: 1, slots: new Map([...slots, ["x", [1]]]) })).toThrow(
      'at "v/w"',
    );
    expect(state.updates).toBe(0);
  });
});

describe("a configuration that cannot be used", () => {
  const message = (config: unknown): string => {
    try {
      createOptimizer(config as OptimizerConfig);
    } catch (error) {
      return (error as Error).message;
    }
    return "accepted";
  };

  test("an unknown name suggests the nearest", () => {
    expect(message({ name: "adma" })).toBe(
      'createOptimizer: name is not known. Expected one of sgd, rmsprop, adam, adamw, amsgrad, got "adma". Did you mean "adam"?',
    );
  });

  test("an unknown key suggests the nearest", () => {
    expect(message({ name: "adam", learningrate: 1 })).toBe(
      'optimizer adam: unknown key "learningrate". Expected keys among name, learningRate, beta1, beta2, epsilon, weightDecay, got "learningrate". Did you mean "learningRate"?',
    );
  });

  test("a key of another optimiser is unknown to this one", () => {
    expect(message({ name: "sgd", beta1: 0.9 })).toContain('optimizer sgd: unknown key "beta1"');
  });

  test("values out of range are named with what was expected", () => {
    expect(message({ name: "adam", beta1: 1 })).toBe(
      "optimizer adam: beta1 must be a fraction below 1. Expected a number in [0, 1): the fraction kept from one update to the next, got 1.",
    );
    expect(message({ name: "sgd", learningRate: "0.1" })).toBe(
      'optimizer sgd: learningRate must be a positive number. Expected a finite number above 0, got "0.1".',
    );
    expect(message({ name: "sgd", nesterov: 1, momentum: 0.9 })).toBe(
      "optimizer sgd: nesterov must be true or false. Expected true or false, got 1.",
    );
    expect(message({ name: "rmsprop", weightDecay: -1 })).toContain(
      "weightDecay must be zero or a positive number",
    );
    expect(message(null)).toContain('For example { name: "adam", learningRate: 0.002 }');
  });

  test("nesterov without momentum is refused", () => {
    expect(message({ name: "sgd", nesterov: true })).toBe(
      "optimizer sgd: nesterov looks ahead along the momentum, and there is none. Expected momentum above 0, got 0. For example { momentum: 0.9, nesterov: true }.",
    );
  });
});
