import { contiguousStrides, elementCount } from '../../../base/shape.ts'
import { gather } from '../../../frontend/functions/structure.ts'
import { Constant, integers } from '../constant.ts'
import type { NodeCall, NodeResult, OperatorTable } from '../node-call.ts'

/** Operators that give as many elements as there turn out to be. Their inputs are read, and what they compute of them is a constant. */

/** As [y1, x1, y2, x2], the smaller ends first. */
type Box = readonly [number, number, number, number]

function boxesOf(data: ArrayLike<number>, isCentered: boolean): Box[] {
  return Array.from({ length: data.length / 4 }, (_, i): Box => {
    const [a, b, c, d] = [data[4 * i]!, data[4 * i + 1]!, data[4 * i + 2]!, data[4 * i + 3]!]
    if (isCentered) return [b - d / 2, a - c / 2, b + d / 2, a + c / 2]
    return [Math.min(a, c), Math.min(b, d), Math.max(a, c), Math.max(b, d)]
  })
}

const area = ([top, left, bottom, right]: Box): number => (bottom - top) * (right - left)

/** The part of both that both have. */
function overlap(a: Box, b: Box): number {
  const height = Math.min(a[2], b[2]) - Math.max(a[0], b[0])
  const width = Math.min(a[3], b[3]) - Math.max(a[1], b[1])
  if (height <= 0 || width <= 0) return 0
  const shared = height * width
  return shared / (area(a) + area(b) - shared)
}

/** Of boxes that overlap too much the one with the higher score, for each class. */
function nonMaxSuppression(call: NodeCall): Constant {
  const [given, scores] = [call.constant(0), call.constant(1)]
  const [batches = 0, count = 0, four] = given.shape
  const classes = scores.shape[1] ?? 0
  if (four !== 4 || scores.shape[0] !== batches || scores.shape[2] !== count)
    throw call.failed(`scores of shape [${scores.shape.join(', ')}] are not those of boxes [${given.shape.join(', ')}]`)
  const most = call.has(2) ? call.number(2) : 0
  const mostOverlap = call.has(3) ? call.number(3) : 0
  const least = call.has(4) ? call.number(4) : -Infinity
  const boxes = boxesOf(given.data, call.int('center_point_box', 0) === 1)
  const found: number[] = []
  for (let batch = 0; batch < batches; batch++)
    for (let of = 0; of < classes; of++) {
      const first = (batch * classes + of) * count
      const score = (i: number): number => scores.data[first + i]!
      const order = Array.from({ length: count }, (_, i) => i).filter((i) => score(i) > least)
      const kept: number[] = []
      for (const i of order.toSorted((a, b) => score(b) - score(a) || a - b)) {
        if (kept.length >= most) break
        const box = boxes[batch * count + i]!
        if (kept.every((other) => overlap(boxes[batch * count + other]!, box) <= mostOverlap)) kept.push(i)
      }
      found.push(...kept.flatMap((i) => [batch, of, i]))
    }
  return integers(found, [found.length / 3, 3])
}

/** Each different slice once, with where it first was, where each slice went, and how many of each there were. */
function unique(call: NodeCall): NodeResult {
  const { data, shape } = call.constant(0)
  const hasAxis = call.hasAttribute('axis')
  const axis = hasAxis ? call.axis(call.int('axis'), shape.length) : 0
  const [length, inner, outer] = hasAxis
    ? [shape[axis]!, elementCount(shape.slice(axis + 1)), elementCount(shape.slice(0, axis))]
    : [data.length, 1, 1]
  const places = Array.from({ length: outer * inner }, (_, at) => {
    const stride = contiguousStrides([outer, length, inner])
    return Math.floor(at / Math.max(inner, 1)) * stride[0]! + (at % Math.max(inner, 1))
  })
  const element = (slice: number, place: number): number => data[place + slice * inner]!
  const compare = (a: number, b: number): number => {
    for (const place of places) {
      const [x, y] = [element(a, place), element(b, place)]
      if (x !== y) return x < y ? -1 : 1
    }
    return 0
  }
  const order = Array.from({ length }, (_, i) => i).toSorted((a, b) => compare(a, b) || a - b)
  const groups: number[][] = []
  for (const slice of order) {
    const last = groups.at(-1)
    if (last && compare(last[0]!, slice) === 0) last.push(slice)
    else groups.push([slice])
  }
  if (call.int('sorted', 1) === 0) groups.sort((a, b) => a[0]! - b[0]!)
  const inverse = Array.from({ length }, () => 0)
  for (const [i, group] of groups.entries()) for (const slice of group) inverse[slice] = i
  const first = groups.map((group) => group[0]!)
  const x = call.tensor(0)
  return [
    gather(hasAxis ? x : x.reshape([-1]), integers(first).tensor(), axis),
    integers(first),
    integers(inverse),
    integers(groups.map((group) => group.length)),
  ]
}

/** A sum of cosines that falls to both ends. */
const window =
  (factors: readonly number[]) =>
  (call: NodeCall): Constant => {
    const size = call.number(0)
    call.sizes([size])
    const period = call.int('periodic', 1) === 1 ? size : size - 1
    const dtype = call.hasAttribute('output_datatype') ? call.dtype('output_datatype') : 'float32'
    const at = (i: number): number =>
      factors.reduce(
        (sum, factor, k) => sum + (k % 2 === 0 ? 1 : -1) * factor * Math.cos((2 * Math.PI * k * i) / period),
        0,
      )
    return new Constant(
      dtype,
      [size],
      Float64Array.from({ length: size }, (_, i) => at(i)),
    )
  }

export const selectionOperators: OperatorTable = {
  BlackmanWindow: window([0.42, 0.5, 0.08]),
  HammingWindow: window([25 / 46, 21 / 46]),
  HannWindow: window([0.5, 0.5]),
  NonMaxSuppression: nonMaxSuppression,
  Unique: unique,
}
