import { dtypeInfo, type TypedArray } from '../../base/dtype.ts'
import { elementCount, type TensorType } from '../../base/shape.ts'
import { Tensor } from '../../frontend/tensor.ts'
import { freshArray } from '../../runtime/fresh-array.ts'
import { Storage } from '../../runtime/storage.ts'
import type { Dataset } from './dataset.ts'
import { columnsDiffer, datasetInvalid, sampleOutOfRange } from './errors.ts'

/** One tensor per tensor of the dataset. */
export type TensorRows<Tensors extends readonly Tensor[]> = { -readonly [Key in keyof Tensors]: Tensor }

/** From this many elements per row on, copying rows as blocks is faster than one by one. */
const blockElements = 48

/**
 * Examples that are rows of tensors: `tensorDataset(x, y)` has x[i] and y[i] as example i. Batches are copied row by row, with the sizes of the tensors'
 * other axes.
 *
 * @throws DATASET_INVALID
 */
export function tensorDataset<const Tensors extends readonly Tensor[]>(
  ...tensors: Tensors
): Dataset<TensorRows<Tensors>, TensorRows<Tensors>> {
  const odd = tensors.find((tensor: unknown) => !(tensor instanceof Tensor))
  if (tensors.length === 0 || odd !== undefined) throw datasetInvalid('tensorDataset', odd ?? tensors)
  const length = tensors[0]!.shape[0]
  if (length === undefined || tensors.some((tensor) => tensor.shape[0] !== length))
    throw columnsDiffer(
      'tensorDataset',
      tensors.map((tensor) => tensor.shape),
    )
  const columns = tensors.map((tensor) => new Column(tensor))
  type Rows = TensorRows<Tensors>
  return {
    length,
    get(index) {
      if (!(index >= 0 && index < length) || !Number.isInteger(index))
        throw sampleOutOfRange('tensorDataset', index, length)
      return columns.map((column) => column.row(index)) as Rows // one per tensor
    },
    getBatch(indices) {
      for (let i = 0; i < indices.length; i++) {
        const index = indices[i]!
        if (!(index >= 0 && index < length) || !Number.isInteger(index))
          throw sampleOutOfRange('tensorDataset', index, length)
      }
      const first = indices[0] ?? 0
      let isRun = true
      for (let i = 1; i < indices.length && isRun; i++) isRun = indices[i] === first + i
      const batch = new Array<Tensor>(columns.length)
      for (let i = 0; i < batch.length; i++)
        batch[i] = isRun ? columns[i]!.rows(first, indices.length) : columns[i]!.gather(indices)
      return batch as unknown as Rows // one per tensor
    },
  }
}

class Column {
  readonly #storage: Storage
  readonly #rowType: TensorType
  readonly #rowElements: number
  /** Of the batch made last: most have one size. */
  #batchType: TensorType

  constructor(tensor: Tensor) {
    const { dtype, shape } = tensor
    // Elements of variables and of views may be replaced or lie apart, those of traced tensors stand for others; the rest never change.
    const isPlain = !tensor.isVariable && tensor.layout === undefined && tensor.origin === undefined
    this.#storage = isPlain ? tensor.storage : new Storage(dtype, tensor.data())
    this.#rowType = { dtype, shape: Object.freeze(shape.slice(1)) }
    this.#rowElements = elementCount(this.#rowType.shape)
    this.#batchType = this.#typeOf(0)
  }

  row(index: number): Tensor {
    const rowElements = this.#rowElements
    return this.#tensor(this.#rowType, this.#copy(index * rowElements, (index + 1) * rowElements))
  }

  rows(first: number, count: number): Tensor {
    const rowElements = this.#rowElements
    return this.#tensor(this.#batchTypeOf(count), this.#copy(first * rowElements, (first + count) * rowElements))
  }

  gather(indices: ArrayLike<number>): Tensor {
    const { array } = this.#storage
    const rowElements = this.#rowElements
    const elements = new dtypeInfo[this.#storage.dtype].array(indices.length * rowElements)
    if (rowElements < blockElements) copyElements(array, elements, indices, rowElements)
    else copyBlocks(array, elements, indices, rowElements)
    return this.#tensor(this.#batchTypeOf(indices.length), elements)
  }

  #copy(first: number, end: number): TypedArray {
    return freshArray(this.#storage.array, first, end)
  }

  #tensor(type: TensorType, elements: TypedArray): Tensor {
    return new Tensor(type, new Storage(type.dtype, elements))
  }

  #batchTypeOf(count: number): TensorType {
    if (this.#batchType.shape[0] !== count) this.#batchType = this.#typeOf(count)
    return this.#batchType
  }

  #typeOf(count: number): TensorType {
    return { dtype: this.#rowType.dtype, shape: Object.freeze([count, ...this.#rowType.shape]) }
  }
}

function copyElements(from: TypedArray, to: TypedArray, indices: ArrayLike<number>, rowElements: number): void {
  let target = 0
  for (let i = 0; i < indices.length; i++) {
    const source = indices[i]! * rowElements
    for (let j = 0; j < rowElements; j++) to[target++] = from[source + j]!
  }
}

function copyBlocks(from: TypedArray, to: TypedArray, indices: ArrayLike<number>, rowElements: number): void {
  for (let i = 0; i < indices.length; i++) {
    const source = indices[i]! * rowElements
    to.set(from.subarray(source, source + rowElements), i * rowElements)
  }
}
