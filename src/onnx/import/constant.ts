import { dtypeInfo, type Dtype, type TypedArray } from '../../base/dtype.ts'
import { elementCount, type Shape } from '../../base/shape.ts'
import { decodeElements } from '../../data/elements/decode-elements.ts'
import { elementFormats } from '../../data/elements/element-formats.ts'
import { tensorOf } from '../../data/elements/tensor-of.ts'
import { full } from '../../frontend/fill.ts'
import type { Tensor } from '../../frontend/tensor.ts'
import { onnxInteger } from './errors.ts'
import type { OnnxElementType, OnnxTensor } from '../model.ts'

/**
 * A value that is known while the model is read or traced: shapes, axes, bounds and small numbers. What is computed from constants alone is
 * one too, so that no graph sees it. 64-bit integers are kept as the nearest numbers, and become int32 as tensors.
 */
export class Constant {
  readonly dtype: Dtype
  readonly shape: Shape
  readonly data: ArrayLike<number>
  /** What the file had it as, where it is of the file. */
  readonly elementType: OnnxElementType | undefined
  #tensor: Tensor | undefined

  constructor(dtype: Dtype, shape: Shape, data: ArrayLike<number>, elementType?: OnnxElementType) {
    this.dtype = dtype
    this.shape = shape
    this.data = data
    this.elementType = elementType
  }

  get size(): number {
    return this.data.length
  }

  /** As a tensor. The ends of int64, which mean "as far as it goes", are those of int32. @throws ONNX_INTEGER */
  tensor(): Tensor {
    if (this.shape.length === 0) return full([], this.#elements()[0]!, { dtype: this.dtype })
    return (this.#tensor ??= tensorOf(this.dtype, this.shape, this.#elements()))
  }

  #elements(): TypedArray {
    const elements = new dtypeInfo[this.dtype].array(this.data)
    if (this.dtype !== 'int32') return elements
    for (let i = 0; i < elements.length; i++) {
      const value = this.data[i]!
      if (value === elements[i]) continue
      if (Math.abs(value) < 2 ** 63 - 1) throw onnxInteger(value)
      elements[i] = value > 0 ? 2 ** 31 - 1 : -(2 ** 31)
    }
    return elements
  }
}

/** A list of whole numbers, as shapes and axes are. */
export const integers = (values: readonly number[], shape: Shape = [values.length]): Constant =>
  new Constant('int32', shape, values)

/** The elements of a tensor of the file. @throws ELEMENT_OUT_OF_RANGE */
export function constantOf(tensor: OnnxTensor, where: string): Constant {
  const { elementType, dims, bytes, name } = tensor
  const { dtype } = elementFormats[elementType]
  if (elementType === 'int64' || elementType === 'uint64') {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const read = elementType === 'int64' ? 'getBigInt64' : 'getBigUint64'
    return new Constant(
      dtype,
      dims,
      Float64Array.from({ length: elementCount(dims) }, (_, i) => Number(view[read](i * 8, true))),
    )
  }
  const source = { where, what: `tensor '${name}'`, byteOffset: 0 }
  return new Constant(dtype, dims, decodeElements(bytes, elementType, true, source), elementType)
}
