import { expect, test } from 'vitest'
import { parseGraph } from '../../src/ir/parse.ts'
import { sameGraph } from '../../src/ir/same-graph.ts'

const text = `graph(%x: f32[4], state %w: f32[4]) {
  %0 = mul(%x, %w) : f32[4]
  %1 = constant([1, 2, 3, -0]) : f32[4]
  %2 = add(%0, %1) : f32[4]
  %3 = sum(%2) {axes: [0], keepDims: false} : f32[]
  write %w <- %2
  return %3
}
`

test('a graph is the same as one parsed from its own text, whatever its inputs are called', () => {
  expect(sameGraph(parseGraph(text), parseGraph(text))).toBe(true)
  expect(sameGraph(parseGraph(text), parseGraph(text.replaceAll('%x', '%y')))).toBe(true)
})

test.each([
  ['an op', 'mul(', 'sub('],
  ['an operand', 'mul(%x, %w)', 'mul(%w, %x)'],
  ['a bit of a constant', '-0]', '0]'],
  ['an attribute', 'keepDims: false} : f32[]', 'keepDims: true} : f32[1]'],
  ['the role of an input', 'state %w', '%w'],
  ['a write', 'write %w <- %2', 'write %w <- %0'],
  ['a result', 'return %3', 'return %2'],
])('%s makes it another graph', (_, from, to) => {
  const changed = text.replace(from, to)
  const other = from === 'state %w' ? changed.replace(/ {2}write.*\n/, '') : changed
  expect(sameGraph(parseGraph(text), parseGraph(other))).toBe(false)
})
