"use strict";
const fround = Math.fround;
// k0_copy
// x: f32[5], copy: f32[5]
function k0_copy(f32) {
  const x = 0;
  const copy = 96;
  for (let i0 = 0; i0 < 5; i0++) {
    f32[copy + i0] = f32[x + i0];
  }
}
// k1_sum_greaterEqual
// v: f32[5], lanes0: f32[16], limit: f32[1], greaterEqual: bool[1]
function k1_sum_greaterEqual(f32, u8) {
  const v = 112;
  const lanes0 = 80;
  const limit = 32;
  const greaterEqual = 192;
  for (let l0 = 0; l0 < 5; l0++) {
    f32[lanes0 + l0] = fround(0 + f32[v + l0]);
  }
  const r0 = fround(fround(fround(f32[lanes0] + f32[lanes0 + 4]) + f32[lanes0 + 2]) + fround(f32[lanes0 + 1] + f32[lanes0 + 3]));
  u8[greaterEqual] = r0 >= f32[limit] ? 1 : 0;
}
// k2_mul
// v_1: f32[5], mul: f32[5]
function k2_mul(f32) {
  const v_1 = 128;
  const mul = 144;
  for (let i0 = 0; i0 < 5; i0++) {
    f32[mul + i0] = fround(f32[v_1 + i0] * 0.5);
  }
}
// Takes views of the whole arena; returns 0 or the site of a failed check.
function run(f32, f64, i32, u8) {
  k0_copy(f32);
  for (let pass = 0; ; pass++) {
    i32[16] = pass;
    k1_sum_greaterEqual(f32, u8);
    if (!(u8[192] !== 0)) break;
    k2_mul(f32);
  }
  return 0;
}
