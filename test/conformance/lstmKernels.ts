/** lstmForward, lstmBackward. */
import { expect } from "vitest";
import type { Engine, LstmSequence, Ptr } from "../../src/engine/index.ts";
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

const G = 4;

/** Each noise alone, zoneout on both states, and all of it. */
const noises: readonly (readonly NoiseKind[])[] = [
  ["candidate"],
  ["cell"],
  ["keepCell"],
  ["keepHidden"],
  ["keepCell", "keepHidden"],
  ["candidate", "cell", "keepCell", "keepHidden"],
];

/** The arrays of one sequence. */
interface Arrays {
  readonly gates: Twin;
  readonly wHh: Twin;
  readonly bIh: Twin;
  readonly bHh: Twin;
  readonly hs: Twin;
  readonly cs: Twin;
  readonly mask: TwinMask;
  readonly hMasked: Twin;
  readonly noise: TwinNoise;
  readonly flipout: TwinFlipout | undefined;
  readonly norm: TwinNorm | undefined;
}

/** The same sequence for one engine. */
function sequenceOf({ T, B, H }: SequenceCase, arrays: Arrays, at: (array: Twin) => Ptr): LstmSequence {
  const { gates, wHh, bIh, bHh, hs, cs, mask, hMasked, noise, flipout, norm } = arrays;
  return {
    T,
    B,
    H,
    gates: at(gates),
    wHh: at(wHh),
    bIh: at(bIh),
    bHh: at(bHh),
    hs: at(hs),
    cs: at(cs),
    mask: maskOf(mask, at),
    hMasked: at(hMasked),
    noise: noiseOf(noise, at),
    flipout: flipoutOf(flipout, at),
    norm: norm && normOf(norm, at),
  };
}

function makeArrays(pair: Pair, numbers: Numbers, c: SequenceCase, spoil?: (z: number[]) => void): Arrays {
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
    cs: statesFrom(pair, numbers.uniform(B * H), T),
    mask,
    hMasked: mask.masked > 0 ? pair.output(mask.masked) : none,
    noise: makeNoise(pair, numbers, c),
    flipout: makeFlipout(pair, numbers, c, G, mask),
    norm: c.isNormed ? makeNorm(pair, numbers, c, G) : undefined,
  };
}

