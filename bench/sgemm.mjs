/** The rate of an engine's own matrix product: what every other figure is a share of. */

/** A function that runs one square product of size n and returns its floating-point operations. */
export function sgemm(engine, n = 1024) {
  const { memory } = engine;
  const [a, b, c] = [0, 1, 2].map(() => memory.persistent(n * n));
  for (const p of [a, b])
    memory.floats(p, n * n).set(Array.from({ length: n * n }, (_, k) => ((k * 7919) % 1000) / 1000 - 0.5));
  return () => {
    engine.gemm(false, false, n, n, n, a, n, b, n, c, n, false);
    return 2 * n ** 3;
  };
}
