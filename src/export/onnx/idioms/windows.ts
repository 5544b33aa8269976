import type { GraphValue } from '../../../ir/graph.ts'
import type { OpTable } from '../../../ops/table.ts'
import { int, ints } from '../graph-writer.ts'
import { eitherOrder, isNumber, isOp, type Recognizer } from './idiom.ts'

/** Images without the frame of `value` that was put around them: rows and columns before, then after. */
export function framed(x: GraphValue, value: number): { readonly x: GraphValue; readonly pads?: readonly number[] } {
  if (!isOp(x, 'pad') || x.type.shape.length !== 4 || !Object.is(x.attrs.value, value)) return { x }
  const { starts, steps, shape } = x.attrs
  const inner = x.operands[0]!
  const after = shape.map((size, axis) => size - starts[axis]! - inner.type.shape[axis]!)
  const isFrame = steps.every((step) => step === 1) && [starts[0], starts[1], after[0], after[1]].every((n) => n === 0)
  return isFrame ? { x: inner, pads: [starts[2]!, starts[3]!, after[2]!, after[3]!] } : { x }
}

/** What `of` is the larger one of: where(a > b or a is NaN, a, b). */
function largerOf(of: GraphValue): readonly [a: GraphValue, b: GraphValue] | undefined {
  if (!isOp(of, 'where')) return undefined
  const [condition, a, b] = of.operands as readonly [GraphValue, GraphValue, GraphValue] // by arity
  if (!isOp(condition, 'logicalOr')) return undefined
  const matches = eitherOrder(condition).some(
    ([larger, isNaN]) =>
      isOp(larger, 'greater') &&
      larger.operands[0] === a &&
      larger.operands[1] === b &&
      isOp(isNaN, 'notEqual') &&
      isNaN.operands.every((operand) => operand === a),
  )
  return matches ? [a, b] : undefined
}

const sumOf = (of: GraphValue): readonly [GraphValue, GraphValue] | undefined =>
  isOp(of, 'add') ? [of.operands[0]!, of.operands[1]!] : undefined

/** No window has as many points; values that are read often would make leaves without end. */
const mostLeaves = 4096

/** The leaves of nested pairs. */
function leavesOf(
  root: GraphValue,
  pairOf: (of: GraphValue) => readonly [GraphValue, GraphValue] | undefined,
): GraphValue[] {
  const leaves: GraphValue[] = []
  const stack = [root]
  for (let of = stack.pop(); of; of = stack.pop()) {
    const pair = pairOf(of)
    if (pair) stack.push(...pair)
    else if (leaves.push(of) > mostLeaves) break
  }
  return leaves
}

interface Windows {
  readonly images: GraphValue
  readonly size: readonly [number, number]
  readonly strides: readonly [number, number]
}

/** Slices of images that are all the points of windows: each is the point (i, j) of every window. */
function windowsOf(points: readonly GraphValue[]): Windows | undefined {
  const [first] = points
  if (points.length < 2 || points.length > mostLeaves || !isOp(first, 'slice') || first.type.shape.length !== 4)
    return undefined
  const images = first.operands[0]!
  const { sizes, steps } = first.attrs
  const [, , down = 1, across = 1] = steps
  if (sizes[0] !== images.type.shape[0] || sizes[1] !== images.type.shape[1]) return undefined
  const places = new Set<string>()
  let [rows, columns] = [0, 0]
  for (const point of points) {
    if (!isOp(point, 'slice') || point.operands[0] !== images) return undefined
    const { starts, sizes: of, steps: by } = point.attrs satisfies OpTable['slice']['attrs']
    if (of.join() !== sizes.join() || by.join() !== `1,1,${down},${across}` || starts[0] !== 0 || starts[1] !== 0)
      return undefined
    places.add(`${starts[2]},${starts[3]}`)
    rows = Math.max(rows, starts[2]! + 1)
    columns = Math.max(columns, starts[3]! + 1)
  }
  if (places.size !== points.length || rows * columns !== points.length || down < 1 || across < 1) return undefined
  const counts = [images.type.shape[2]! - rows, images.type.shape[3]! - columns]
  const isAll = [down, across].every((step, i) => Math.floor(counts[i]! / step) + 1 === sizes[2 + i])
  return isAll ? { images, size: [rows, columns], strides: [down, across] } : undefined
}

const attributesOf = ({ size, strides }: Windows, pads: readonly number[] | undefined) => ({
  kernel_shape: ints(size),
  strides: ints(strides),
  ...(pads ? { pads: ints(pads) } : {}),
})

/** Runtimes do not look for NaN in windows. */
export const maxPool: Recognizer = (value) => {
  const pair = largerOf(value)
  if (!pair) return undefined
  const windows = windowsOf(leavesOf(value, largerOf))
  if (!windows) return { operands: pair, write: (writer, operands, result) => writer.node('Max', operands, result) }
  const { x, pads } = framed(windows.images, -Infinity)
  return {
    operands: [x],
    write: (writer, operands, result) => writer.node('MaxPool', operands, result, attributesOf(windows, pads)),
  }
}

export const averagePool: Recognizer = (value) => {
  const isProduct = isOp(value, 'mul')
  if ((!isProduct && !isOp(value, 'div')) || value.type.dtype !== 'float32') return undefined
  const [sum, count] = value.operands as readonly [GraphValue, GraphValue] // by arity
  if (!sumOf(sum)) return undefined
  const windows = windowsOf(leavesOf(sum, sumOf))
  if (!windows) return undefined
  const points = windows.size[0] * windows.size[1]
  if (!isNumber(count, isProduct ? 1 / points : points)) return undefined
  const { x, pads } = framed(windows.images, 0)
  return {
    operands: [x],
    write: (writer, operands, result) =>
      writer.node('AveragePool', operands, result, {
        ...attributesOf(windows, pads),
        ...(pads ? { count_include_pad: int(1) } : {}),
      }),
  }
}
