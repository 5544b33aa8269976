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

describe('an output takes the place of an input that nobody reads afterwards', () => {
  test('element by element', () => {
    expect(
      replacements(`graph(%x: f32[50, 7], %b: f32[7]) {
  %0 = add(%x, %b) : f32[50, 7]
  return %0
}`),
    ).toEqual(['add in x'])
  })

  test('one input for each of several outputs', () => {
    expect(
      replacements(`graph(%x: f32[33], %y: f32[33]) {
  %0 = add(%x, %y) : f32[33]
  %1 = mul(%0, %y) : f32[33]
  return %0, %1
}`).map((each) => each.replace(/ in .*/, '')),
    ).toEqual(['add', 'mul'])
  })

  test('in a row that is read as a whole before it is written', () => {
    expect(
      replacements(`graph(%x: f32[20, 33]) {
  %0 = max(%x) {axes: [1], keepDims: true} : f32[20, 1]
  %1 = sub(%x, %0) : f32[20, 33]
  return %1
}`),
    ).toEqual(['sub in x'])
  })

  test('where a product adds it to its result', () => {
    expect(
      replacements(`graph(%x: f32[30, 20], %w: f32[20, 30], %residual: f32[30, 30]) {
  %0 = matmul(%x, %w) : f32[30, 30]
  %1 = add(%0, %residual) : f32[30, 30]
  return %1
}`),
    ).toEqual(['add in residual'])
  })

  test('of another dtype, if its elements have as many bytes', () => {
    expect(
      replacements(`graph(%x: i32[40], %y: u8[40]) {
  %0 = cast(%x) {dtype: "float32"} : f32[40]
  %1 = cast(%y) {dtype: "float64"} : f64[40]
  return %0, %1
}`),
    ).toEqual(['cast in x'])
  })
})

describe('an output has a place of its own', () => {
  test('where its input is read again', () => {
    expect(
      replacements(`graph(%x: f32[40]) {
  %0 = exp(%x) : f32[40]
  %1 = sum(%0) {axes: [0], keepDims: false} : f32[]
  %2 = mul(%x, %1) : f32[40]
  return %0, %2
}`),
    ).toEqual(['mul in x'])
  })

  test('where a result would be overwritten', () => {
    expect(
      replacements(`graph(%x: f32[4, 6]) {
  %0 = exp(%x) : f32[4, 6]
  %1 = sum(%0) {axes: [0], keepDims: true} : f32[1, 6]
  %2 = div(%0, %1) : f32[4, 6]
  return %0, %2
}`).filter((each) => each.endsWith(' in exp')),
    ).toEqual([])
  })

  test('where it is transposed, reversed or a product of its input', () => {
    expect(
      replacements(`graph(%x: f32[8, 8]) {
  %0 = permute(%x) {axes: [1, 0]} : f32[8, 8]
  %1 = exp(%0) : f32[8, 8]
  return %1
}`),
    ).toEqual([])
    expect(
      replacements(`graph(%x: f32[8]) {
  %0 = slice(%x) {starts: [7], sizes: [8], steps: [-1]} : f32[8]
  %1 = exp(%0) : f32[8]
  return %1
}`),
    ).toEqual([])
    expect(
      replacements(`graph(%x: f32[16, 16], %y: f32[16, 16]) {
  %0 = matmul(%x, %y) : f32[16, 16]
  return %0
}`),
    ).toEqual([])
  })
})

test('buffers that take each other’s place one after the other are one place', () => {
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
  expect(plan.memory.byteLength).toBeLessThan(1.1 * 360_000)
})
