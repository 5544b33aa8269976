import { bool, f32, f64, i32, u8 } from '../host-array.ts'
import type { SamplesOf } from './sample.ts'

const none = {}
const inf = Infinity
const matrix = f32([2, 3], 1, 2, 3, 4, 5, 6)
/** A key, and a counter about to carry into its high word. */
const state = i32([4], 42, -7, -2, 5)
const column = f32([2, 1], 10, 20)

export const structureSamples = {
  iota: [
    { operands: [], attrs: { shape: [2, 3], axis: 1, dtype: 'float32' }, expected: f32([2, 3], 0, 1, 2, 0, 1, 2) },
    { operands: [], attrs: { shape: [2, 2], axis: 0, dtype: 'int32' }, expected: i32([2, 2], 0, 0, 1, 1) },
    { operands: [], attrs: { shape: [0], axis: 0, dtype: 'float64' }, expected: f64([0]) },
  ],
  oneHot: [
    { operands: [i32([2], 2, 0)], attrs: { depth: 3, dtype: 'float32' }, expected: f32([2, 3], 0, 0, 1, 1, 0, 0) },
    { operands: [i32([], 1)], attrs: { depth: 2, dtype: 'bool' }, expected: bool([2], 0, 1) },
  ],
  gather: [
    { operands: [matrix, i32([3], 1, 0, -1)], attrs: { axis: 0 }, expected: f32([3, 3], 4, 5, 6, 1, 2, 3, 4, 5, 6) },
    { operands: [matrix, i32([2, 1], -3, 2)], attrs: { axis: 1 }, expected: f32([2, 2, 1], 1, 3, 4, 6) },
    { operands: [u8([3], 7, 8, 9), i32([], 2)], attrs: { axis: 0 }, expected: u8([], 9) },
  ],
  assertion: [
    { operands: [bool([2], 1, 1)], attrs: { test: 'true', message: 'so it is' }, expected: bool([2], 1, 1) },
    { operands: [bool([], 1)], attrs: { test: 'true', message: 'so it is' }, expected: bool([], 1) },
    { operands: [matrix], attrs: { test: 'finite', message: 'x' }, expected: bool([2, 3], 1, 1, 1, 1, 1, 1) },
    { operands: [f64([2], -0, 1e308)], attrs: { test: 'finite', message: 'x' }, expected: bool([2], 1, 1) },
    { operands: [f32([0])], attrs: { test: 'finite', message: 'x' }, expected: bool([0]) },
    { operands: [f64([2], -3, NaN)], attrs: { test: 'pivot', message: 'solve' }, expected: bool([2], 1, 1) },
  ],
  random: [
    {
      operands: [state],
      attrs: { shape: [6], distribution: 'bits', dtype: 'int32' },
      expected: i32([6], 1379773583, -28114918, -551303317, 1088880164, 460068766, 1309927800),
    },
    {
      operands: [state],
      attrs: { shape: [2, 3], distribution: 'uniform', dtype: 'float32' },
      expected: f32(
        [2, 3],
        0.32125353813171387,
        0.9934539794921875,
        0.8716396689414978,
        0.25352466106414795,
        0.10711807012557983,
        0.30499130487442017,
      ),
    },
    {
      operands: [state],
      attrs: { shape: [6], distribution: 'uniform', dtype: 'float64' },
      expected: f64(
        [6],
        0.321253568277026,
        0.9934539855478389,
        0.8716396935345062,
        0.25352466967254517,
        0.10711810672311617,
        0.30499132755926306,
      ),
    },
    {
      operands: [state],
      attrs: { shape: [6], distribution: 'normal', dtype: 'float64' },
      expected: f64(
        [6],
        0.843778549189392,
        1.2187186268623378,
        -0.6360492245840599,
        0.42824322473945986,
        0.4051565244539854,
        0.8195954500182653,
      ),
      ulp: 4,
    },
    // The angle 2π·u is rounded to float32, which costs some ulp where the cosine is small.
    {
      operands: [state],
      attrs: { shape: [6], distribution: 'normal', dtype: 'float32' },
      expected: f32(
        [6],
        0.8437785200285052,
        1.2187176238880453,
        -0.6360486062950194,
        0.42824329066386646,
        0.4051563882739796,
        0.8195954061226579,
      ),
      ulp: 24,
    },
  ],
  reshape: [
    { operands: [matrix], attrs: { shape: [3, 2] }, expected: f32([3, 2], 1, 2, 3, 4, 5, 6) },
    { operands: [i32([1, 1], 7)], attrs: { shape: [] }, expected: i32([], 7) },
    { operands: [f32([0, 3])], attrs: { shape: [3, 0, 2] }, expected: f32([3, 0, 2]) },
  ],
  permute: [
    { operands: [matrix], attrs: { axes: [1, 0] }, expected: f32([3, 2], 1, 4, 2, 5, 3, 6) },
    {
      operands: [u8([1, 2, 3], 1, 2, 3, 4, 5, 6)],
      attrs: { axes: [2, 0, 1] },
      expected: u8([3, 1, 2], 1, 4, 2, 5, 3, 6),
    },
  ],
  broadcastTo: [
    {
      operands: [column],
      attrs: { shape: [2, 2, 3] },
      expected: f32([2, 2, 3], 10, 10, 10, 20, 20, 20, 10, 10, 10, 20, 20, 20),
    },
    { operands: [bool([], 1)], attrs: { shape: [2] }, expected: bool([2], 1, 1) },
  ],
  slice: [
    { operands: [matrix], attrs: { starts: [0, 1], sizes: [2, 2], steps: [1, 1] }, expected: f32([2, 2], 2, 3, 5, 6) },
    {
      operands: [matrix],
      attrs: { starts: [1, 2], sizes: [2, 2], steps: [-1, -2] },
      expected: f32([2, 2], 6, 4, 3, 1),
    },
    { operands: [matrix], attrs: { starts: [2, 0], sizes: [0, 3], steps: [1, 1] }, expected: f32([0, 3]) },
  ],
  sum: [
    { operands: [matrix], attrs: { axes: [1], keepDims: false }, expected: f32([2], 6, 15) },
    { operands: [matrix], attrs: { axes: [0], keepDims: true }, expected: f32([1, 3], 5, 7, 9) },
    { operands: [matrix], attrs: { axes: [0, 1], keepDims: false }, expected: f32([], 21) },
    { operands: [matrix], attrs: { axes: [0, 1], keepDims: true }, expected: f32([1, 1], 21) },
    { operands: [f64([2, 2], 1, NaN, inf, 1)], attrs: { axes: [1], keepDims: false }, expected: f64([2], NaN, inf) },
    { operands: [i32([2], 2 ** 31 - 1, 1)], attrs: { axes: [0], keepDims: false }, expected: i32([], -(2 ** 31)) },
    { operands: [f32([2, 0])], attrs: { axes: [1], keepDims: false }, expected: f32([2], 0, 0) },
  ],
  prod: [
    { operands: [matrix], attrs: { axes: [1], keepDims: false }, expected: f32([2], 6, 120) },
    { operands: [i32([2], 65536, 65537)], attrs: { axes: [0], keepDims: true }, expected: i32([1], 65536) },
    { operands: [f64([0])], attrs: { axes: [0], keepDims: false }, expected: f64([], 1) },
  ],
  max: [
    {
      operands: [f32([3, 2], 1, -2, 3, NaN, -5, 4)],
      attrs: { axes: [0], keepDims: false },
      expected: f32([2], 3, NaN),
    },
    { operands: [f32([2], -inf, -inf)], attrs: { axes: [0], keepDims: false }, expected: f32([], -inf) },
    { operands: [i32([3], -(2 ** 31), -3, -9)], attrs: { axes: [0], keepDims: true }, expected: i32([1], -3) },
    { operands: [u8([2], 200, 100)], attrs: { axes: [0], keepDims: false }, expected: u8([], 200) },
  ],
  min: [
    { operands: [f64([2, 2], 1, -2, NaN, 3)], attrs: { axes: [1], keepDims: false }, expected: f64([2], -2, NaN) },
    { operands: [i32([3], 5, -3, 9)], attrs: { axes: [0], keepDims: false }, expected: i32([], -3) },
    { operands: [u8([2], 200, 100)], attrs: { axes: [0], keepDims: false }, expected: u8([], 100) },
  ],
  matmul: [
    { operands: [matrix, f32([3, 2], 1, 0, 0, 1, 2, -1)], attrs: none, expected: f32([2, 2], 7, -1, 16, -1) },
    {
      operands: [f64([2, 1, 2], 1, 2, 3, 4), f64([2, 2, 2], 1, 2, 3, 4, 5, 6, 7, 8)],
      attrs: none,
      expected: f64([2, 1, 2], 7, 10, 43, 50),
    },
    { operands: [i32([1, 2], 65536, 1), i32([2, 2], 65536, 3, 4, 5)], attrs: none, expected: i32([1, 2], 4, 196613) },
    { operands: [f32([2, 0]), f32([0, 2])], attrs: none, expected: f32([2, 2], 0, 0, 0, 0) },
  ],
  conv2d: [
    {
      operands: [f32([1, 1, 3, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9), f32([1, 1, 2, 2], 1, 10, 100, 1000)],
      attrs: { strides: [1, 1], dilations: [1, 1], groups: 1 },
      expected: f32([1, 1, 2, 2], 5421, 6532, 8754, 9865),
    },
    {
      operands: [f64([1, 2, 1, 5], 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), f64([4, 1, 1, 2], 1, 1, 1, -1, 2, 0, 0, 3)],
      attrs: { strides: [1, 2], dilations: [1, 2], groups: 2 },
      expected: f64([1, 4, 1, 2], 4, 8, -2, -2, 12, 16, 24, 30),
    },
    {
      operands: [i32([2, 1, 2, 1], 1, 2, 3, 4), i32([1, 1, 2, 1], 65536, 65537)],
      attrs: { strides: [1, 1], dilations: [1, 1], groups: 1 },
      expected: i32([2, 1, 1, 1], 196610, 458756),
    },
  ],
  concat: [
    { operands: [matrix, column], attrs: { axis: 1 }, expected: f32([2, 4], 1, 2, 3, 10, 4, 5, 6, 20) },
    { operands: [u8([1], 1), u8([0]), u8([2], 2, 3)], attrs: { axis: 0 }, expected: u8([3], 1, 2, 3) },
  ],
  pad: [
    {
      operands: [column],
      attrs: { shape: [3, 2], starts: [1, 0], steps: [1, 1], value: -1 },
      expected: f32([3, 2], -1, -1, 10, -1, 20, -1),
    },
    {
      operands: [i32([2], 1, 2)],
      attrs: { shape: [5], starts: [3], steps: [-2], value: 9 },
      expected: i32([5], 9, 2, 9, 1, 9),
    },
    { operands: [f64([0])], attrs: { shape: [2], starts: [0], steps: [1], value: inf }, expected: f64([2], inf, inf) },
  ],
  scatterAdd: [
    {
      operands: [f32([3, 2], 1, 2, 3, 4, 5, 6), i32([3], 1, -1, 1)],
      attrs: { axis: 0, size: 3 },
      expected: f32([3, 2], 0, 0, 6, 8, 3, 4),
    },
    {
      operands: [i32([2, 2], 1, 2, 3, 4), i32([2], 0, 0)],
      attrs: { axis: 1, size: 2 },
      expected: i32([2, 2], 3, 0, 7, 0),
    },
  ],
  assemble: [
    {
      operands: [f32([2, 2], 1, 2, 3, 4), f32([2, 2], -0, 6, 7, 8), f32([1, 1], 9)],
      attrs: {
        shape: [3, 4],
        starts: [
          [0, 0],
          [0, 1],
          [2, 3],
        ],
        steps: [
          [1, 2],
          [1, 2],
          [1, 1],
        ],
      },
      expected: f32([3, 4], 1, -0, 2, 6, 3, 7, 4, 8, 0, 0, 0, 9),
    },
    {
      operands: [u8([3], 1, 2, 3), u8([3], 4, 5, 6)],
      attrs: { shape: [6], starts: [[0], [1]], steps: [[2], [2]] },
      expected: u8([6], 1, 4, 2, 5, 3, 6),
    },
  ],
  permutation: [
    { operands: [state], attrs: { size: 8 }, expected: i32([8], 4, 3, 6, 5, 0, 7, 2, 1) },
    { operands: [state], attrs: { size: 0 }, expected: i32([0]) },
  ],
} satisfies SamplesOf<
  | 'iota'
  | 'oneHot'
  | 'gather'
  | 'assertion'
  | 'random'
  | 'reshape'
  | 'permute'
  | 'broadcastTo'
  | 'slice'
  | 'sum'
  | 'prod'
  | 'max'
  | 'min'
  | 'matmul'
  | 'conv2d'
  | 'concat'
  | 'pad'
  | 'assemble'
  | 'scatterAdd'
  | 'permutation'
>
