/** Training steps of every engine, thread count and dropout at one cell and size, in turns, beside matrix products. */
import { median, medianRatio, takeTurns } from "./rounds.mjs";
import { startVariants } from "./startVariant.mjs";

/** Side of the square matrix product that rates are a share of. */
export const PRODUCT = 1024;

/**
 * Starts what each pair of engine and threads multiplies with; one more for the BLAS where it is not among the engines.
 * @returns products that run here, and in a line each why others do not
 */
export async function startProducts(engines, threadCounts, expected) {
  const names = engines.includes("blas") ? engines : [...engines, "blas"];
  const specs = threadCounts.flatMap((threads) =>
    names.map((engine) => ({ what: "sgemm", engine, threads })),
  );
  const started = await startVariants(specs, expected);
  return {
    products: started.filter((variant) => variant.ready),
    missing: started
      .filter((variant) => !variant.ready)
      .map(({ spec, absent }) => `${spec.engine} on ${spec.threads} thread(s) left out: ${absent}`),
  };
}

/**
 * Times one cell and size.
 *
 * @param products - from `startProducts`, those of `engines` and of the BLAS
 * @returns a row for each variant: rates per second as medians over rounds, ratios as medians of ratios of one round
 */
export async function timeTraining({ cell, hiddenSize, engines, dropouts }, products, pace, expected) {
  const specs = products
    .filter(({ spec }) => engines.includes(spec.engine))
    .flatMap(({ spec: { engine, threads } }) =>
      dropouts.map((dropout) => ({ what: "step", engine, threads, dropout, cell, hiddenSize })),
    );
  const steps = await startVariants(specs, expected);
  const inTurn = products.flatMap((product) => [
    product,
    ...steps.filter(({ spec }) => sameMachine(spec, product.spec)),
  ]);
  const { rates, disturbed, counted } = await takeTurns(inTurn, pace);
  const find = (wanted) =>
    rates[
      inTurn.findIndex(({ spec }) => Object.entries(wanted).every(([key, value]) => spec[key] === value))
    ];
  const rows = [];
  for (const { spec, flop, stop } of steps) {
    const { engine, threads, dropout } = spec;
    const chars = find(spec);
    const own = find({ what: "sgemm", engine, threads });
    const blas = find({ what: "sgemm", engine: "blas", threads });
    rows.push({
      engine,
      threads,
      cell,
      hiddenSize,
      dropout,
      charsPerSecond: median(chars),
      best: Math.max(...chars),
      gflops: (median(chars) * flop) / 1e9,
      ownProductGflops: median(own) / 1e9,
      ofOwnProduct: medianRatio(chars, own, flop),
      blasProductGflops: blas && median(blas) / 1e9,
      ofBlasProduct: medianRatio(chars, blas, flop),
      againstNone: medianRatio(chars, find({ what: "step", engine, threads, dropout: "none" })),
      againstOneThread: medianRatio(chars, find({ what: "step", engine, threads: 1, dropout })),
      peakMegabytes: (await stop()).peak,
    });
  }
  return { rows, disturbed, counted };
}

function sameMachine(a, b) {
  return a.engine === b.engine && a.threads === b.threads;
}
