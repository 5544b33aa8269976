import { bool, f32, f64, i32, u8 } from '../host-array.ts'
import type { SamplesOf } from './sample.ts'

const matrix = f32([3, 3], 1, 2, 3, 4, 5, 6, 7, 8, 9)
const at = (start: number) => i32([], start)

export const blockSamples = {
  dynamicSlice: [
    {
      operands: [matrix, at(2)],
      attrs: { starts: [0, 0], sizes: [1, 3], steps: [1, 1], axes: [0] },
      expected: f32([1, 3], 7, 8, 9),
    },
    {
      operands: [matrix, at(1), at(1)],
      attrs: { starts: [0, 0], sizes: [2, 2], steps: [1, 1], axes: [1, 0] },
      expected: f32([2, 2], 5, 6, 8, 9),
    },
    {
      operands: [u8([5], 1, 2, 3, 4, 5), at(1)],
      attrs: { starts: [2], sizes: [2], steps: [-2], axes: [0] },
      expected: u8([2], 4, 2),
    },
    {
      operands: [f64([2, 0]), at(1)],
      attrs: { starts: [0, 0], sizes: [1, 0], steps: [1, 1], axes: [0] },
      expected: f64([1, 0]),
    },
  ],
  checkedIndex: [
    { operands: [i32([3], 0, -1, -4)], attrs: { axis: 0, size: 4, extent: 1 }, expected: i32([3], 0, 3, 0) },
    { operands: [at(-2)], attrs: { axis: 1, size: 5, extent: 2 }, expected: at(3) },
    { operands: [at(5)], attrs: { axis: 0, size: 5, extent: 0 }, expected: at(5) },
  ],
  setSlice: [
    {
      operands: [matrix, f32([1, 3], -0, NaN, 1), at(1)],
      attrs: { starts: [0, 0], steps: [1, 1], axes: [0] },
      expected: f32([3, 3], 1, 2, 3, -0, NaN, 1, 7, 8, 9),
    },
    {
      operands: [matrix, f32([2, 1], 10, 20), at(1), at(2)],
      attrs: { starts: [0, 0], steps: [1, 1], axes: [0, 1] },
      expected: f32([3, 3], 1, 2, 3, 4, 5, 10, 7, 8, 20),
    },
    {
      operands: [i32([5], 1, 2, 3, 4, 5), i32([2], 8, 9)],
      attrs: { starts: [4], steps: [-3], axes: [] },
      expected: i32([5], 1, 9, 3, 4, 8),
    },
    {
      operands: [bool([2], 0, 0), bool([1], 1), at(1)],
      attrs: { starts: [0], steps: [1], axes: [0] },
      expected: bool([2], 0, 1),
    },
    {
      operands: [f64([2], 1, 2), f64([0]), at(2)],
      attrs: { starts: [0], steps: [1], axes: [0] },
      expected: f64([2], 1, 2),
    },
  ],
  scatter: [
    {
      operands: [f32([3, 2], 1, 1, 1, 1, 1, 1), f32([3, 2], 1, 2, 3, 4, 5, 6), i32([3], 2, 0, 2)],
      attrs: { axis: 0, combine: 'set' },
      expected: f32([3, 2], 3, 4, 1, 1, 5, 6),
    },
    {
      operands: [f32([3, 2], 1, 1, 1, 1, 1, 1), f32([3, 2], 1, 2, 3, 4, 5, 6), i32([3], 2, 0, 2)],
      attrs: { axis: 0, combine: 'add' },
      expected: f32([3, 2], 4, 5, 1, 1, 7, 9),
    },
    {
      operands: [u8([2, 2], 1, 2, 3, 4), u8([2, 2], 7, 8, 9, 10), i32([2], 1, 1)],
      attrs: { axis: 1, combine: 'set' },
      expected: u8([2, 2], 1, 8, 3, 10),
    },
  ],
} satisfies SamplesOf<'dynamicSlice' | 'checkedIndex' | 'setSlice' | 'scatter'>
