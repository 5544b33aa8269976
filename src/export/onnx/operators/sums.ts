import { elementCount } from '../../../base/shape.ts'
import type { OpTable } from '../../../ops/table.ts'
import type { OnnxElementType } from '../../../onnx/model.ts'
import { int, ints, type GraphWriter, type Ref, type RefType } from '../graph-writer.ts'
import type { Operator, OperatorsOf } from './operator.ts'
import { sliced } from './views.ts'

type Reduce = Operator<OpTable['sum']['attrs']>

/** `ofNothing` is the result where there is nothing to reduce; `instead` are the element types that stand for others. */
const reduction =
  (opType: string, ofNothing: number, instead: Partial<Readonly<Record<OnnxElementType, OnnxElementType>>>): Reduce =>
  (writer, { operands: [x], attrs: { axes, keepDims }, result }) => {
    if (axes.length === 0) return x! // no axes would be all of them
    if (elementCount(x!.shape) === 0) return writer.filled(result, ofNothing)
    const given = writer.cast(x!, instead[x!.elementType] ?? x!.elementType)
    const type = { elementType: given.elementType, shape: result.shape }
    const flags = keepDims ? {} : { keepdims: int(0) }
    // Sums have their axes as an operand since opset 13, the others since 18.
    const asOperand = opType === 'ReduceSum' || writer.opset >= 18
    const reduced = asOperand
      ? writer.node(opType, [given, writer.ints(axes)], type, flags)
      : writer.node(opType, [given], type, { axes: ints(axes), ...flags })
    return writer.cast(reduced, result.elementType)
  }

const matmul: Operator<unknown> = (writer, { operands: [a, b], result }) =>
  elementCount(a!.shape) === 0 ? writer.filled(result, 0) : writer.node('MatMul', [a, b], result)

const conv2d: Operator<OpTable['conv2d']['attrs']> = (writer, call) => {
  const { operands, attrs, result } = call
  const [x, w] = operands as readonly [Ref, Ref] // by arity
  if (elementCount(w.shape) === 0 || elementCount(x.shape) === 0) return writer.filled(result, 0)
  return result.elementType === 'float32'
    ? convolution(writer, operands, attrs, result)
    : convByTaps(writer, x, w, call)
}

/** `pads` are rows and columns of zeros before the images, then after them. */
export const convolution = (
  writer: GraphWriter,
  operands: readonly Ref[],
  { strides, dilations, groups }: OpTable['conv2d']['attrs'],
  result: RefType,
  pads?: readonly number[],
): Ref =>
  writer.node('Conv', operands, result, {
    kernel_shape: ints(operands[1]!.shape.slice(2)),
    ...(pads ? { pads: ints(pads) } : {}),
    ...(strides.some((stride) => stride !== 1) ? { strides: ints(strides) } : {}),
    ...(dilations.some((dilation) => dilation !== 1) ? { dilations: ints(dilations) } : {}),
    ...(groups === 1 ? {} : { group: int(groups) }),
  })

/** `Conv` is for floats that runtimes have kernels for: others are a sum of products, one for each place in the window. */
function convByTaps(
  writer: GraphWriter,
  x: Ref,
  w: Ref,
  { attrs: { strides, dilations, groups }, result }: Parameters<typeof conv2d>[1],
): Ref {
  const [n, channels] = x.shape as readonly [number, number] // inferred
  const [outputs, perGroup, rows, columns] = w.shape as readonly [number, number, number, number] // inferred
  const [high, wide] = result.shape.slice(2) as [number, number] // inferred
  const { elementType } = result
  const sumType = { elementType, shape: [n, groups, outputs / groups, high * wide] }
  let sum: Ref | undefined
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const seen = sliced(
        writer,
        x,
        [0, 0, row * dilations[0], column * dilations[1]],
        [n, channels, high, wide],
        [1, 1, ...strides],
      )
      const tap = sliced(writer, w, [0, 0, row, column], [outputs, perGroup, 1, 1], [1, 1, 1, 1])
      const product = writer.node(
        'MatMul',
        [
          writer.reshape(tap, [groups, outputs / groups, perGroup]),
          writer.reshape(seen, [n, groups, perGroup, high * wide]),
        ],
        sumType,
      )
      sum = sum ? writer.node('Add', [sum, product], sumType) : product
    }
  return writer.reshape(sum!, result.shape)
}

export const sumOperators: OperatorsOf<'sum' | 'prod' | 'max' | 'min' | 'matmul' | 'conv2d'> = {
  // onnxruntime's int32 ends at the largest one, and does not start again at the smallest.
  sum: reduction('ReduceSum', 0, { int32: 'int64' }),
  prod: reduction('ReduceProd', 1, { int32: 'int64' }),
  // Of nothing there is no extreme: infer has refused it, unless the result is empty too.
  max: reduction('ReduceMax', 0, { uint8: 'int32' }),
  min: reduction('ReduceMin', 0, { uint8: 'int32' }),
  matmul,
  conv2d,
}
