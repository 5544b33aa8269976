import { isFloat } from '../../base/dtype.ts'
import { sameShape, type Shape, type TensorType } from '../../base/shape.ts'
import type { GraphNode, GraphValue } from '../../ir/graph.ts'
import type { Attrs, OpTable } from '../../ops/table.ts'
import { any, isSplat, node, type NodePattern, withAttrs } from '../pattern.ts'
import { type Replacement, rule, type Rule } from '../rule.ts'

type PadAttrs = OpTable['pad']['attrs']
type SliceAttrs = OpTable['slice']['attrs']
type AssembleAttrs = OpTable['assemble']['attrs']

// Attributes to build instances with: results of one shape, in which operands of one size can stand apart.
const roomFor = ({ shape }: TensorType): Shape => shape.map((size) => 3 * size + 3)
const placesOf = ([of]: readonly TensorType[]): Attrs[] =>
  [0, 1].map((start) => ({
    shape: roomFor(of!),
    starts: of!.shape.map(() => start),
    steps: of!.shape.map(() => 2),
    value: 0,
  }))
const pairsOf = ([of]: readonly TensorType[]): Attrs[] => [
  {
    shape: roomFor(of!),
    starts: [0, 1].map((start) => of!.shape.map(() => start)),
    steps: [0, 1].map(() => of!.shape.map(() => 3)),
  },
]
const laterOf = ([of]: readonly TensorType[]): Attrs[] => [
  { shape: roomFor(of!), starts: of!.shape.map(() => 2), steps: of!.shape.map(() => 3), value: 0 },
]

const lastLeftOut = ([of]: readonly TensorType[]): Attrs[] => [
  { starts: of!.shape.map(() => 0), sizes: of!.shape.map((size) => size - 1), steps: of!.shape.map(() => 1) },
]

const slice = withAttrs('slice', lastLeftOut)
const pad = withAttrs('pad', placesOf)
const laterPad = withAttrs('pad', laterOf)
const assemble = withAttrs('assemble', pairsOf)

const [x, y, z] = [any('x'), any('y'), any('z')]
/** Operands have one shape only where they are one value: instances are those of `twins`. */
const builtBy = <K extends string>(pattern: NodePattern<K>, twins: NodePattern<'x'>): NodePattern<K> => ({
  ...pattern,
  instances: ({ dtype, operand }) =>
    twins.instances({ dtype, operand: operand as (name: 'x', of: typeof dtype) => GraphValue }), // asked for x alone
})
const twoPads = builtBy(node('add', node(pad, x), node(pad, y)), node('add', node(pad, x), node(pad, x)))
const onePadMore = builtBy(
  node('add', node(assemble, x, y), node(laterPad, z)),
  node('add', node(assemble, x, x), node(laterPad, x)),
)

interface Placed {
  readonly part: GraphValue
  readonly sizes: Shape
  readonly starts: readonly number[]
  readonly steps: readonly number[]
}

/** Whether no element of `a` has the place of one of `b`. */
const areApart = (a: Placed, b: Placed): boolean =>
  a.sizes.some((_, axis) => {
    const [low, high] = [a, b].map(({ starts, steps, sizes }) => {
      const ends = [starts[axis]!, starts[axis]! + (sizes[axis]! - 1) * steps[axis]!]
      return [Math.min(...ends), Math.max(...ends)] as const
    }) as [readonly [number, number], readonly [number, number]] // of two
    if (low[1] < high[0] || high[1] < low[0]) return true
    const step = Math.abs(a.steps[axis]!)
    return step === Math.abs(b.steps[axis]!) && (a.starts[axis]! - b.starts[axis]!) % step !== 0
  })

