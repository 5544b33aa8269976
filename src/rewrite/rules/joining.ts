import { sameShape } from '../../base/shape.ts'
import { makeNode } from '../../ir/builder.ts'
import { isNode, type GraphNode, type GraphValue } from '../../ir/graph.ts'
import { noAttrs, type OpTable } from '../../ops/table.ts'
import { isSplat, type NodePattern } from '../pattern.ts'
import { rule, type Rule } from '../rule.ts'

/** Sums of more stay as they are. */
const mostParts = 1024
/** More are joined in two steps, for a kernel has code for every part. */
const mostAtOnce = 64

/** A value that lies in a larger one along an axis, zeros on both sides. */
interface Part {
  readonly value: GraphValue
  readonly start: number
}

/** A tree of additions whose leaves are pads with +0. */
const sumOfPads: NodePattern<'x'> = {
  op: 'add',
  match: (value, _, rest) => isNode(value) && leavesOf(value) !== undefined && rest(),
  instances: ({ dtype, operand }) => {
    const x = operand('x', dtype)
    const [n, ...others] = x.type.shape as [number, ...number[]] // operands have an axis at least
    const placed = (position: number, count: number): GraphNode =>
      makeNode('pad', [x], {
        shape: [n * count, ...others],
        starts: [n * position, ...others.map(() => 0)],
        steps: [1, ...others.map(() => 1)],
        value: 0,
      })
    const sum = (a: GraphValue, b: GraphValue): GraphNode => makeNode('add', [a, b], noAttrs)
    return [
      sum(placed(1, 2), placed(0, 2)),
      sum(sum(placed(2, 3), placed(0, 3)), placed(1, 3)),
      sum(placed(0, 3), placed(1, 3)), // with a gap
      sum(sum(placed(0, 2), placed(1, 2)), placed(1, 2)), // twice the same place
    ]
  },
}

/** Gradients of slices that make up a whole: n passes over the whole become one. */
export const joiningRules: readonly Rule[] = [
  // pad(x) + pad(y) + … = concat(x + 0, y + 0, …) where they lie side by side: every element meets a zero, which turns −0 into 0
  rule('sum-of-pads', sumOfPads, (_, { found, make, constant }) => {
    const leaves = leavesOf(found)
    const axis = leaves && axisOf(leaves)
    if (!leaves || axis === undefined) return undefined
    const parts = leaves
      .map(({ operands: [value], attrs }): Part => ({ value: value!, start: attrsOf(attrs).starts[axis]! }))
      .sort((a, b) => a.start - b.start)
    let end = 0
    for (const { value, start } of parts) {
      if (start !== end) return undefined
      end += value.type.shape[axis]!
    }
    if (end !== found.type.shape[axis]) return undefined
    const zero = constant(0, { dtype: found.type.dtype, shape: [] })
    let joined = parts.map(({ value }) => (hasNoNegativeZero(value) ? value : make('add', [value, zero])))
    while (joined.length > mostAtOnce) {
      const runs = Array.from({ length: Math.ceil(joined.length / mostAtOnce) }, (_, i) =>
        joined.slice(i * mostAtOnce, (i + 1) * mostAtOnce),
      )
      joined = runs.map((run) => make('concat', run, { axis }))
    }
    return make('concat', joined, { axis })
  }),
]

const attrsOf = (attrs: GraphNode['attrs']): OpTable['pad']['attrs'] => attrs as OpTable['pad']['attrs'] // of a pad

/** The pads that are added up; undefined where something else takes part. */
function leavesOf(sum: GraphNode): GraphNode[] | undefined {
  const leaves: GraphNode[] = []
  const stack: GraphValue[] = [sum]
  for (let top = stack.pop(); top; top = stack.pop()) {
    if (!isNode(top) || !sameShape(top.type.shape, sum.type.shape)) return undefined
    if (top.op === 'add') stack.push(...top.operands)
    else if (top.op === 'pad' && Object.is(attrsOf(top.attrs).value, 0) && leaves.length < mostParts) leaves.push(top)
    else return undefined
  }
  return leaves
}

/** The one axis along which the pads make their operands larger. */
function axisOf(pads: readonly GraphNode[]): number | undefined {
  const { shape } = pads[0]!.type
  const axes = shape.flatMap((size, axis) =>
    pads.some(({ operands: [x] }) => x!.type.shape[axis] !== size) ? [axis] : [],
  )
  const isPlain = pads.every(({ attrs }) => attrsOf(attrs).steps.every((step) => step === 1))
  return axes.length === 1 && isPlain ? axes[0] : undefined
}

/** Whether the value is made of sums with +0 only, without looking far. */
function hasNoNegativeZero(value: GraphValue): boolean {
  if (!isNode(value)) return false
  switch (value.op) {
    case 'add':
      return value.operands.some((operand) => isSplat(operand) && Object.is(operand.value, 0))
    case 'reshape':
    case 'permute':
    case 'slice':
      return hasNoNegativeZero(value.operands[0]!)
    case 'concat':
      return value.operands.every(hasNoNegativeZero)
    default:
      return false
  }
}
