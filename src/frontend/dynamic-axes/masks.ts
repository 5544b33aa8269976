import type { TensorType } from '../../base/shape.ts'
import { makeConstant, makeNode } from '../../ir/builder.ts'
import type { GraphValue } from '../../ir/graph.ts'
import { differingAxes, type Filling, type PaddingRule } from '../../ops/padding/rule.ts'
import type { Attrs } from '../../ops/table.ts'
import { NotDynamic } from './scale.ts'

type Fillings = readonly (Filling | undefined)[]

/** `x` where every index is below the count of its axis, and the filling's value elsewhere. */
export function masked(
  x: GraphValue,
  { value, axes }: Filling,
  countOf: (axis: number) => GraphValue,
  source: string | undefined,
): GraphValue {
  const { dtype, shape } = x.type
  const inside = axes.map((axis): GraphValue => {
    const along = shape.map((size, i) => (i === axis ? size : 1))
    const index = makeNode('iota', [], { shape: along, axis, dtype: 'int32' }, source)
    return makeNode('less', [index, countOf(axis)], {}, source)
  })
  const condition = inside.reduce((a, b) => makeNode('logicalAnd', [a, b], {}, source))
  return makeNode('where', [condition, x, makeConstant(value, { dtype, shape: [] })], {}, source)
}

/** What satisfies both. */
export const bothFillings = (a: Fillings, b: Fillings): Fillings =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, i) => {
    const [x, y] = [a[i], b[i]]
    if (!x || !y) return x ?? y
    if (!Object.is(x.value, y.value)) throw new NotDynamic('what lies around an operand changes with the size')
    return { value: x.value, axes: [...new Set([...x.axes, ...y.axes])].toSorted((m, n) => m - n) }
  })

/** Whether what lies around operands is what has to. */
export const satisfies = (given: Fillings, wanted: Fillings): boolean =>
  wanted.every((filling, i) => {
    if (!filling) return true
    const own = given[i]
    return (
      own !== undefined && Object.is(own.value, filling.value) && filling.axes.every((axis) => own.axes.includes(axis))
    )
  })

/** The fillings of an op. @throws NotDynamic */
export function requireFillings(
  op: string,
  said: ReturnType<PaddingRule<Attrs>>,
  source: string | undefined,
): Fillings {
  if (typeof said !== 'string') return said
  throw new NotDynamic(`${op}${source === undefined ? '' : ` at ${source}`}: ${said}`)
}

/** Whether a value of the first type lies at the low indices of one of the second; sizes of 0 are another matter. */
export const fitsInto = (small: TensorType, large: TensorType): boolean =>
  small.dtype === large.dtype &&
  small.shape.length === large.shape.length &&
  differingAxes(small.shape, large.shape).every(
    (axis) => small.shape[axis]! >= 1 && small.shape[axis]! < large.shape[axis]!,
  )
