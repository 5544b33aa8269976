import { elementCount, sameShape } from '../../base/shape.ts'
import { matmul } from '../calls/matmul.ts'
import { transpose } from '../calls/reshape.ts'
import { dtypeMismatch, matmulInnerSizes, matmulScalar, rankMismatch, sizesDiffer } from '../errors.ts'
import { matmulRule } from '../padding/sums.ts'
import type { ContractionRecord } from '../record.ts'
import type { NoAttrs } from '../table.ts'
import { checkedShape, requireDtype, wideNumbers } from '../operand-types.ts'

export const contractionRecords = {
  matmul: {
    kind: 'contraction',
    padding: matmulRule,
    infer: ([x, y]) => {
      const [a, b] = [x!.shape, y!.shape]
      if (x!.dtype !== y!.dtype) throw dtypeMismatch('matmul', x!.dtype, y!.dtype)
      requireDtype('matmul', 'an operand', x!.dtype, wideNumbers)
      if (a.length !== b.length) throw rankMismatch('matmul', a, b)
      if (a.length < 2) throw matmulScalar('matmul', a, b)
      if (a.at(-1) !== b.at(-2)) throw matmulInnerSizes('matmul', a, b)
      const [batch, otherBatch] = [a.slice(0, -2), b.slice(0, -2)]
      if (!sameShape(batch, otherBatch)) throw sizesDiffer('matmul', 'the batch axes', batch, otherBatch)
      return { dtype: x!.dtype, shape: checkedShape('matmul', [...batch, a.at(-2)!, b.at(-1)!]) }
    },
    // Rows can be a batch of rows, for which the right operand is the same.
    reshaped: (shape, _, { operands: [a, b], result }) => {
      const [rows, columns] = [shape.slice(0, -1), shape.at(-1)]
      if (result.shape.length !== 2 || rows.length < 2 || columns !== result.shape[1]) return undefined
      if (elementCount(rows) !== result.shape[0]) return undefined
      return [
        [...rows, a!.shape[1]!],
        [...rows.slice(0, -1), ...b!.shape],
      ]
    },
    // C = A·B: dA = dC·Bᵀ, dB = Aᵀ·dC
    vjp: ({ operands: [a, b], cotangent, needs }) => [
      needs?.(0) === false ? undefined : matmul(cotangent, transpose(b!, -1, -2)),
      needs?.(1) === false ? undefined : matmul(transpose(a!, -1, -2), cotangent),
    ],
  } satisfies ContractionRecord<NoAttrs>,
}
