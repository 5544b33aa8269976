import { describe, expect, test } from 'vitest'
import { parseGraph } from '../../src/ir/parse.ts'
import { planFaults } from './plan-faults.ts'
import { planOf } from './plan-text.ts'

/** The kernels of a graph in order, after the plan's promises are checked. */
function kernelsOf(text: string, withoutPasses: readonly string[] = []): string[] {
  const { plan, lines } = planOf(text, withoutPasses)
  expect(planFaults(plan, parseGraph(text))).toEqual([])
  return lines
}

describe('a state is replaced in place', () => {
  test('by a kernel that reads the same element of it', () => {
    expect(
      kernelsOf(`graph(state %w: f32[8], %g: f32[8]) {
  %0 = sub(%w, %g) : f32[8]
  write %w <- %0
  return
}`),
    ).toEqual(['sub: state w, g → state w'])
  })

  test('after the other kernels that read its old value', () => {
    expect(
      kernelsOf(`graph(state %w: f32[8], %g: f32[8]) {
  %0 = sub(%w, %g) : f32[8]
  %1 = sum(%w) {axes: [0], keepDims: false} : f32[]
  write %w <- %0
  return %1
}`),
    ).toEqual(['sum: state w → sum', 'sub: state w, g → state w'])
  })

  test('by a row-wise kernel when the row is done, even if the whole row reads the old value', () => {
    expect(
      kernelsOf(`graph(state %mean: f32[20, 1], %x: f32[20, 8]) {
  %0 = sub(%x, %mean) : f32[20, 8]
  %1 = sum(%0) {axes: [1], keepDims: true} : f32[20, 1]
  %2 = add(%mean, %1) : f32[20, 1]
  %3 = mul(%0, %2) : f32[20, 8]
  write %mean <- %2
  return %3
}`),
    ).toEqual(['sub, sum, add, mul: state mean, x → mul, state mean'])
  })

  test('by the epilogue of the contraction that makes the change', () => {
    expect(
      kernelsOf(`graph(state %w: f32[4, 3], %x: f32[4, 5], %y: f32[5, 3]) {
  %0 = matmul(%x, %y) : f32[4, 3]
  %1 = constant(0.5) : f32[]
  %2 = mul(%0, %1) : f32[4, 3]
  %3 = sub(%w, %2) : f32[4, 3]
  write %w <- %3
  return
}`),
    ).toEqual(['matmul, mul, sub: y, x, state w → state w'])
  })

  test('by what replaces a block of it, which then copies nothing else', () => {
    expect(
      kernelsOf(`graph(state %w: f32[8, 4], %g: f32[1, 4], %i: i32[]) {
  %0 = setSlice(%w, %g, %i) {axes: [0], starts: [0, 0], steps: [1, 1]} : f32[8, 4]
  write %w <- %0
  return
}`),
    ).toEqual(['setSlice: i, g → state w'])
  })

  test('by what scatters rows into it', () => {
    expect(
      kernelsOf(`graph(state %w: f32[8, 4], %g: f32[2, 4], %i: i32[2]) {
  %0 = scatter(%w, %g, %i) {axis: 0, combine: "add"} : f32[8, 4]
  write %w <- %0
  return
}`),
    ).toEqual(['scatter: i, state w, g → state w'])
  })

  test('by several updates one after the other, each in the place of the one before', () => {
    expect(
      kernelsOf(`graph(state %w: f32[8, 4], %g: f32[1, 4], %i: i32[], %j: i32[]) {
  %0 = setSlice(%w, %g, %i) {axes: [0], starts: [0, 0], steps: [1, 1]} : f32[8, 4]
  %1 = setSlice(%0, %g, %j) {axes: [0], starts: [0, 0], steps: [1, 1]} : f32[8, 4]
  write %w <- %1
  return
}`),
    ).toEqual(['setSlice: i, g → state w', 'setSlice: j, g → state w'])
  })

  test('and the new value is read where it lies', () => {
    expect(
      kernelsOf(`graph(state %w: f32[8], %g: f32[8]) {
  %0 = sub(%w, %g) : f32[8]
  %1 = sum(%0) {axes: [0], keepDims: false} : f32[]
  write %w <- %0
  return %1
}`),
    ).toEqual(['sub: state w, g → state w', 'sum: state w → sum'])
  })
})

