import { elementCount } from '../../../base/shape.ts'
import type { GraphValue } from '../../../ir/graph.ts'
import { int } from '../graph-writer.ts'
import { convolution } from '../operators/sums.ts'
import { eitherOrder, isOp, type NodeOf, type Recognizer } from './idiom.ts'
import { framed } from './windows.ts'

/** x · w + b, where w may be turned over. */
export const gemm: Recognizer = (value, isUsedOnce) => {
  if (!isOp(value, 'add') || value.type.dtype !== 'float32' || value.type.shape.length !== 2) return undefined
  for (const [product, bias] of eitherOrder(value)) {
    if (!isOp(product, 'matmul') || !isUsedOnce(product)) continue
    const { shape } = bias.type
    const isRow = shape.at(-1) === value.type.shape[1] && elementCount(shape) === shape.at(-1)
    if (!isRow || shape.length > 2 || elementCount(product.operands[0]!.type.shape) === 0) continue
    const [x, w] = product.operands
    const turned = isOp(w, 'permute') ? w.operands[0]! : undefined
    return {
      operands: [x!, turned ?? w!, bias],
      write: (writer, operands, result) => writer.node('Gemm', operands, result, turned ? { transB: int(1) } : {}),
    }
  }
  return undefined
}

/** A convolution whose frame of zeros the operator adds itself, and its bias. */
export const convolutionWithFrame: Recognizer = (value, isUsedOnce) => {
  if (isOp(value, 'conv2d')) return written(value, undefined)
  if (!isOp(value, 'add')) return undefined
  for (const [product, shift] of eitherOrder(value)) {
    if (!isOp(product, 'conv2d') || !isUsedOnce(product) || !isOp(shift, 'reshape')) continue
    const bias = shift.operands[0]!
    const outputs = product.type.shape[1]!
    const isPerOutput = shift.type.shape.slice(-3).join() === [outputs, 1, 1].join() && bias.type.shape.length === 1
    if (isPerOutput && elementCount(shift.type.shape) === outputs) return written(product, bias)
  }
  return undefined
}

function written(product: NodeOf<'conv2d'>, bias: GraphValue | undefined): ReturnType<Recognizer> {
  const [images, w] = product.operands
  if (product.type.dtype !== 'float32' || elementCount(w!.type.shape) === 0) return undefined
  const frame = framed(images!, 0)
  if (!bias && !frame.pads) return undefined
  if (elementCount(frame.x.type.shape) === 0) return undefined
  return {
    operands: [frame.x, w!, ...(bias ? [bias] : [])],
    write: (writer, operands, result) => convolution(writer, operands, product.attrs, result, frame.pads),
  }
}