const paddedPart = ({ operands, attrs, type }: GraphNode, within: Shape): Placed | undefined => {
  const { starts, steps, value } = attrs as PadAttrs // the record has checked them
  return Object.is(value, 0) && sameShape(type.shape, within)
    ? { part: operands[0]!, sizes: operands[0]!.type.shape, starts, steps }
    : undefined
}
const assembledParts = ({ operands, attrs }: GraphNode): Placed[] => {
  const { starts, steps } = attrs as AssembleAttrs // the record has checked them
  return operands.map((part, i) => ({ part, sizes: part.type.shape, starts: starts[i]!, steps: steps[i]! }))
}
/** Every part has met a 0 of the others, which turns −0 into 0; parts that are together already have. */
const plusZero = (part: GraphValue, { make, constant }: Replacement): GraphValue =>
  isFloat(part.type.dtype) && !hasZeroAdded(part)
    ? make('add', [part, constant(0, { dtype: part.type.dtype, shape: [] })])
    : part
const hasZeroAdded = (part: GraphValue): boolean =>
  part.op === 'add' && part.operands.some((operand) => isSplat(operand) && Object.is(operand.value, 0))

const assembled = (parts: readonly Placed[], { found, make }: Replacement): GraphNode =>
  make(
    'assemble',
    parts.map(({ part }) => part),
    { shape: found.type.shape, starts: parts.map(({ starts }) => starts), steps: parts.map(({ steps }) => steps) },
  )
/** The operand that is an application of `op`; the pattern says that there is one. */
const operandBy = (found: GraphNode, op: string): GraphNode =>
  found.operands.find((operand) => operand.op === op) as GraphNode // by the pattern

/** Less padding, and sums of parts of zeros that lie apart: each part is written to its place once. */
export const placeRules: readonly Rule[] = [
  // pad(x)[range with all of x] = pad'(x)
  rule('slice-padding', node(slice, node(pad, x)), ({ x }, { found, make }) => {
    const range = found.attrs as SliceAttrs // the record has checked them
    const inner = found.operands[0] as GraphNode // by the pattern
    const { starts, steps, value } = inner.attrs as PadAttrs // the record has checked them
    const holdsAll = x.type.shape.every((size, axis) => {
      const ends = [starts[axis]!, starts[axis]! + (size - 1) * steps[axis]!]
      const [first, last] = [range.starts[axis]!, range.starts[axis]! + range.sizes[axis]! - 1]
      return range.steps[axis] === 1 && size > 0 && first <= Math.min(...ends) && Math.max(...ends) <= last
    })
    if (!holdsAll) return undefined
    const from = starts.map((start, axis) => start - range.starts[axis]!)
    return make('pad', [x], { shape: range.sizes, starts: from, steps, value })
  }),
  // pad(x) + pad(y) = assemble(x + 0, y + 0)
  rule('add-pads-apart', twoPads, (_, at) => {
    const [first, second] = (at.found.operands as GraphNode[]).map((operand) =>
      paddedPart(operand, at.found.type.shape),
    ) // by the pattern
    if (!first || !second || !areApart(first, second)) return undefined
    const parts = [first, second].sort((a, b) => inRowMajorOrder(a, b))
    return assembled(
      parts.map((each) => ({ ...each, part: plusZero(each.part, at) })),
      at,
    )
  }),
  // assemble(x, …) + pad(z) = assemble(x + 0, …, z + 0)
  rule('add-pad-to-assembled', onePadMore, (_, at) => {
    const { shape } = at.found.type
    const whole = operandBy(at.found, 'assemble')
    const before = sameShape(whole.type.shape, shape) ? assembledParts(whole) : []
    const added = paddedPart(operandBy(at.found, 'pad'), shape)
    if (!added || before.length === 0 || !before.every((part) => areApart(part, added))) return undefined
    const parts = [...before, added].map((each) => ({ ...each, part: plusZero(each.part, at) }))
    return assembled(
      parts.sort((a, b) => inRowMajorOrder(a, b)),
      at,
    )
  }),
]

/** Parts whose elements take turns stand side by side. */
function inRowMajorOrder(a: Placed, b: Placed): number {
  const axis = a.starts.findIndex((start, i) => start !== b.starts[i])
  return axis < 0 ? 0 : a.starts[axis]! - b.starts[axis]!
}
