import { dtypeInfo, type TypedArray } from '../../base/dtype.ts'
import { contiguousStrides, elementCount, type Shape, type TensorType } from '../../base/shape.ts'
import type { Place } from '../../compile/compiled-program.ts'
import { keepsPositions } from '../../ops/padding/rule.ts'
import { deviceArena, elementsOf } from '../../runtime/arena.ts'
import { freshArray } from '../../runtime/fresh-array.ts'

/** Runs of elements that lie side by side in an array of shape `small` and at the low indices of one of shape `large`. */
function* runsIn(small: Shape, large: Shape): Generator<{ from: number; to: number; length: number }> {
  const last = large.findLastIndex((size, axis) => size !== small[axis])
  const length = elementCount(small.slice(Math.max(last, 0)))
  const outer = small.slice(0, Math.max(last, 0))
  const strides = contiguousStrides(large)
  const count = elementCount(outer)
  for (let run = 0; run < count; run++) {
    let [rest, to] = [run, 0]
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      to += (rest % outer[axis]!) * strides[axis]!
      rest = Math.floor(rest / outer[axis]!)
    }
    yield { from: run * length, to, length }
  }
}

/** Puts elements of a smaller shape, row-major, at the low indices of a place. */
export function writeLow({ type, byteOffset }: Place, elements: TypedArray, shape: Shape): void {
  const first = byteOffset / dtypeInfo[type.dtype].byteSize
  const target = elementsOf(deviceArena(), type.dtype)
  if (keepsPositions(shape, type.shape)) target.set(elements, first)
  else
    for (const { from, to, length } of runsIn(shape, type.shape))
      target.set(elements.subarray(from, from + length), first + to)
}

/** The elements at the low indices of a place, in an array of their own. */
export function readLow({ type, byteOffset }: Place, { dtype, shape }: TensorType): TypedArray {
  const first = byteOffset / dtypeInfo[dtype].byteSize
  const count = elementCount(shape)
  const source = elementsOf(deviceArena(), dtype)
  if (keepsPositions(shape, type.shape)) return freshArray(source, first, first + count)
  const elements = freshArray(source, first, first + count) // as large as it has to be; what is in it is replaced
  for (const { from, to, length } of runsIn(shape, type.shape))
    elements.set(source.subarray(first + to, first + to + length), from)
  return elements
}
