/** Turning a matrix in blocks of four by four. */

/** y[m, n] = x[n, m] for x [N, M] and y [M, N] with rows of ldx and ldy floats */
export function transpose(N: i32, M: i32, x: usize, ldxElements: i32, y: usize, ldyElements: i32): void {
  const ldx = <usize>ldxElements * 4, ldy = <usize>ldyElements * 4;
  let m = 0;
  for (; m + 4 <= M; m += 4) {
    const to = y + <usize>m * ldy, from = x + <usize>m * 4;
    let n = 0;
    for (; n + 4 <= N; n += 4) transpose4(from + <usize>n * ldx, ldx, to + <usize>n * 4, ldy);
    for (; n < N; n++) for (let j: usize = 0; j < 4; j++) put(from + <usize>n * ldx + j * 4, to + j * ldy + <usize>n * 4);
  }
  for (; m < M; m++) for (let n = 0; n < N; n++) put(x + <usize>n * ldx + <usize>m * 4, y + <usize>m * ldy + <usize>n * 4);
}

// @ts-ignore: decorator
@inline
function put(from: usize, to: usize): void {
  f32.store(to, f32.load(from));
}

/** Four rows of four, ldx bytes apart, become four columns, ldy bytes apart. */
// @ts-ignore: decorator
@inline
export function transpose4(from: usize, ldx: usize, to: usize, ldy: usize): void {
  const r0 = v128.load(from), r1 = v128.load(from + ldx), r2 = v128.load(from + 2 * ldx), r3 = v128.load(from + 3 * ldx);
  const p = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), q = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const u = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7), v = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(p, q, 0, 1, 4, 5));
  v128.store(to + ldy, v128.shuffle<f32>(p, q, 2, 3, 6, 7));
  v128.store(to + 2 * ldy, v128.shuffle<f32>(u, v, 0, 1, 4, 5));
  v128.store(to + 3 * ldy, v128.shuffle<f32>(u, v, 2, 3, 6, 7));
}
