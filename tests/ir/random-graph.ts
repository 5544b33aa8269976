import fc from 'fast-check'
import { dtypeInfo, dtypes, type Dtype, type TypedArray } from '../../src/base/dtype.ts'
import { GryphError } from '../../src/base/errors.ts'
import { elementCount, sameType, type Shape } from '../../src/base/shape.ts'
import { makeConstant, makeNode } from '../../src/ir/builder.ts'
import { operandsOf, type Graph, type GraphInput, type GraphValue, type StateWrite } from '../../src/ir/graph.ts'
import type { Attrs, OpName } from '../../src/ops/table.ts'

/** One try to add a value: which op, which earlier values, which variant of its attributes. */
export interface Step {
  readonly op: number
  readonly operands: readonly [number, number, number]
  readonly variant: number
}
type AttrsOfStep = (shape: Shape, variant: number) => Attrs

const none: AttrsOfStep = () => ({})
const pick = <T>(items: readonly T[], index: number): T => items[index % items.length]!

const rotated = (shape: Shape, by: number): number[] => shape.map((_, axis) => (axis + by) % shape.length)
const reshaped: AttrsOfStep = (shape, variant) => ({
  shape: pick(
    [[elementCount(shape)], [1, ...shape], shape.toReversed(), [...shape, 1], shape.filter((size) => size !== 1)],
    variant,
  ),
})
const sliced: AttrsOfStep = (shape, variant) => ({
  starts: shape.map((size) => (variant % 3 === 1 ? size - 1 : variant % 3 === 2 ? Math.min(1, size - 1) : 0)),
  sizes: shape.map((size) =>
    variant % 3 === 1 ? size : variant % 3 === 2 ? Math.max(1, size - 1) : Math.ceil(size / 2),
  ),
  steps: shape.map(() => pick([2, -1, 1], variant)),
})
const reduced: AttrsOfStep = (shape, variant) => ({
  axes: pick([[0], [shape.length - 1], shape.map((_, axis) => axis)], variant),
  keepDims: variant % 2 === 0,
})

const steps: readonly (readonly [OpName, arity: number, AttrsOfStep])[] = [
  ...(
    [
      'neg',
      'abs',
      'sign',
      'sqrt',
      'floor',
      'relu',
      'copy',
      'exp',
      'sigmoid',
      'logicalNot',
      'neg',
      'logicalNot',
    ] as const
  ).map((op) => [op, 1, none] as const),
  ...(
    [
      'add',
      'sub',
      'mul',
      'div',
      'maximum',
      'minimum',
      'add',
      'sub',
      'mul',
      'equal',
      'notEqual',
      'less',
      'greaterEqual',
    ] as const
  ).map((op) => [op, 2, none] as const),
  ...(['logicalAnd', 'logicalOr', 'logicalXor', 'matmul'] as const).map((op) => [op, 2, none] as const),
  ['where', 3, none],
  ['cast', 1, (_, variant) => ({ dtype: pick(dtypes, variant) })],
  ['cast', 1, (_, variant) => ({ dtype: pick(dtypes, variant) })],
  ['reshape', 1, reshaped],
  ['reshape', 1, reshaped],
  ['permute', 1, (shape, variant) => ({ axes: rotated(shape, variant) })],
  ['permute', 1, (shape, variant) => ({ axes: rotated(shape, variant) })],
  [
    'broadcastTo',
    1,
    (shape, variant) => ({
      shape: pick([[2, ...shape], shape, shape.map((size) => (size === 1 ? 3 : size))], variant),
    }),
  ],
  ['slice', 1, sliced],
  ['slice', 1, sliced],
  ['sum', 1, reduced],
  ['max', 1, reduced],
  ['concat', 2, (_, variant) => ({ axis: variant % 2 })],
]

const numbers = [1, -1, 0, -0, 2, 0.5, -4, 3, NaN, Infinity]
const input = (name: string, role: GraphInput['role'], dtype: Dtype, ...shape: number[]): GraphInput => ({
  op: 'input',
  role,
  name,
  type: { dtype, shape },
})

