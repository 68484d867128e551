/** drawMask: equal to the reference to the bit. */
import { lengths } from "./numbers.ts";
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
}
