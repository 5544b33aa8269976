"use strict";
const fround = Math.fround;
function pmax(a, b) {
  return a < b ? b : a;
}
// multiply+relu: train.ts:12, train.ts:13
// a: f32[8], b: f32[8], c: f32[8]
function multiply_relu(f32, byteOffset0) {
  const a = 4;
  const b = byteOffset0 >>> 2;
  const c = 28;
  for (let i = 0; i < 8; i++) {
    f32[c + i] = pmax(fround(f32[a + i] * f32[b + i]), 0);
  }
}
// Takes views of the whole arena; returns 0 or the site of a failed check.
function run(f32, f64, i32, u8, byteOffset0) {
  multiply_relu(f32, byteOffset0);
  return 0;
}
