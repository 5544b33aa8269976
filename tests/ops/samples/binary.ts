import { bool, f32, f64, i32, u8 } from '../host-array.ts'
import type { SamplesOf } from './sample.ts'

const none = {}
const inf = Infinity
const matrix = f32([2, 3], 1, 2, 3, 4, 5, 6)
const column = f32([2, 1], 10, 20)
const truthA = bool([4], 0, 0, 1, 1)
const truthB = bool([4], 0, 1, 0, 1)
const left = f32([6], 1, 2, 3, NaN, 0, inf)
const right = f32([6], 2, 2, 1, NaN, -0, 1)

export const binarySamples = {
  add: [
    { operands: [matrix, column], attrs: none, expected: f32([2, 3], 11, 12, 13, 24, 25, 26) },
    { operands: [f32([3], 1, 16777216, inf), f32([3], 2, 1, -inf)], attrs: none, expected: f32([3], 3, 16777216, NaN) },
    {
      operands: [f64([2, 1], 0.1, 1), f64([2], 0.2, -0)],
      attrs: none,
      expected: f64([2, 2], 0.30000000000000004, 0.1, 1.2, 1),
    },
    { operands: [i32([2], 2 ** 31 - 1, 5), i32([], 1)], attrs: none, expected: i32([2], -(2 ** 31), 6) },
    { operands: [u8([2], 250, 1), u8([2], 10, 1)], attrs: none, expected: u8([2], 4, 2) },
  ],
  sub: [
    { operands: [f32([2], 1, 0), f32([2], 3, 0)], attrs: none, expected: f32([2], -2, 0) },
    { operands: [u8([1], 3), u8([1], 5)], attrs: none, expected: u8([1], 254) },
    { operands: [i32([1], -(2 ** 31)), i32([1], 1)], attrs: none, expected: i32([1], 2 ** 31 - 1) },
  ],
  mul: [
    {
      operands: [f32([3], 0.1, -0, inf), f32([3], 3, 5, 0)],
      attrs: none,
      expected: f32([3], Math.fround(0.1) * 3, -0, NaN),
    },
    { operands: [i32([1], 123456789), i32([1], 987654321)], attrs: none, expected: i32([1], -67153019) },
    { operands: [u8([2], 200, 3), u8([2], 2, 3)], attrs: none, expected: u8([2], 144, 9) },
  ],
  div: [
    { operands: [f32([4], 1, 1, -1, 0), f32([4], 3, 0, 0, 0)], attrs: none, expected: f32([4], 1 / 3, inf, -inf, NaN) },
    { operands: [f64([2], 1, 7), f64([], 3)], attrs: none, expected: f64([2], 1 / 3, 7 / 3) },
  ],
  pow: [
    {
      operands: [f32([6], 2, 0.3, 10, 1.5, -2, 0), f32([6], 0.5, -1.7, -3, 12.25, 3, 0)],
      attrs: none,
      expected: f32([6], 1.4142135623730951, 7.742725577066099, 0.001, 143.58792629088344, -8, 1),
      ulp: 4,
    },
    {
      operands: [f32([6], 1, -1, NaN, 0, -0, inf), f32([6], NaN, -inf, 0, -1, -3, -2)],
      attrs: none,
      expected: f32([6], 1, 1, 1, inf, -inf, 0),
    },
    { operands: [f64([3], 1, -1, NaN), f64([3], NaN, inf, 0)], attrs: none, expected: f64([3], 1, 1, 1) },
    {
      operands: [f64([4], 2, -2, -2, 0), f64([4], 0.5, 0.5, 2, -1)],
      attrs: none,
      expected: f64([4], 1.4142135623730951, NaN, 4, inf),
      ulp: 2,
    },
  ],
  maximum: [
    { operands: [left, right], attrs: none, expected: f32([6], 2, 2, 3, NaN, 0, inf) },
    { operands: [f32([3], -0, 1, NaN), f32([3], 0, NaN, 1)], attrs: none, expected: f32([3], -0, NaN, NaN) },
    { operands: [i32([2], -5, 3), i32([], -4)], attrs: none, expected: i32([2], -4, 3) },
    { operands: [u8([2], 200, 3), u8([2], 100, 4)], attrs: none, expected: u8([2], 200, 4) },
  ],
  minimum: [
    { operands: [left, right], attrs: none, expected: f32([6], 1, 2, 1, NaN, 0, 1) },
    { operands: [f64([3], -0, 1, NaN), f64([3], 0, NaN, 1)], attrs: none, expected: f64([3], -0, NaN, NaN) },
    { operands: [i32([2], -5, 3), i32([], -4)], attrs: none, expected: i32([2], -5, -4) },
  ],
  equal: [
    { operands: [left, right], attrs: none, expected: bool([6], 0, 1, 0, 0, 1, 0) },
    { operands: [truthA, truthB], attrs: none, expected: bool([4], 1, 0, 0, 1) },
  ],
  notEqual: [
    { operands: [left, right], attrs: none, expected: bool([6], 1, 0, 1, 1, 0, 1) },
    { operands: [f64([2], 1, 2), f64([], 1)], attrs: none, expected: bool([2], 0, 1) },
  ],
  less: [
    { operands: [left, right], attrs: none, expected: bool([6], 1, 0, 0, 0, 0, 0) },
    { operands: [truthA, truthB], attrs: none, expected: bool([4], 0, 1, 0, 0) },
  ],
  lessEqual: [{ operands: [left, right], attrs: none, expected: bool([6], 1, 1, 0, 0, 1, 0) }],
  greater: [
    { operands: [left, right], attrs: none, expected: bool([6], 0, 0, 1, 0, 0, 1) },
    { operands: [u8([2], 200, 1), u8([2], 100, 1)], attrs: none, expected: bool([2], 1, 0) },
  ],
  greaterEqual: [
    { operands: [left, right], attrs: none, expected: bool([6], 0, 1, 1, 0, 1, 1) },
    { operands: [i32([3], -1, 0, 1), i32([1], 0)], attrs: none, expected: bool([3], 0, 1, 1) },
  ],
  logicalAnd: [{ operands: [truthA, truthB], attrs: none, expected: bool([4], 0, 0, 0, 1) }],
  logicalOr: [{ operands: [truthA, truthB], attrs: none, expected: bool([4], 0, 1, 1, 1) }],
  logicalXor: [{ operands: [truthA, truthB], attrs: none, expected: bool([4], 0, 1, 1, 0) }],
  where: [
    {
      operands: [bool([2, 1], 1, 0), f32([3], 1, 2, NaN), f32([], -0)],
      attrs: none,
      expected: f32([2, 3], 1, 2, NaN, -0, -0, -0),
    },
    { operands: [truthA, bool([], 1), truthB], attrs: none, expected: bool([4], 0, 1, 1, 1) },
    { operands: [bool([], 0), i32([2], 1, 2), i32([2], 3, 4)], attrs: none, expected: i32([2], 3, 4) },
  ],
} satisfies SamplesOf<
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'pow'
  | 'maximum'
  | 'minimum'
  | 'equal'
  | 'notEqual'
  | 'less'
  | 'lessEqual'
  | 'greater'
  | 'greaterEqual'
  | 'logicalAnd'
  | 'logicalOr'
  | 'logicalXor'
  | 'where'
>
