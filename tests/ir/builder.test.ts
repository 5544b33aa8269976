import { expect, test } from 'vitest'
import { graphInterpreter, graphInterpreterFrom } from '../../src/ir/builder.ts'
import type { GraphInput, GraphValue } from '../../src/ir/graph.ts'
import { printGraph } from '../../src/ir/print.ts'
import { verifyGraph } from '../../src/ir/verify.ts'
import { withInterpreter, type Interpreter } from '../../src/ops/interpreter.ts'

const x: GraphInput = { op: 'input', role: 'argument', name: 'x', type: { dtype: 'float32', shape: [2, 3] } }

/** sum(x · 0.1) along axis 1, by whichever interpreter is given. */
function built(interpreter: Interpreter): string {
  return withInterpreter(interpreter, () => {
    const scaled = interpreter.apply('mul', [x, interpreter.constant(0.1, 'float32')], {})
    const total = interpreter.apply('sum', [scaled], { axes: [1], keepDims: false }) as GraphValue // what a graph interpreter makes
    const graph = { inputs: [x], results: [total], writes: [] }
    verifyGraph(graph)
    return printGraph(graph, { sources: true })
  })
}

test('ops become nodes with inferred types, numbers become constants of their dtype', () => {
  expect(built(graphInterpreter)).toBe(`graph(%x: f32[2, 3]) {
  %0 = constant(0.1) : f32[]
  %1 = mul(%x, %0) : f32[2, 3]
  %2 = sum(%1) {axes: [1], keepDims: false} : f32[2]
  return %2
}
`)
})

test('nodes carry the source lines they are given', () => {
  expect(built(graphInterpreterFrom(() => 'model.ts:7:3'))).toContain(
    'sum(%1) {axes: [1], keepDims: false} : f32[2] // model.ts:7:3',
  )
})

test('operands that do not fit are refused with the error of the op', () => {
  const y: GraphInput = { ...x, name: 'y', type: { dtype: 'float32', shape: [4] } }
  expect(() => graphInterpreter.apply('add', [x, y], {})).toThrow(expect.objectContaining({ code: 'SHAPE_MISMATCH' }))
})
