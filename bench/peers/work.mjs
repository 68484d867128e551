/** The work that every program of this folder does, and the random ids it does it on. */

/** Vocabulary, size of the embedding, rows of a batch, steps of a window, learning rate of Adam. */
export const V = 65;
export const D = 64;
export const B = 32;
export const T = 64;
export const learningRate = 1e-3;

/** `count` windows of random ids below `V`, each [rows * (T + 1)], row by row; the same ones in every run. */
export function randomWindows(count, rows = B) {
  let state = 1;
  return Array.from({ length: count }, () =>
    Int32Array.from({ length: rows * (T + 1) }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return (state >>> 8) % V;
    }),
  );
}
