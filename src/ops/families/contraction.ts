import { sameShape } from '../../base/shape.ts'
import { matmul } from '../calls/matmul.ts'
import { transpose } from '../calls/reshape.ts'
import { dtypeMismatch, matmulInnerSizes, matmulScalar, rankMismatch, sizesDiffer } from '../errors.ts'
import type { ContractionRecord } from '../record.ts'
import type { NoAttrs } from '../table.ts'
import { checkedShape, requireDtype, wideNumbers } from '../operand-types.ts'

export const contractionRecords = {
  matmul: {
    kind: 'contraction',
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
    // C = A·B: dA = dC·Bᵀ, dB = Aᵀ·dC
    vjp: ({ operands: [a, b], cotangent, needs }) => [
      needs?.(0) === false ? undefined : matmul(cotangent, transpose(b!, -1, -2)),
      needs?.(1) === false ? undefined : matmul(transpose(a!, -1, -2), cotangent),
    ],
  } satisfies ContractionRecord<NoAttrs>,
}
