import type { GraphValue } from '../../../ir/graph.ts'
import { int } from '../graph-writer.ts'
import { eitherOrder, isNumber, isOp, type NodeOf, type Recognizer } from './idiom.ts'

interface Along {
  readonly x: GraphValue
  readonly axis: number
}

const onlyAxis = ({ attrs: { axes, keepDims } }: NodeOf<'max'> | NodeOf<'sum'>): number | undefined =>
  keepDims && axes.length === 1 ? axes[0] : undefined

/** x − max x along an axis. */
function shifted(value: GraphValue | undefined): Along | undefined {
  if (!isOp(value, 'sub')) return undefined
  const [x, largest] = value.operands
  if (!isOp(largest, 'max') || largest.operands[0] !== x) return undefined
  const axis = onlyAxis(largest)
  return axis === undefined ? undefined : { x: x!, axis }
}

/** Whether `sum` adds the exponentials of `shift` along its axis. */
const addsExponentials = (sum: GraphValue | undefined, shift: GraphValue, axis: number): sum is NodeOf<'sum'> =>
  isOp(sum, 'sum') && onlyAxis(sum) === axis && isOp(sum.operands[0], 'exp') && sum.operands[0].operands[0] === shift

export const softmax: Recognizer = (value) => {
  if (!isOp(value, 'mul')) return undefined
  for (const [exponentials, factor] of eitherOrder(value)) {
    if (!isOp(exponentials, 'exp') || !isOp(factor, 'div') || !isNumber(factor.operands[0], 1)) continue
    const [shift] = exponentials.operands
    const along = shifted(shift)
    if (along && addsExponentials(factor.operands[1], shift!, along.axis))
      return {
        operands: [along.x],
        write: (writer, [x], result) => writer.node('Softmax', [x], result, { axis: int(along.axis) }),
      }
  }
  return undefined
}

export const logSoftmax: Recognizer = (value) => {
  if (!isOp(value, 'sub')) return undefined
  const [shift, log] = value.operands
  const along = shifted(shift)
  if (!along || !isOp(log, 'log') || !addsExponentials(log.operands[0], shift!, along.axis)) return undefined
  return {
    operands: [along.x],
    write: (writer, [x], result) => writer.node('LogSoftmax', [x], result, { axis: int(along.axis) }),
  }
}
