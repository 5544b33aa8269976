import { expect, test } from 'vitest'
import { InternalError } from '../../src/base/errors.ts'
import { makeConstant, makeNode } from '../../src/ir/builder.ts'
import { makeControl } from '../../src/ir/control.ts'
import type { Graph, GraphInput, GraphNode, GraphValue } from '../../src/ir/graph.ts'
import { verifyGraph } from '../../src/ir/verify.ts'

const type = { dtype: 'float32', shape: [2] } as const
const input = (name: string, role: GraphInput['role'] = 'argument'): GraphInput => ({ op: 'input', role, name, type })
const [x, w] = [input('x'), input('w', 'state')]
const flag: GraphInput = { ...input('flag'), type: { dtype: 'bool', shape: [] } }
const doubled = makeNode('add', [x, x], {})
const graph = (changes: Partial<Graph>): Graph => ({ inputs: [x, w], results: [doubled], writes: [], ...changes })
/** A branch of x whose regions are what they are given. */
const branch = (...regions: Graph[]): GraphValue =>
  makeControl({ name: 'cond', regions, carried: 0, counted: false, operands: [flag, x] }).results[0]!
const region = (): Graph => {
  const y = input('y')
  return { inputs: [y], results: [makeNode('neg', [y], {})], writes: [] }
}
const shared = region()
const cyclic = (): GraphNode => {
  const operands: GraphValue[] = [x]
  const node: GraphNode = { op: 'neg', operands, attrs: {}, type }
  operands[0] = node
  return node
}

test('a valid graph passes', () => {
  verifyGraph(graph({ inputs: [x, flag], results: [branch(region(), region())] }))
  verifyGraph(graph({ writes: [{ state: w, value: doubled }] }))
})

test.each<[number, string, Graph]>([
  [1, 'two inputs of one name', graph({ inputs: [x, input('x')] })],
  [2, 'an input that is not listed', graph({ inputs: [w] })],
  [2, 'a result that is an input not listed', graph({ results: [input('z')] })],
  [3, 'a cycle', graph({ results: [cyclic()] })],
  [
    4,
    'a type that is not the inferred one',
    graph({ results: [{ ...doubled, type: { dtype: 'float32', shape: [3] } }] }),
  ],
  [
    4,
    'operands that do not fit',
    graph({ results: [{ ...doubled, operands: [x, makeConstant(1, { dtype: 'int32', shape: [] })] }] }),
  ],
  [11, 'two branches that are one region', graph({ inputs: [x, flag], results: [branch(shared, shared)] })],
  [
    11,
    'a region with an input of the outside',
    graph({ inputs: [x, flag], results: [branch(region(), { inputs: [x], results: [x], writes: [] })] }),
  ],
  [5, 'too few elements', graph({ results: [makeConstant(new Float32Array(1), type)] })],
  [5, 'elements in an array of another dtype', graph({ results: [makeConstant(new Float64Array(2), type)] })],
  [5, 'a number the dtype does not hold', graph({ results: [{ op: 'constant', value: 0.1, type }] })],
  [6, 'a write to an argument', graph({ writes: [{ state: x, value: doubled }] })],
  [
    6,
    'a write of another type',
    graph({ writes: [{ state: w, value: makeConstant(1, { dtype: 'float32', shape: [] }) }] }),
  ],
  [
    7,
    'two writes to one state',
    graph({
      writes: [
        { state: w, value: doubled },
        { state: w, value: x },
      ],
    }),
  ],
  [8, 'a size below 0', graph({ results: [makeConstant(1, { dtype: 'float32', shape: [-1] })] })],
])('check %i finds %s', (check, _, broken) => {
  expect(() => verifyGraph(broken)).toThrow(InternalError)
  expect(() => verifyGraph(broken)).toThrow(`graph check ${check} failed`)
})

test('the message names the pass and shows the line with its neighbours', () => {
  const bad: GraphNode = {
    op: 'neg',
    operands: [doubled],
    attrs: {},
    type: { dtype: 'float32', shape: [3] },
    source: 'model.ts:4:2',
  }
  expect(() => verifyGraph(graph({ results: [bad] }), 'fusion')).toThrow(
    `[gryph] internal fault: graph check 4 failed after pass fusion: the type is f32[3], inferred is f32[2]
  graph(%x: f32[2], state %w: f32[2]) {
    %0 = add(%x, %x) : f32[2]
>   %1 = neg(%0) : f32[3] // model.ts:4:2
    return %1
  }. Please report it with the code that led here.`,
  )
})
