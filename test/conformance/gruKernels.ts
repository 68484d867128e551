/** gruForward, gruBackward; reset-after and reset-before. */
import { expect } from "vitest";
import type { Engine, GruSequence, Ptr } from "../../src/engine/index.ts";
import { flipoutGradient, flipoutOf, makeFlipout, type TwinFlipout, writtenOf } from "./flipoutSides.ts";
import { Numbers } from "./numbers.ts";
import { none, type Pair, type Twin } from "./pair.ts";
import type { Claims } from "./runConformance.ts";
import {
  contractive,
  makeMask,
  makeNoise,
  makeNorm,
  mapped,
  maskGradient,
  maskKinds,
  maskOf,
  type NoiseKind,
  noiseOf,
  normOf,
  type SequenceCase,
  sequenceBound,
  sequenceCases,
  showCase,
  statesFrom,
  type TwinMask,
  type TwinNoise,
  type TwinNorm,
  written,
} from "./sequences.ts";

const G = 3;

/** Each noise alone, and both. */
const noises: readonly (readonly NoiseKind[])[] = [
  ["candidate"],
  ["keepHidden"],
  ["candidate", "keepHidden"],
];

/** The arrays of one sequence. */
interface Arrays {
  readonly gates: Twin;
  readonly wHh: Twin;
  readonly bIh: Twin;
  readonly bHh: Twin;
  readonly hs: Twin;
  readonly mask: TwinMask;
  readonly hMasked: Twin;
  readonly noise: TwinNoise;
  readonly flipout: TwinFlipout | undefined;
  readonly candidate: Twin;
  readonly resetAfter: boolean;
  readonly norm: TwinNorm | undefined;
}

/** The same sequence for one engine. */
function sequenceOf({ T, B, H }: SequenceCase, arrays: Arrays, at: (array: Twin) => Ptr): GruSequence {
  const { gates, wHh, bIh, bHh, hs, mask, hMasked, noise, flipout, candidate, resetAfter, norm } = arrays;
  return {
    T,
    B,
    H,
    gates: at(gates),
    wHh: at(wHh),
    bIh: at(bIh),
    bHh: at(bHh),
    hs: at(hs),
    mask: maskOf(mask, at),
    hMasked: at(hMasked),
    noise: noiseOf(noise, at),
    flipout: flipoutOf(flipout, at),
    candidate: at(candidate),
    resetAfter,
    norm: norm && normOf(norm, at),
  };
}

interface Cell {
  readonly resetAfter: boolean;
  readonly spoil?: (z: number[]) => void;
}

function makeArrays(pair: Pair, numbers: Numbers, c: SequenceCase, { resetAfter, spoil }: Cell): Arrays {
  const { T, B, H, withBiases } = c;
  const mask = makeMask(pair, numbers, c, G);
  const z = numbers.uniform(T * B * G * H, -3, 3);
  spoil?.(z);
  return {
    gates: pair.output(z),
    wHh: pair.input(
      c.isNormed ? numbers.uniform(G * H * mask.columns) : contractive(numbers, G, H, mask.columns),
    ),
    bIh: withBiases ? pair.input(numbers.uniform(G * H)) : none,
    bHh: withBiases ? pair.input(numbers.uniform(G * H)) : none,
    hs: statesFrom(pair, numbers.uniform(B * H), T),
    mask,
    hMasked: mask.masked > 0 ? pair.output(mask.masked) : none,
    noise: makeNoise(pair, numbers, c),
    flipout: makeFlipout(pair, numbers, c, G, mask, !resetAfter),
    candidate: pair.output(T * B * H),
    resetAfter,
    norm: c.isNormed ? makeNorm(pair, numbers, c, G) : undefined,
  };
}

