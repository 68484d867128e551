/** The cells of the stack hand all that a pass has to their operations. */
import { describe, expect, test } from "vitest";
import { gruSequence, lstmSequence, type Shape, Tape, type Tensor } from "../../src/autograd/index.ts";
import { ConfigError } from "../../src/errors.ts";
import type { CellPass } from "../../src/nn/cells/cell.ts";
import { gruCell } from "../../src/nn/cells/gru.ts";
import { lstmCell } from "../../src/nn/cells/lstm.ts";
import { engineUnderTest } from "../gradients/engineUnderTest.ts";
import { numbers, valuesOf } from "../gradients/numbers.ts";

const [T, B, D, H] = [3, 2, 5, 4] as const;

/** A pass with everything in it that both cells take. */
function passOf(tape: Tape, G: number): CellPass & { state: { h: Tensor } } {
  const random = numbers("cells");
  const tensor = (shape: Shape): Tensor => tape.tensor(random(shape, 0, 1), shape);
  return {
    x: tensor([T, B, D]),
    state: { h: tensor([B, H]) },
    weights: {
      wIh: tensor([G * H, D]),
      wHh: tensor([G * H, H]),
      bIh: tensor([G * H]),
      bHh: tensor([G * H]),
    },
    inputMask: tensor([1, 1, B, D]),
    recurrentMask: tensor([T, G, B, H]),
    candidateMask: tensor([1, B, H]),
    keepHidden: tensor([T, B, H]),
  };
}

test("lstm: masks and noise reach the operation, each of them", () => {
  const tape = new Tape(engineUnderTest());
  tape.step(() => {
    const common = passOf(tape, 4);
    const c0 = tape.tensor(numbers("c0")([B, H]), [B, H]);
    const state = { h: common.state.h, c: c0 };
    const factors = tape.tensor(numbers("factors")([T, B, H], 0, 1), [T, B, H]);
    const pass: CellPass = { ...common, state, cellMask: factors, keepCell: factors };
    const { weights, state: _, ...rest } = pass;
    const { y, h, c } = lstmSequence({ ...rest, ...weights, h0: state.h, c0 });
    const got = lstmCell.run(pass);
    expect(valuesOf(got.y)).toEqual(valuesOf(y));
    expect([got.state.h, got.state.c!].map(valuesOf)).toEqual([h, c].map(valuesOf));
    for (const name of ["inputMask", "recurrentMask", "candidateMask", "cellMask", "keepCell", "keepHidden"])
      expect(valuesOf(lstmCell.run({ ...pass, [name]: undefined }).y), name).not.toEqual(valuesOf(y));
  });
});

describe.each([true, false])("gru, resetAfter %s", (resetAfter) => {
  test("masks and noise reach the operation, each of them", () => {
    const tape = new Tape(engineUnderTest());
    tape.step(() => {
      const pass = passOf(tape, 3);
      const { weights, state, ...rest } = pass;
      const { y, h } = gruSequence({ ...rest, ...weights, h0: state.h, resetAfter });
      const got = gruCell(resetAfter).run(pass);
      expect([got.y, got.state.h].map(valuesOf)).toEqual([y, h].map(valuesOf));
      for (const name of ["inputMask", "recurrentMask", "candidateMask", "keepHidden"])
        expect(valuesOf(gruCell(resetAfter).run({ ...pass, [name]: undefined }).y), name).not.toEqual(
          valuesOf(y),
        );
    });
  });

  test("noise on a cell state, which it has not, is refused", () => {
    const tape = new Tape(engineUnderTest());
    tape.step(() => {
      for (const name of ["cellMask", "keepCell"])
        expect(() => gruCell(resetAfter).run({ ...passOf(tape, 3), [name]: tape.zeros([1, B, H]) })).toThrow(
          new ConfigError(`${name} is given, and this cell has no c`, {
            where: "gruSequence",
            expected: "candidateMask or keepHidden, or an LSTM",
            got: "a tensor [1, 2, 4]",
          }),
        );
    });
  });
});
