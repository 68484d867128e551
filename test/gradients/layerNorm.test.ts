/** layerNorm, and normalised cells where their input is a table or ids, and under Flipout, by central differences. */
import { describe, test } from "vitest";
import {
  embeddedIds,
  gruSequence,
  keptUnits,
  layerNorm,
  lstmSequence,
  type Shape,
  type Tape,
  type Tensor,
} from "../../src/autograd/index.ts";
import { checkGradients, type Input } from "./checkGradients.ts";
import { numbers } from "./numbers.ts";

const random = numbers("layer normalisation gradients");
const input = (shape: Shape): Input => ({ shape, values: random(shape) });

describe("layerNorm", () => {
  test.each([
    ["plain", {}],
    ["with a gain", { gain: input([7]) }],
    ["with a bias", { bias: input([7]) }],
    ["with both", { gain: input([7]), bias: input([7]) }],
  ])("%s, rows of 7", (_, parameters: Record<string, Input>) => {
    checkGradients({ x: input([2, 3, 7]), ...parameters }, ({ x, ...rest }) => layerNorm(x!, rest));
  });
  test("ε of another size, on a matrix of one row", () => {
    checkGradients({ x: input([1, 5]) }, ({ x }) => layerNorm(x!, { epsilon: 0.3 }));
  });
});

const [T, B, V, D, H] = [4, 3, 5, 3, 4];

const cells = [
  { name: "lstmSequence", G: 4 },
  { name: "gruSequence", G: 3 },
] as const;
type Cell = (typeof cells)[number];

function inputs({ G }: Cell): Record<string, Input> {
  return {
    ...{ table: input([V, D]), wIh: input([G * H, D]), wHh: input([G * H, H]) },
    ...{ bIh: input([G * H]), bHh: input([G * H]), gainIh: input([G * H]), gainHh: input([G * H]) },
    ...(G === 4 ? { gainC: input([H]), biasC: input([H]) } : {}),
  };
}

type Given = Parameters<typeof lstmSequence>[0];
/** y of a normalised cell; the gains are among the tensors. */
function run({ G }: Cell, tensors: Record<string, Tensor>, rest: Partial<Given>): Tensor {
  const { table: _, gainIh, gainHh, gainC, biasC, ...weights } = tensors;
  const layerNorm = { gainIh: gainIh!, gainHh: gainHh!, gainC: gainC!, biasC: biasC!, epsilon: 0.05 };
  const given = { ...weights, ...rest, layerNorm } as Given;
  return G === 4 ? lstmSequence(given).y : gruSequence(given).y;
}

describe.each(cells)("a normalised $name", (cell) => {
  const ids = random([T * B]).map((u) => Math.floor(((u + 1) / 2) * V));
  const idsOf = (tape: Tape) => tape.ids(ids, [T, B]);
  const factors = random([T, B]).map((u) => (u < -0.4 ? 0 : 1.5));

  test("a table whose projections are normalised once for each symbol", () => {
    checkGradients(inputs(cell), (tensors, tape) =>
      run(cell, tensors, { x: embeddedIds(tensors["table"]!, idsOf(tape)) }),
    );
  });

  test("a table under a mask of kept units", () => {
    checkGradients(inputs(cell), (tensors, tape) =>
      run(cell, tensors, {
        x: embeddedIds(tensors["table"]!, idsOf(tape)),
        inputMask: keptUnits(tape, [0, 2], D, 1.5),
      }),
    );
  });

  test("a table with factors, some of them 0, which are normalised at every position", () => {
    checkGradients(inputs(cell), (tensors, tape) =>
      run(cell, tensors, {
        x: embeddedIds(tensors["table"]!, idsOf(tape), tape.tensor(factors, [T, B])),
      }),
    );
  });

  test("Flipout on both weights: the sum of both products is normalised", () => {
    const { G } = cell;
    const signs = (shape: Shape): Input => ({ shape, values: random(shape).map(Math.sign) });
    const [rIn, sIn, rRec, sRec] = [signs([B, G * H]), signs([B, D]), signs([B, G * H]), signs([B, H])];
    const { table: _, ...weights } = inputs(cell);
    const all = { ...weights, x: input([T, B, D]), deltaIh: input([G * H, D]), deltaHh: input([G * H, H]) };
    checkGradients(all as Record<string, Input>, (tensors, tape) => {
      const { deltaIh, deltaHh, ...rest } = tensors;
      const side = (delta: Tensor, r: Input, s: Input) => ({
        delta,
        outputSigns: tape.tensor(r.values, r.shape),
        inputSigns: tape.tensor(s.values, s.shape),
      });
      return run(cell, rest, {
        inputFlipout: side(deltaIh!, rIn, sIn),
        recurrentFlipout: side(deltaHh!, rRec, sRec),
      });
    });
  });
});