describe('a state is replaced by a copy at the end', () => {
  test('where a block of it comes from another part of it', () => {
    expect(
      kernelsOf(`graph(state %w: f32[8, 4], %i: i32[]) {
  %0 = slice(%w) {sizes: [1, 4], starts: [2, 0], steps: [1, 1]} : f32[1, 4]
  %1 = setSlice(%w, %0, %i) {axes: [0], starts: [0, 0], steps: [1, 1]} : f32[8, 4]
  write %w <- %1
  return
}`),
    ).toEqual(['setSlice: state w, i → setSlice', 'copy: setSlice → state w'])
  })

  test('where the second of two updates moves a part of what the first one made', () => {
    expect(
      kernelsOf(`graph(state %w: f32[8], %g: f32[1], %i: i32[], %j: i32[]) {
  %0 = setSlice(%w, %g, %i) {axes: [0], starts: [0], steps: [1]} : f32[8]
  %1 = slice(%0) {sizes: [1], starts: [2], steps: [1]} : f32[1]
  %2 = setSlice(%0, %1, %j) {axes: [0], starts: [0], steps: [1]} : f32[8]
  write %w <- %2
  return
}`),
    ).toEqual(['setSlice: state w, i, g → setSlice', 'setSlice: setSlice, j → state w'])
  })

  test('where the value between two updates is wanted too', () => {
    expect(
      kernelsOf(`graph(state %w: f32[8], %g: f32[1], %i: i32[], %j: i32[]) {
  %0 = setSlice(%w, %g, %i) {axes: [0], starts: [0], steps: [1]} : f32[8]
  %1 = setSlice(%0, %g, %j) {axes: [0], starts: [0], steps: [1]} : f32[8]
  write %w <- %1
  return %0
}`),
    ).toEqual(['setSlice: state w, i, g → setSlice', 'setSlice: setSlice, j, g → state w'])
  })

  test('where the new value needs other elements of the old one', () => {
    expect(
      kernelsOf(`graph(state %w: f32[3, 3]) {
  %0 = permute(%w) {axes: [1, 0]} : f32[3, 3]
  %1 = constant(2) : f32[]
  %2 = mul(%0, %1) : f32[3, 3]
  write %w <- %2
  return
}`),
    ).toEqual(['mul: state w → mul', 'copy: mul → state w'])
  })

  test('where the value reads the state elsewhere in one kernel, and at the same element too', () => {
    expect(
      kernelsOf(`graph(state %w: f32[4]) {
  %0 = slice(%w) {starts: [3], sizes: [4], steps: [-1]} : f32[4]
  %1 = add(%w, %0) : f32[4]
  write %w <- %1
  return
}`),
    ).toEqual(['add: state w → add', 'copy: add → state w'])
  })

  test('where the kernel that makes the value has checks itself', () => {
    expect(
      kernelsOf(`graph(state %w: f32[2], %i: i32[2]) {
  %0 = gather(%w, %i) {axis: 0} : f32[2]
  write %w <- %0
  return
}`),
    ).toEqual(['gather: i, state w → gather', 'copy: gather → state w'])
  })
})

test('two states exchange their values in one kernel, which reads both elements before it writes one', () => {
  expect(
    kernelsOf(`graph(state %a: f32[4], state %b: f32[4]) {
  write %a <- %b
  write %b <- %a
  return
}`),
  ).toEqual(['copy, copy: state a, state b → state b, state a'])
})

describe('checks come before every change of state', () => {
  test('when nothing else orders them', () => {
    expect(
      kernelsOf(`graph(state %w: f32[8], %g: f32[8], %x: f32[4], %i: i32[2]) {
  %0 = sub(%w, %g) : f32[8]
  %1 = gather(%x, %i) {axis: 0} : f32[2]
  write %w <- %0
  return %1
}`),
    ).toEqual(['gather: i, x → gather', 'sub: state w, g → state w'])
  })

  test('and a value that a check needs is not written in place before it', () => {
    const lines = kernelsOf(`graph(state %w: f32[8], %g: f32[8], %i: i32[2]) {
  %0 = sub(%w, %g) : f32[8]
  %1 = gather(%0, %i) {axis: 0} : f32[2]
  write %w <- %0
  return %1
}`)
    expect(lines).toEqual(['sub: state w, g → sub', 'gather: i, sub → gather', 'copy: sub → state w'])
  })
})

test('one value written to two states is computed once', () => {
  expect(
    kernelsOf(`graph(state %a: f32[4], state %b: f32[4], %x: f32[4]) {
  %0 = exp(%x) : f32[4]
  write %a <- %0
  write %b <- %0
  return
}`),
  ).toEqual(['exp, copy: x → state a, state b'])
})

test('a state as a result is its value at the beginning, even if it is replaced', () => {
  expect(
    kernelsOf(`graph(state %w: f32[4], %x: f32[4]) {
  %0 = add(%w, %x) : f32[4]
  write %w <- %0
  return %w
}`),
  ).toEqual(['copy, add: state w, x → copy, state w'])
})