export function gruKernels({ claim, functionError }: Claims): void {
  const numbers = new Numbers("gru");
  const compare = (pair: Pair, c: SequenceCase, arrays: Readonly<Record<string, Twin>>): void => {
    for (const [name, array] of Object.entries(arrays))
      pair.expectClose(array, sequenceBound(pair, array, c, functionError), name);
  };
  const forward = (pair: Pair, c: SequenceCase, arrays: Arrays): void => {
    pair.run((engine: Engine, at) => engine.gruForward(sequenceOf(c, arrays, at)));
  };

  const normed: [string, SequenceCase[]][] = [
    ...[[], ...noises].map((noise): [string, SequenceCase[]] => [
      `layer-normalised, noise: ${noise.join(", ") || "none"}; masks in turn`,
      sequenceCases(maskKinds, noise, { isNormed: true }),
    ]),
    [
      "flipout, layer-normalised; masks in turn",
      sequenceCases(maskKinds, [], { flipout: true, isNormed: true }),
    ],
  ];

  for (const resetAfter of [true, false]) {
    const cell = resetAfter ? "reset-after" : "reset-before";
    const kinds = maskKinds.filter((kind) => resetAfter || kind !== "kept units"); // see RecurrentMask
    const trials: [string, SequenceCase[]][] = [
      ...kinds.map((kind): [string, SequenceCase[]] => [`mask: ${kind}`, sequenceCases([kind])]),
      ...noises.map((noise): [string, SequenceCase[]] => [
        `noise: ${noise.join(", ")}; masks in turn`,
        sequenceCases(kinds, noise),
      ]),
      ...kinds.map((kind): [string, SequenceCase[]] => [
        `flipout; mask: ${kind}`,
        sequenceCases([kind], [], { flipout: true }),
      ]),
      ["flipout under all noise; masks in turn", sequenceCases(kinds, noises.at(-1), { flipout: true })],
      ...(resetAfter ? normed : []),
    ];
    for (const [name, cases] of trials) {
      claim("gruForward", `${cell}, ${name}`, (pair) => {
        for (const c of cases) {
          pair.trial(showCase(c), () => {
            const arrays = makeArrays(pair, numbers, c, { resetAfter });
            const { gates, hs, candidate, hMasked, norm } = arrays;
            forward(pair, c, arrays);
            compare(pair, c, {
              gates,
              hs,
              candidate,
              hMasked,
              ...writtenOf(arrays.flipout),
              ...written(norm),
            });
          });
        }
      });

      claim("gruBackward", `${cell}, ${name}`, (pair) => {
        for (const c of cases) pair.trial(showCase(c), () => backwardTrial(pair, c, resetAfter));
      });
    }

    claim("gruForward", `${cell}: ±100 saturates, a NaN spoils its own row only`, (pair) => {
      for (const H of [1, 5, 8]) {
        const c: SequenceCase = { ...sequenceCases(["none"])[0]!, T: 3, B: 3, H };
        pair.trial(showCase(c), () => {
          const spoil = (z: number[]): void => {
            for (let k = 0; k < z.length; k += 2) z[k] = k % 4 ? 100 : -100;
            z[(1 * 3 + 1) * G * H] = Number.NaN; // step 1, row 1, reset gate of unit 0
          };
          const arrays = makeArrays(pair, numbers, c, { resetAfter, spoil });
          forward(pair, c, arrays);
          compare(pair, c, { gates: arrays.gates, hs: arrays.hs, candidate: arrays.candidate });
          const h = pair.tested.memory.floats(arrays.hs.tested, arrays.hs.size);
          expect(h[(3 * 3 + 1) * H]).toBeNaN();
          expect(h[(3 * 3 + 2) * H]).not.toBeNaN();
        });
      }
    });
  }

  /** Backward alone: both engines get what the reference's forward saved. */
  const backwardTrial = (pair: Pair, c: SequenceCase, resetAfter: boolean): void => {
    const { T, B, H, ends } = c;
    const fresh = makeArrays(pair, numbers, c, { resetAfter });
    forward(pair, c, fresh);
    const saved = (array: Twin): Twin => (array.size ? pair.input(pair.result(array)) : none);
    const arrays: Arrays = {
      ...fresh,
      gates: saved(fresh.gates),
      hs: saved(fresh.hs),
      candidate: saved(fresh.candidate),
      hMasked: saved(fresh.hMasked),
      flipout: fresh.flipout && {
        ...fresh.flipout,
        hMasked: saved(fresh.flipout.hMasked),
        candidate: saved(fresh.flipout.candidate),
      },
      norm: fresh.norm && { ...fresh.norm, ...mapped(written(fresh.norm), saved) },
    };
    const dhT = ends[0] ? pair.input(numbers.uniform(B * H)) : none;
    const dh0 = ends[2] ? pair.output(numbers.uniform(B * H)) : none;
    const dhs = pair.input(numbers.uniform(T * B * H));
    const dMask = maskGradient(pair, numbers, c, arrays.mask);
    const dFlipoutMask = flipoutGradient(pair, numbers, c, arrays.flipout);
    const [dGates, dRecurrent] = [pair.output(T * B * G * H), pair.output(T * B * G * H)];
    const dProduct = c.isNormed ? pair.output(T * B * G * H) : none;
    pair.run((engine: Engine, at) =>
      engine.gruBackward(sequenceOf(c, arrays, at), {
        dhs: at(dhs),
        dhT: at(dhT),
        dGates: at(dGates),
        dRecurrent: at(dRecurrent),
        dProduct: at(dProduct),
        dh0: at(dh0),
        dMask: at(dMask),
        dFlipoutMask: at(dFlipoutMask),
      }),
    );
    compare(pair, c, { dGates, dRecurrent, dProduct, dh0, dMask, dFlipoutMask });
  };
}
