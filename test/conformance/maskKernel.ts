/** drawMask, drawNoise and holdSteps: equal to the reference to the bit. */
import { lengths, Numbers } from "./numbers.ts";
import type { Claims } from "./runConformance.ts";

export function maskKernel({ claim }: Claims): void {
  claim("drawMask", "gives the reference's mask to the bit, for every width, rate and step", (pair) => {
    let turn = 0;
    for (const columns of [...lengths, 15, 16, 17, 130]) {
      for (const rate of [0, 0.1, 0.5, 0.999]) {
        const [steps, rows] = [1 + (turn % 3), 1 + (turn % 4)];
        const key = [0xdeadbeef + turn, 0x80000000 - turn] as const;
        const [counter, lane] = [0xffffffff - turn, turn * 77];
        const kept = turn % 2 ? undefined : 1 + turn;
        turn++;
        pair.trial(`steps=${steps} rows=${rows} columns=${columns} rate=${rate} kept=${kept}`, () => {
          const y = pair.output(steps * rows * columns);
          pair.run((engine, at) =>
            engine.drawMask({ y: at(y), steps, rows, columns, rate, kept, key, counter, lane }),
          );
          pair.expectExact(y, "mask");
        });
      }
    }
  });

  const numbers = new Numbers("noise");
  const quantiles = Float64Array.from(numbers.uniform(32768, 0, 5), (q) => q / 3);

  claim(
    "drawNoise",
    "gives the reference's numbers to the bit, for every width, and leaves what lies between steps",
    (pair) => {
      let turn = 0;
      for (const columns of [...lengths, 15, 16, 17, 24, 130]) {
        for (const [mean, scale] of [
          [1, 0.7],
          [0, 1],
        ] as const) {
          const [steps, rows] = [1 + (turn % 3), 1 + (turn % 4)];
          const stepSize = rows * columns + (turn % 2) * 5;
          const key = [0xdeadbeef + turn, 0x80000000 - turn] as const;
          const [counter, lane] = [0xffffffff - turn, turn * 77];
          turn++;
          pair.trial(`steps=${steps} rows=${rows} columns=${columns} mean=${mean}`, () => {
            const y = pair.output(numbers.uniform(steps * stepSize));
            pair.run((engine, at) =>
              engine.drawNoise({
                y: at(y),
                steps,
                stepSize,
                rows,
                columns,
                quantiles,
                mean,
                scale,
                key,
                counter,
                lane,
              }),
            );
            pair.expectExact(y, "noise");
          });
        }
      }
    },
  );

  claim("holdSteps", "keeps what is not fresh, however long", (pair) => {
    for (const size of [...lengths, 70]) {
      for (const steps of [1, 2, 7]) {
        pair.trial(`steps=${steps} size=${size}`, () => {
          const fresh = pair.input(numbers.mask(steps * size));
          const y = pair.output(numbers.uniform(steps * size));
          pair.run((engine, at) => engine.holdSteps(steps, size, at(fresh), at(y)));
          pair.expectExact(y, "y");
        });
      }
    }
  });
}