export function lstmKernels({ claim, functionError }: Claims): void {
  const numbers = new Numbers("lstm");
  const compare = (pair: Pair, c: SequenceCase, arrays: Readonly<Record<string, Twin>>): void => {
    for (const [name, array] of Object.entries(arrays))
      pair.expectClose(array, sequenceBound(pair, array, c, functionError), name);
  };
  const forward = (pair: Pair, c: SequenceCase, arrays: Arrays): void => {
    pair.run((engine: Engine, at) => engine.lstmForward(sequenceOf(c, arrays, at)));
  };

  const trials: [string, SequenceCase[]][] = [
    ...maskKinds.map((kind): [string, SequenceCase[]] => [`mask: ${kind}`, sequenceCases([kind])]),
    ...noises.map((kinds): [string, SequenceCase[]] => [
      `noise: ${kinds.join(", ")}; masks in turn`,
      sequenceCases(maskKinds, kinds),
    ]),
    ...maskKinds.map((kind): [string, SequenceCase[]] => [
      `flipout; mask: ${kind}`,
      sequenceCases([kind], [], { flipout: true }),
    ]),
    ["flipout under all noise; masks in turn", sequenceCases(maskKinds, noises.at(-1), { flipout: true })],
    [
      "flipout, layer-normalised; masks in turn",
      sequenceCases(maskKinds, [], { flipout: true, isNormed: true }),
    ],
    ...maskKinds.map((kind): [string, SequenceCase[]] => [
      `layer-normalised, mask: ${kind}`,
      sequenceCases([kind], [], { isNormed: true }),
    ]),
    ...noises.map((kinds): [string, SequenceCase[]] => [
      `layer-normalised, noise: ${kinds.join(", ")}; masks in turn`,
      sequenceCases(maskKinds, kinds, { isNormed: true }),
    ]),
  ];
  for (const [name, cases] of trials) {
    claim("lstmForward", name, (pair) => {
      for (const c of cases) {
        pair.trial(showCase(c), () => {
          const arrays = makeArrays(pair, numbers, c);
          const { gates, hs, cs, hMasked, norm } = arrays;
          forward(pair, c, arrays);
          compare(pair, c, { gates, hs, cs, hMasked, ...writtenOf(arrays.flipout), ...written(norm) });
        });
      }
    });

    claim("lstmBackward", name, (pair) => {
      for (const c of cases) pair.trial(showCase(c), () => backwardTrial(pair, c));
    });
  }

  /** Backward alone: both engines get what the reference's forward saved. */
  const backwardTrial = (pair: Pair, c: SequenceCase): void => {
    const { T, B, H, ends } = c;
    const fresh = makeArrays(pair, numbers, c);
    forward(pair, c, fresh);
    const saved = (array: Twin): Twin => (array.size ? pair.input(pair.result(array)) : none);
    const arrays: Arrays = {
      ...fresh,
      gates: saved(fresh.gates),
      hs: saved(fresh.hs),
      cs: saved(fresh.cs),
      hMasked: saved(fresh.hMasked),
      flipout: fresh.flipout && {
        ...fresh.flipout,
        hMasked: saved(fresh.flipout.hMasked),
        candidate: saved(fresh.flipout.candidate),
      },
      norm: fresh.norm && { ...fresh.norm, ...mapped(written(fresh.norm), saved) },
    };
    const state = (given: boolean): number[] => (given ? numbers.uniform(B * H) : []);
    const [dhT, dcT] = [state(ends[0]), state(ends[1])].map((v) => (v.length ? pair.input(v) : none)) as [
      Twin,
      Twin,
    ];
    const [dh0, dc0] = [state(ends[2]), state(ends[3])].map((v) => (v.length ? pair.output(v) : none)) as [
      Twin,
      Twin,
    ];
    const dhs = pair.input(numbers.uniform(T * B * H));
    const dGates = pair.output(T * B * G * H);
    const dMask = maskGradient(pair, numbers, c, arrays.mask);
    const dFlipoutMask = flipoutGradient(pair, numbers, c, arrays.flipout);
    const dProduct = c.isNormed ? pair.output(T * B * G * H) : none;
    const dCell = c.isNormed ? pair.output(T * B * H) : none;
    pair.run((engine: Engine, at) =>
      engine.lstmBackward(sequenceOf(c, arrays, at), {
        dhs: at(dhs),
        dhT: at(dhT),
        dcT: at(dcT),
        dGates: at(dGates),
        dProduct: at(dProduct),
        dCell: at(dCell),
        dh0: at(dh0),
        dMask: at(dMask),
        dFlipoutMask: at(dFlipoutMask),
        dc0: at(dc0),
      }),
    );
    compare(pair, c, { dGates, dProduct, dCell, dh0, dc0, dMask, dFlipoutMask });
  };

  claim("lstmForward", "pre-activations of ±100 saturate without overflow", (pair) => {
    for (const H of [1, 4, 7]) {
      const c: SequenceCase = { ...sequenceCases(["none"])[0]!, T: 3, B: 2, H };
      pair.trial(showCase(c), () => {
        const arrays = makeArrays(pair, numbers, c, (z) => {
          for (let k = 0; k < z.length; k += 2) z[k] = k % 4 ? 100 : -100;
        });
        forward(pair, c, arrays);
        compare(pair, c, { gates: arrays.gates, hs: arrays.hs, cs: arrays.cs });
      });
    }
  });

  claim("lstmForward", "a NaN in one row spoils that row from its step on, and no other", (pair) => {
    for (const H of [1, 5, 8]) {
      const c: SequenceCase = { ...sequenceCases(["none"])[0]!, T: 3, B: 3, H };
      pair.trial(showCase(c), () => {
        const arrays = makeArrays(pair, numbers, c, (z) => {
          z[(1 * 3 + 1) * G * H] = Number.NaN; // step 1, row 1, input gate of unit 0
        });
        forward(pair, c, arrays);
        compare(pair, c, { gates: arrays.gates, hs: arrays.hs, cs: arrays.cs });
        const h = pair.tested.memory.floats(arrays.hs.tested, arrays.hs.size);
        expect(h[(3 * 3 + 1) * H]).toBeNaN();
        expect(h[(3 * 3 + 2) * H]).not.toBeNaN();
      });
    }
  });
}
