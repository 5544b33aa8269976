import { expect, test } from 'vitest'
import type { GraphNode } from '../../src/ir/graph.ts'
import { parseGraph } from '../../src/ir/parse.ts'
import { printGraph } from '../../src/ir/print.ts'
import { mapGraph } from '../../src/rewrite/map-graph.ts'

const text = `graph(%x: f32[2], state %w: f32[2]) {
  %0 = exp(%x) : f32[2]
  %1 = relu(%0) : f32[2]
  %2 = neg(%0) : f32[2]
  %3 = abs(%2) : f32[2]
  write %w <- %3
  return %1
}
`

test('nodes above a change are new, the others stay the same objects, and the graph given is as it was', () => {
  const graph = parseGraph(text)
  const after = mapGraph(graph, (value) => (value.op === 'neg' ? value.operands[0]! : value))
  expect(printGraph(after)).toContain('%1 = relu(%0) : f32[2]\n  %2 = abs(%0) : f32[2]\n  write %w <- %2')
  expect(after.results[0]).toBe(graph.results[0])
  expect((after.writes[0]!.value as GraphNode).operands[0]).toBe((graph.results[0] as GraphNode).operands[0]) // both are nodes
  expect(printGraph(graph)).toBe(text)
})

test('without a change the graph stays the same object', () => {
  const graph = parseGraph(text)
  expect(mapGraph(graph, (value) => value)).toBe(graph)
})

test('a chain longer than the call stack is mapped', () => {
  let value: GraphNode['operands'][number] = {
    op: 'input',
    role: 'argument',
    name: 'x',
    type: { dtype: 'float32', shape: [] },
  }
  const inputs = [value]
  for (let i = 0; i < 100_000; i++) value = { op: 'neg', operands: [value], attrs: {}, type: value.type }
  const after = mapGraph({ inputs, results: [value], writes: [] }, (node) =>
    node.op === 'neg' ? node.operands[0]! : node,
  )
  expect(after.results[0]).toBe(inputs[0])
})
