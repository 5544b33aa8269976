"use strict";
const wordsI32 = new Int32Array(2);
const wordsF32 = new Float32Array(wordsI32.buffer);
const wordsF64 = new Float64Array(wordsI32.buffer);
function lowWord(x) {
  wordsF64[0] = x;
  return wordsI32[0];
}
function highWord(x) {
  wordsF64[0] = x;
  return wordsI32[1];
}
function makeF64(high, low) {
  wordsI32[1] = high;
  wordsI32[0] = low;
  return wordsF64[0];
}
const fround = Math.fround;
function fusedF32(a, b, c) {
  const t0 = a * b;
  const t1 = c;
  const t2 = t0 + t1;
  const t3 = t2 - t0;
  const t4 = t0 - (t2 - t3) + (t1 - t3);
  const t5 = t4 > 0;
  const t6 = lowWord(t2);
  const t7 = highWord(t2);
  return fround((t4 < 0 || t5) && (t6 & 1) === 0 ? !(t5 !== t2 > 0) ? makeF64(t7, t6 | 1) : makeF64(t7 - (t6 === 0 ? 1 : 0) | 0, t6 - 1 | 0) : t2);
}
function saturateI32(x) {
  return Math.max(-2147483648, Math.min(x, 2147483647)) | 0;
}
// row sums
// a: f32[8], b: f32[8], rows: f32[2]
function row_sums(f32, i32, byteOffset0) {
  const a = 4;
  const b = byteOffset0 >>> 2;
  const rows = 40;
  for (let j = 0; j < 2; j++) {
    const a_j = a + 4 * j;
    // each row
    let total = 0;
    for (let i = 0; i < 4; i++) {
      total = fusedF32(f32[a_j + i], f32[b + i], total);
    }
    if (!(total < 1000)) {
      i32[2] = saturateI32(total);
      return 7;
    }
    f32[rows + j] = total;
  }
  return 0;
}
// Takes views of the whole arena; returns 0 or the site of a failed check.
function run(f32, f64, i32, u8, byteOffset0) {
  let site = 0;
  site = row_sums(f32, i32, byteOffset0);
  if (site !== 0) {
    return site;
  }
  return 0;
}
