import { describe, expect, test } from 'vitest'
import { compileGraph } from '../../src/compile/compile-graph.ts'
import { parseGraph } from '../../src/ir/parse.ts'
import { planFaults } from './plan-faults.ts'

/** Which buffer lies in whose place, after the plan's promises are checked: for one thread, and for kernels that threads divide. */
function replacements(text: string): string[] {
  const graph = parseGraph(text)
  const [alone, divided] = [{}, { threads: 2, splitFrom: 0 }].map((options) => {
    const { plan } = compileGraph(graph, { target: 'wasm', ...options })
    expect(planFaults(plan, graph)).toEqual([])
    return plan.lifetimes.flatMap(({ buffer, replaces }) => (replaces ? [`${buffer.name} in ${replaces.name}`] : []))
  })
  expect(divided).toEqual(alone)
  return alone!
}

describe('an output takes the place of a value that nobody reads afterwards', () => {
  test('element by element', () => {
    expect(
      replacements(`graph(%x: f32[25, 7], %b: f32[7]) {
  %0 = concat(%x, %x) {axis: 0} : f32[50, 7]
  %1 = add(%0, %b) : f32[50, 7]
  return %1
}`),
    ).toEqual(['add in concat'])
  })

  test('one for each of several outputs', () => {
    expect(
      replacements(`graph(%x: f32[11], %y: f32[22]) {
  %0 = concat(%x, %y) {axis: 0} : f32[33]
  %1 = concat(%y, %x) {axis: 0} : f32[33]
  %2 = add(%0, %1) : f32[33]
  %3 = mul(%2, %1) : f32[33]
  return %2, %3
}`),
    ).toEqual(['add in concat_1', 'mul in concat'])
  })

  test('in a row that is read as a whole before it is written', () => {
    expect(
      replacements(`graph(%x: f32[10, 33]) {
  %0 = concat(%x, %x) {axis: 0} : f32[20, 33]
  %1 = max(%0) {axes: [1], keepDims: true} : f32[20, 1]
  %2 = sub(%0, %1) : f32[20, 33]
  return %2
}`),
    ).toEqual(['sub in concat'])
  })

  test('where a product adds it to its result', () => {
    expect(
      replacements(`graph(%x: f32[30, 20], %w: f32[20, 30], %part: f32[15, 30]) {
  %0 = concat(%part, %part) {axis: 0} : f32[30, 30]
  %1 = matmul(%x, %w) : f32[30, 30]
  %2 = add(%1, %0) : f32[30, 30]
  return %2
}`),
    ).toEqual(['add in concat'])
  })

  test('of another dtype, if its elements have as many bytes', () => {
    const castOf = (from: string, to: string, name: string): string[] =>
      replacements(`graph(%x: ${from}[20]) {
  %0 = concat(%x, %x) {axis: 0} : ${from}[40]
  %1 = cast(%0) {dtype: "${name}"} : ${to}[40]
  return %1
}`)
    expect(castOf('i32', 'f32', 'float32')).toEqual(['cast in concat'])
    expect(castOf('bool', 'u8', 'uint8')).toEqual(['cast in concat'])
    expect(castOf('i32', 'f64', 'float64')).toEqual([])
    expect(castOf('f64', 'f32', 'float32')).toEqual([])
  })
})

describe('an output has a place of its own', () => {
  test('where its input is an argument, which the next call may find there', () => {
    expect(
      replacements(`graph(%x: f32[40]) {
  %0 = exp(%x) : f32[40]
  return %0
}`),
    ).toEqual([])
  })

  test('where its input is read again', () => {
    expect(
      replacements(`graph(%x: f32[20]) {
  %0 = concat(%x, %x) {axis: 0} : f32[40]
  %1 = exp(%0) : f32[40]
  %2 = concat(%1, %1) {axis: 0} : f32[80]
  %3 = sum(%2) {axes: [0], keepDims: false} : f32[]
  %4 = mul(%0, %3) : f32[40]
  return %2, %4
}`),
    ).toEqual(['mul in concat'])
  })

  test('where a result would be overwritten', () => {
    expect(
      replacements(`graph(%x: f32[4, 6]) {
  %0 = exp(%x) : f32[4, 6]
  %1 = sum(%0) {axes: [0], keepDims: true} : f32[1, 6]
  %2 = div(%0, %1) : f32[4, 6]
  return %0, %2
}`),
    ).toEqual([])
  })

  test('where it is transposed, reversed or a product of its input', () => {
    expect(
      replacements(`graph(%x: f32[4, 8]) {
  %0 = concat(%x, %x) {axis: 0} : f32[8, 8]
  %1 = permute(%0) {axes: [1, 0]} : f32[8, 8]
  %2 = exp(%1) : f32[8, 8]
  return %2
}`),
    ).toEqual([])
    expect(
      replacements(`graph(%x: f32[4]) {
  %0 = concat(%x, %x) {axis: 0} : f32[8]
  %1 = slice(%0) {starts: [7], sizes: [8], steps: [-1]} : f32[8]
  %2 = exp(%1) : f32[8]
  return %2
}`),
    ).toEqual([])
    expect(
      replacements(`graph(%x: f32[8, 16], %y: f32[16, 16]) {
  %0 = concat(%x, %x) {axis: 0} : f32[16, 16]
  %1 = matmul(%0, %y) : f32[16, 16]
  return %1
}`),
    ).toEqual([])
  })
})

test('a buffer that takes another’s place needs none beside it', () => {
  const { plan } = compileGraph(
    parseGraph(`graph(%x: f32[300, 300]) {
  %0 = exp(%x) : f32[300, 300]
  %1 = sum(%0) {axes: [1], keepDims: true} : f32[300, 1]
  %2 = sum(%0) {axes: [0], keepDims: true} : f32[1, 300]
  %3 = add(%1, %2) : f32[300, 300]
  %4 = div(%0, %3) : f32[300, 300]
  return %4
}`),
    { target: 'wasm' },
  )
  expect(plan.lifetimes.filter(({ replaces }) => replaces)).toHaveLength(1)
  expect(plan.memory.byteLength).toBeLessThan(2.1 * 360_000)
})
