import { expect, test } from 'vitest'
import { type Dtype, dtypes } from '../../src/base/dtype.ts'
import { contiguousLayout } from '../../src/base/layout.ts'
import { elementCount } from '../../src/base/shape.ts'
import type { FusionGroup } from '../../src/ir/fusion-group.ts'
import type { GraphNode, GraphValue } from '../../src/ir/graph.ts'
import type { Expr, Statement } from '../../src/kernel/ir.ts'
import { lowerGroup, type Storage } from '../../src/kernel/lower.ts'
import { allExpressions } from '../../src/kernel/probe.ts'
import { recordOf } from '../../src/ops/registry.ts'
import type { Attrs, OpName } from '../../src/ops/table.ts'
import { samples } from '../ops/samples.ts'
import { input, node } from './group-fixture.ts'

const ops = Object.keys(samples) as OpName[] // the keys of the table

/** Ops that are no kernel of their own, or whose shapes follow from attributes: each with shapes that fill lanes. */
const others: { readonly [O in OpName]?: readonly (() => GraphNode)[] } = {
  iota: dtypes
    .filter((dtype) => dtype !== 'bool')
    .map((dtype) => () => node('iota', [], { shape: [8, 36], axis: 1, dtype })),
  oneHot: [() => node('oneHot', [input('int32', [36])], { depth: 36, dtype: 'float32' })],
  gather: [0, 1].map((axis) => () => node('gather', [input('float32', [36, 36]), input('int32', [36])], { axis })),
  random: (['uniform', 'normal', 'bits'] as const).map(
    (distribution) => () =>
      node('random', [input('int32', [4])], {
        shape: [36],
        distribution,
        dtype: distribution === 'bits' ? 'int32' : 'float32',
      }),
  ),
  matmul: (['float32', 'float64', 'int32'] as const).map(
    (dtype) => () => node('matmul', [input(dtype, [36, 36]), input(dtype, [36, 36])]),
  ),
  conv2d: [
    () =>
      node('conv2d', [input('float32', [4, 4, 12, 12]), input('float32', [8, 4, 3, 3])], {
        strides: [1, 1],
        dilations: [1, 1],
        groups: 1,
      }),
  ],
  concat: [() => node('concat', [input('float32', [36, 8]), input('float32', [36, 16])], { axis: 1 })],
  assemble: [
    () =>
      node('assemble', [input('float32', [36, 8]), input('float32', [36, 8])], {
        shape: [36, 16],
        starts: [
          [0, 0],
          [0, 1],
        ],
        steps: [
          [1, 2],
          [1, 2],
        ],
      }),
  ],
  dynamicSlice: [
    () =>
      node('dynamicSlice', [input('float32', [8, 36]), input('int32', [])], {
        starts: [0, 0],
        sizes: [1, 36],
        steps: [1, 1],
        axes: [0],
      }),
  ],
  assertion: [
    () => node('assertion', [input('bool', [36])], { test: 'true', message: 'holds' }),
    () => node('assertion', [input('float32', [36])], { test: 'finite', message: 'x' }),
    () => node('assertion', [input('float32', [36])], { test: 'pivot', message: 'solve' }),
  ],
  checkedIndex: [() => node('checkedIndex', [input('int32', [36])], { axis: 0, size: 5, extent: 1 })],
  setSlice: [
    () =>
      node('setSlice', [input('float32', [8, 36]), input('float32', [1, 36]), input('int32', [])], {
        starts: [0, 0],
        steps: [1, 1],
        axes: [0],
      }),
  ],
  scatter: (['set', 'add'] as const).map(
    (combine) => () =>
      node('scatter', [input('float32', [8, 36]), input('float32', [4, 36]), input('int32', [4])], {
        axis: 0,
        combine,
      }),
  ),
  pad: [() => node('pad', [input('float32', [36])], { shape: [48], starts: [4], steps: [1], value: 0 })],
}

/** One element after the other, and why. */
const scalar: { readonly [O in OpName]?: string } = {
  scatterAdd: 'neighbours may go to the same place',
  permutation: 'each swap needs the one before',
}
/** Functions of float64 are calls of the host, one number at a time. */
const ofHost: readonly OpName[] = ['exp', 'expm1', 'log', 'log1p', 'sin', 'cos', 'tanh', 'sigmoid', 'erf', 'pow']

/** `op` of operands with the dtypes and attributes of its samples, in shapes that fill lanes. */
function nodesOf(op: OpName): GraphNode[] {
  const { kind } = recordOf(op)
  if (kind === 'reduction') {
    const axes = [[0], [1], [0, 1]]
    return dtypes.flatMap((dtype) =>
      axes.flatMap((each) => madeOf(op, [dtype], [40, 36], { axes: each, keepDims: false })),
    )
  }
  if (kind !== 'elementwise') return (others[op] ?? []).map((make) => make())
  return samples[op].flatMap(({ operands, attrs }) =>
    madeOf(
      op,
      operands.map(({ dtype }) => dtype),
      [8, 36],
      attrs,
    ),
  )
}

/** None where the op does not take these dtypes. */
function madeOf(op: OpName, operands: readonly Dtype[], shape: readonly number[], attrs: Attrs): GraphNode[] {
  try {
    return [
      node(
        op,
        operands.map((dtype) => input(dtype, shape)),
        attrs,
      ),
    ]
  } catch {
    return []
  }
}

function bodyOf(anchor: GraphNode): readonly Statement[] {
  const { kind } = recordOf(anchor.op)
  const group: FusionGroup =
    kind === 'reduction' || kind === 'contraction' || kind === 'opaque'
      ? { kind, nodes: [anchor], anchor, outputs: [anchor] }
      : { kind: 'elementwise', nodes: [anchor], outputs: [anchor] }
  const storages = new Map<GraphValue, Storage>()
  const bufferOf = (value: GraphValue): Storage => {
    const { dtype, shape } = value.type
    const known = storages.get(value) ?? {
      buffer: { name: `b${storages.size}`, dtype, elementCount: elementCount(shape) },
      layout: contiguousLayout(shape),
    }
    storages.set(value, known)
    return known
  }
  return lowerGroup(group, 'test', { simd: true, bufferOf, nextSite: () => 1 }).body
}

const valuesOf = (statement: Statement): readonly Expr[] =>
  statement.kind === 'store' || statement.kind === 'let' || statement.kind === 'assign' ? [statement.value] : []

/** How often innermost loops run that have no vector in them. */
function scalarLoops(body: readonly Statement[]): number[] {
  return body.flatMap((statement) => {
    if (statement.kind !== 'loop') return []
    if (statement.body.some(({ kind }) => kind === 'loop')) return scalarLoops(statement.body)
    const values = allExpressions(statement.body.flatMap(valuesOf))
    return [...values].some(({ type }) => type.lanes > 1) ? [] : [statement.extent]
  })
}

test.each(ops.filter((op) => recordOf(op).kind !== 'view' && !(op in scalar)))(
  'every loop of the kernels of %s has vectors, but where the host is called',
  (op) => {
    const nodes = nodesOf(op)
    expect(nodes).not.toEqual([])
    for (const each of nodes) {
      const isScalar = ofHost.includes(op) && each.type.dtype === 'float64'
      const { dtype, shape } = each.type
      expect(scalarLoops(bodyOf(each)).length > 0, `${dtype}[${shape.join()}]`).toBe(isScalar)
    }
  },
)
