import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hashGraph } from '../../src/ir/hash.ts'
import { parseGraph } from '../../src/ir/parse.ts'
import { printGraph } from '../../src/ir/print.ts'
import { verifyGraph } from '../../src/ir/verify.ts'
import { matchesGolden } from '../golden.ts'
import { randomGraph } from './random-graph.ts'
import { randomRegions } from './random-regions.ts'

test('parsing what was printed gives the same graph, its sources included', () => {
  fc.assert(
    fc.property(fc.oneof(randomGraph, randomRegions), (graph) => {
      const text = printGraph(graph, { sources: true })
      const again = parseGraph(text)
      verifyGraph(again)
      expect(again).toEqual(graph)
      expect(printGraph(again, { sources: true })).toBe(text)
      expect(hashGraph(again)).toBe(hashGraph(graph))
    }),
  )
})

const everyForm = `graph(%x: f32[4, 2], weak %rate: f64[], state %w: f32[2, 3], capture %"layer 1.c": i32[3]) {
  %0 = matmul(%x, %w) : f32[4, 3] // model.ts:12:7
  %1 = constant(-0) : f32[]
  %2 = add(%0, %1) : f32[4, 3]
  %3 = constant([0.1, NaN, -Infinity]) : f32[3]
  %4 = mul(%2, %3) : f32[4, 3]
  %5 = sum(%4) {axes: [0], keepDims: false} : f32[3]
  %6 = cast(%"layer 1.c") {dtype: "float32"} : f32[3]
  %7 = add(%5, %6) : f32[3]
  %8 = broadcastTo(%7) {shape: [2, 3]} : f32[2, 3]
  write %w <- %8
  return %7, %rate
}
`

test('every form of the text is read and written alike', () => {
  const graph = parseGraph(everyForm)
  verifyGraph(graph)
  expect(printGraph(graph, { sources: true })).toBe(everyForm)
  matchesGolden(printGraph(graph), 'ir/every-form.ir')
})

test('a float32 is written with as few digits as read back', () => {
  const text =
    'graph() {\n  %0 = constant([0.1, 16777216, 1e-45, 3.4028235e+38, 0.33333334]) : f32[5]\n  return %0\n}\n'
  expect(printGraph(parseGraph(text))).toBe(text)
})

test('a graph without results and values prints and parses', () => {
  const text = 'graph() {\n  return\n}\n'
  expect(printGraph(parseGraph(text))).toBe(text)
})

test.each([
  [
    'graph(%x: f32[2]) {\n  %0 = neg(%y) : f32[2]\n  return %0\n}',
    'IR_UNKNOWN_NAME',
    '[parseGraph] line 2 uses %y, which is not defined above it. Define it first, or correct the name:\n  %0 = neg(%y) : f32[2]',
  ],
  [
    'graph(%x: f32[2]) {\n  %0 = negate(%x) : f32[2]\n  return %0\n}',
    'IR_UNKNOWN_OP',
    '[parseGraph] line 2 applies negate, which is not a primitive. Correct the name:\n  %0 = negate(%x) : f32[2]',
  ],
  [
    'graph(%x: f32[2], %x: f32[2]) {\n  return %x\n}',
    'IR_NAME_TAKEN',
    '[parseGraph] line 1 defines %x a second time. Give it a name of its own:\n  graph(%x: f32[2], %x: f32[2]) {',
  ],
  [
    'graph(%x: f32[2]) {\n  %0 = neg(%x : f32[2]\n  return %0\n}',
    'IR_SYNTAX',
    '[parseGraph] line 2, column 15 is not IR text: expected ",". Correct this line:\n  %0 = neg(%x : f32[2]',
  ],
])('bad text is refused with its line: %j', (text, code, message) => {
  expect(() => parseGraph(text)).toThrow(expect.objectContaining({ code, message }))
})

test.each([
  [
    'graph(%x: f33[2]) {\n  return %x\n}',
    'line 1, column 14 is not IR text: expected a type, as f32[4, 2], before this',
  ],
  ['graph(%x: f32[2]) {\n}', 'expected a line "return …" before this one'],
  ['graph(%x: f32[2]) {\n  return %x\n  return %x\n}', 'expected "}" after the line of results'],
  ['graph(%x: f32[2]) {\n  return %x\n} more', 'expected nothing after the graph'],
  [
    'graph(%x: f32[2]) {\n  %0 = sum(%x) {axes: } : f32[]\n  return %0\n}',
    'line 2, column 23 is not IR text: expected a number',
  ],
  ['', 'line 1, column 1 is not IR text: expected "graph"'],
])('the message for %j says what was expected', (text, message) => {
  expect(() => parseGraph(text)).toThrow(message)
})