/** Choices that a graph is made of. */
export const randomSteps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.record({
    op: fc.nat({ max: 999 }),
    operands: fc.tuple(fc.nat({ max: 999 }), fc.nat({ max: 999 }), fc.nat({ max: 999 })),
    variant: fc.nat({ max: 99 }),
  }),
  { maxLength: 40, size: 'max' },
)

/** A graph over a handful of small inputs, of every kind of op that is the same on every machine. */
export const randomGraph: fc.Arbitrary<Graph> = randomSteps.map((choices) => {
  const values: GraphValue[] = graphInputs()
  for (const choice of choices) {
    const value = valueOf(choice, values)
    if (value) values.push(value)
  }
  return graphOfValues(values)
})

export const graphInputs = (): GraphInput[] => [
  input('x', 'argument', 'float32', 2, 3),
  input('y', 'argument', 'float32', 3),
  input('state', 'state', 'float32', 2, 3),
  input('n', 'capture', 'int32', 2, 3),
  input('p', 'argument', 'bool', 2, 1),
  input('d', 'argument', 'float64'),
]

/** A constant, or an op on some of `values`; undefined where the op does not take them. */
export function valueOf(choice: Step, values: readonly GraphValue[]): GraphValue | undefined {
  const value = choice.op % 6 === 0 ? constantOf(choice) : nodeOf(choice, values)
  return value && elementCount(value.type.shape) <= 64 ? value : undefined
}

/** Gives what nothing else uses, and the last value; writes one to the state. */
export function graphOfValues(values: readonly GraphValue[]): Graph {
  const inputs = values.filter((value) => value.op === 'input')
  const state = inputs.find(({ role }) => role === 'state')!
  const last = values.findLast((value) => sameType(value.type, state.type))
  const writes: StateWrite[] = last ? [{ state, value: last }] : []
  const used = new Set(values.flatMap(operandsOf))
  const results = values.filter((value, i) => !used.has(value) || i === values.length - 1)
  return { inputs, results, writes }
}

function constantOf({ operands, variant }: Step): GraphValue {
  const dtype = pick(dtypes, variant)
  if (variant % 4 > 0)
    return makeConstant(pick(numbers, operands[0]), { dtype, shape: pick([[], [], [3], [2, 3]], operands[1]) })
  const elements = new dtypeInfo[dtype].array(
    [0, 1, 2].map((i) => (dtype === 'bool' ? (variant + i) % 2 : pick(numbers, operands[2] * (i + 1)))),
  )
  return makeConstant(elements, { dtype, shape: [3] })
}

/** The nearest operands, from a random one on, that have the dtype of the first; undefined where the op does not accept them. */
function nodeOf({ op, operands, variant }: Step, values: readonly GraphValue[]): GraphValue | undefined {
  const [name, arity, attrs] = pick(steps, op)
  const wanted = name.startsWith('logical') ? 'bool' : undefined
  const near = (start: number, dtype: Dtype | undefined): GraphValue | undefined => {
    // Recent values more often than old ones, so that graphs are deep.
    const from = values.length - 1 - (start % (start % 3 === 0 ? values.length : Math.min(values.length, 4)))
    return [...values.slice(0, from + 1).toReversed(), ...values].find(
      (value) => dtype === undefined || value.type.dtype === dtype,
    )
  }
  const first = near(operands[0], name === 'where' ? 'bool' : wanted)
  if (!first) return undefined
  const second = near(operands[1], name === 'where' ? undefined : first.type.dtype)!
  const chosen = [first, second, near(operands[2], second.type.dtype)!].slice(0, arity)
  try {
    return makeNode(name, chosen, attrs(first.type.shape, variant), `user.ts:${variant}:1`)
  } catch (error) {
    if (error instanceof GryphError) return undefined
    throw error
  }
}

/** Elements for the inputs, with special values among them. */
export function elementsFor({ type }: GraphInput): TypedArray {
  const values = [1.5, -2, -0, 0, 3, 1e30, 0.1, NaN, Infinity]
  return new dtypeInfo[type.dtype].array(
    Array.from({ length: elementCount(type.shape) }, (_, i) =>
      type.dtype === 'bool' ? i % 2 : values[i % values.length]!,
    ),
  )
}
