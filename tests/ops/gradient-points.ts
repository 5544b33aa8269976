import type { OpName } from '../../src/ops/table.ts'
import { bool, f64, i32, type HostArray } from './host-array.ts'

/** A call to differentiate: float64 operands are differentiated, others are not. */
export interface Point {
  readonly operands: readonly HostArray[]
  readonly attrs?: object
}
const x = f64([2, 3], 0.3, -1.2, 0.7, 1.9, -0.4, 2.3)
const positive = f64([2, 3], 0.3, 1.2, 0.7, 1.9, 0.4, 2.3)
const row = f64([3], 1.1, 0.6, -1.7)
const unary: Point[] = [{ operands: [x] }]
const aboveZero: Point[] = [{ operands: [positive] }]
const binary: Point[] = [
  { operands: [x, f64([2, 3], 1.4, -0.2, 0.9, -1.1, 0.8, 2.1)] },
  { operands: [x, row] },
  { operands: [f64([2, 1], 0.5, -2), row] },
]
const reductions: Point[] = [
  { operands: [x], attrs: { axes: [1], keepDims: false } },
  { operands: [x], attrs: { axes: [0, 1], keepDims: false } },
  { operands: [f64([2, 2, 2], 1, 0.5, -2, 3, 0.7, -1.5, 2.5, 0.2)], attrs: { axes: [0, 2], keepDims: true } },
]

/** Numbers between −1 and 1 without pattern. */
const waves = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin(i * 7.31 + seed))

/** Points where every differentiable op is smooth. */
export const points: { readonly [N in OpName]?: readonly Point[] } = {
  copy: unary,
  neg: unary,
  abs: unary,
  sign: unary,
  floor: unary,
  relu: unary,
  sqrt: aboveZero,
  exp: unary,
  expm1: unary,
  log: aboveZero,
  log1p: aboveZero,
  sin: unary,
  cos: unary,
  tanh: unary,
  sigmoid: unary,
  erf: unary,
  cast: [
    { operands: [x], attrs: { dtype: 'float64' } },
    { operands: [x], attrs: { dtype: 'int32' } },
  ],
  add: binary,
  sub: binary,
  mul: binary,
  div: binary,
  pow: [{ operands: [positive, row] }, { operands: [positive, f64([], 3)] }],
  maximum: binary,
  minimum: binary,
  where: [{ operands: [bool([2, 1], 1, 0), x, row] }],
  gather: [
    { operands: [x, i32([4], 1, 0, -1, 1)], attrs: { axis: 0 } },
    { operands: [x, i32([2, 2], 2, 0, -1, 2)], attrs: { axis: 1 } },
    { operands: [x, i32([], -2)], attrs: { axis: 1 } },
  ],
  reshape: [{ operands: [x], attrs: { shape: [3, 2] } }],
  permute: [{ operands: [f64([1, 2, 3], ...x.elements)], attrs: { axes: [2, 0, 1] } }],
  broadcastTo: [{ operands: [f64([2, 1], 1, 2)], attrs: { shape: [2, 2, 3] } }],
  slice: [
    { operands: [x], attrs: { starts: [0, 1], sizes: [2, 2], steps: [1, 1] } },
    { operands: [x], attrs: { starts: [1, 2], sizes: [2, 2], steps: [-1, -2] } },
  ],
  sum: reductions,
  prod: [
    ...reductions,
    { operands: [f64([4, 3], 0, 2, 3, 4, 0, 6, 0, 0, 1, 2, 3, 4)], attrs: { axes: [1], keepDims: false } },
  ],
  max: reductions,
  min: reductions,
  matmul: [
    { operands: [x, f64([3, 2], 1, 2, -0.5, 0.3, 1.5, -1)] },
    { operands: [f64([2, 1, 2], 1, 2, 3, 4), f64([2, 2, 1], 0.5, 1.5, -2, 3)] },
  ],
  conv2d: [
    {
      operands: [f64([2, 2, 3, 4], ...waves(48, 0)), f64([2, 2, 2, 3], ...waves(24, 1))],
      attrs: { strides: [1, 1], dilations: [1, 1], groups: 1 },
    },
    {
      operands: [f64([1, 2, 6, 6], ...waves(72, 2)), f64([4, 1, 2, 2], ...waves(16, 3))],
      attrs: { strides: [2, 3], dilations: [3, 2], groups: 2 },
    },
    {
      operands: [f64([2, 2, 6, 7], ...waves(168, 2)), f64([2, 1, 3, 2], ...waves(12, 3))],
      attrs: { strides: [2, 3], dilations: [1, 1], groups: 2 },
    },
    {
      operands: [f64([1, 1, 6, 7], ...waves(42, 2)), f64([3, 1, 1, 4], ...waves(12, 3))],
      attrs: { strides: [2, 1], dilations: [1, 2], groups: 1 },
    },
  ],
  concat: [{ operands: [x, f64([2, 1], 1, 2), x], attrs: { axis: 1 } }],
  assemble: [
    {
      operands: [x, f64([2, 1], 1, 2)],
      attrs: {
        shape: [3, 7],
        starts: [
          [2, 1],
          [0, 4],
        ],
        steps: [
          [-1, 2],
          [1, 1],
        ],
      },
    },
  ],
  pad: [{ operands: [x], attrs: { shape: [3, 6], starts: [2, 0], steps: [-1, 2], value: 5 } }],
  dynamicSlice: [
    {
      operands: [x, i32([], 1), i32([], 1)],
      attrs: { starts: [0, 0], sizes: [1, 2], steps: [1, 1], axes: [0, 1] },
    },
    { operands: [x, i32([], 0)], attrs: { starts: [0, 2], sizes: [2, 2], steps: [1, -2], axes: [0] } },
  ],
  setSlice: [
    { operands: [x, f64([1, 2], 1, 2), i32([], 1)], attrs: { starts: [0, 0], steps: [1, 2], axes: [0] } },
    { operands: [x, f64([2, 1], 1, 2), i32([], 2)], attrs: { starts: [1, 0], steps: [-1, 1], axes: [1] } },
  ],
  scatter: (['set', 'add'] as const).map((combine) => ({
    operands: [x, f64([2, 4], ...waves(8, 5)), i32([4], 2, 0, 2, 2)],
    attrs: { axis: 1, combine },
  })),
  scatterAdd: [{ operands: [x, i32([3], 1, -1, 1)], attrs: { axis: 1, size: 2 } }],
}

/** Numbers without pattern, so that no error cancels. */
export const weights = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin(12.9898 * (i + 1) + seed) + 0.2)
