import type { Dtype, TypedArray } from '../../base/dtype.ts'
import { shapeText, type TensorType } from '../../base/shape.ts'
import { numberText } from '../../ir/text.ts'

/** Something that eager and compiled execution disagree about. */
export interface Difference {
  /** What it is: `result`, `result.loss`, `state2`, `the gradient of state0`. */
  readonly what: string
  /** `file:line:column` of the op that computed it. */
  readonly source: string | undefined
  /** Of tensors: the first element that differs, both values there, and how many elements differ. */
  readonly index: readonly number[] | undefined
  readonly dtype: Dtype | undefined
  readonly eager: unknown
  readonly compiled: unknown
  readonly differentElements: number
  readonly elements: number
}

/** Position of the first element with other bits; −1 if there is none. One NaN is like another. */
export function firstDifferent(a: TypedArray, b: TypedArray): number {
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return i
  return a.length === b.length ? -1 : Math.min(a.length, b.length)
}

/** How two tensors of one type differ; undefined if they have the same bits. */
export function tensorDifference(
  what: string,
  source: string | undefined,
  { dtype, shape }: TensorType,
  eager: TypedArray,
  compiled: TypedArray,
): Difference | undefined {
  const position = firstDifferent(eager, compiled)
  if (position < 0) return undefined
  let differentElements = 0
  for (let i = 0; i < eager.length; i++) if (!Object.is(eager[i], compiled[i])) differentElements++
  return {
    what,
    source,
    index: indexAt(position, shape),
    dtype,
    eager: eager[position],
    compiled: compiled[position],
    differentElements,
    elements: eager.length,
  }
}

/** A difference that is not one of elements. */
export const otherDifference = (what: string, eager: unknown, compiled: unknown): Difference => ({
  what,
  source: undefined,
  index: undefined,
  dtype: undefined,
  eager,
  compiled,
  differentElements: 1,
  elements: 1,
})

function indexAt(position: number, shape: readonly number[]): number[] {
  let rest = position
  const index = shape.toReversed().map((size) => {
    const along = rest % size
    rest = Math.floor(rest / size)
    return along
  })
  return index.toReversed()
}

/** `result.loss differs at [1, 2]: eager 0.1, compiled 0.2 (3 of 6 elements) at train.ts:12:3` */
export function differenceText(difference: Difference): string {
  const { what, source, index, dtype, eager, compiled, differentElements, elements } = difference
  const at = index && index.length > 0 ? ` at ${shapeText(index)}` : ''
  const count = elements > 1 ? ` (${differentElements} of ${elements} elements)` : ''
  const line = source === undefined ? '' : `, computed at ${source}`
  return `${what} differs${at}: eager ${valueText(eager, dtype)}, compiled ${valueText(compiled, dtype)}${count}${line}`
}

const valueText = (value: unknown, dtype: Dtype | undefined): string =>
  typeof value === 'number' && dtype ? numberText(value, dtype) : String(value)
