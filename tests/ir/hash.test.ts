import { expect, test } from 'vitest'
import { hashGraph } from '../../src/ir/hash.ts'
import { parseGraph } from '../../src/ir/parse.ts'

const text = `graph(%x: f32[2], state %w: f32[2]) {
  %0 = constant(0) : f32[]
  %1 = add(%x, %0) : f32[2]
  %2 = sum(%1) {axes: [0], keepDims: true} : f32[1]
  %3 = constant([1, 2]) : f32[2]
  %4 = sub(%1, %3) : f32[2]
  write %w <- %4
  return %2, %4
}
`
const hash = hashGraph(parseGraph(text))

test.each([
  ['names of inputs', '%x', '%other'],
  ['source lines', 'f32[1]', 'f32[1] // a.ts:1:1'],
  ['the order of attributes', 'axes: [0], keepDims: true', 'keepDims: true, axes: [0]'],
])('%s do not count', (_, from, to) => {
  expect(hashGraph(parseGraph(text.replaceAll(from, to)))).toBe(hash)
})

test.each([
  ['the sign of a zero', 'constant(0)', 'constant(-0)'],
  ['an element of a constant', '[1, 2]', '[1, 3]'],
  ['an op', 'sub(', 'mul('],
  ['the order of operands', 'sub(%1, %3)', 'sub(%3, %1)'],
  ['an attribute', 'axes: [0]', 'axes: [1]'],
  ['a type', '%1 = add(%x, %0) : f32[2]', '%1 = add(%x, %0) : f32[3]'],
  ['a role', 'state %w', '%w'],
  ['a weak number', '(%x', '(weak %x'],
  ['the order of results', 'return %2, %4', 'return %4, %2'],
  ['a result', 'return %2, %4', 'return %2'],
  ['a write', '  write %w <- %4\n', ''],
])('%s counts', (_, from, to) => {
  const changed = text.replace(from, to)
  expect(changed).not.toBe(text)
  expect(hashGraph(parseGraph(changed))).not.toBe(hash)
})

test('a hundred thousand graphs that differ in one number have different hashes', () => {
  const graph = (value: number) =>
    hashGraph({ inputs: [], results: [{ op: 'constant', value, type: { dtype: 'float64', shape: [] } }], writes: [] })
  expect(new Set(Array.from({ length: 100_000 }, (_, i) => graph(i))).size).toBe(100_000)
})
