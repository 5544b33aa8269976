import { dtypeInfo, isDtype, type Dtype, type TypedArray } from '../base/dtype.ts'
import { elementCount, type Shape } from '../base/shape.ts'
import { requireShape } from '../ops/calls/axes.ts'
import { checkOptions } from '../ops/calls/options.ts'
import { currentInterpreter } from '../ops/interpreter.ts'
import { Storage } from '../runtime/storage.ts'
import { notATensor, sizeMismatch, unknownDtype } from './errors.ts'
import { parseNested, type TensorData } from './nested.ts'
import { Tensor } from './tensor.ts'

export interface CreateOptions {
  /** Default: float32 for numbers, bool for booleans, and a typed array's own. */
  readonly dtype?: Dtype
  /** Makes the tensor a leaf that `backward` leaves a gradient on. Default false. */
  readonly requiresGrad?: boolean
  /** Another shape for the same elements. */
  readonly shape?: Shape
}

const optionNames: readonly (keyof CreateOptions)[] = ['dtype', 'requiresGrad', 'shape']

/**
 * A tensor of the given data: a number, a boolean, nested arrays of them, or a typed array. The data is copied.
 *
 * @throws RAGGED_ARRAY, DATA_INVALID, SIZE_MISMATCH, DTYPE_UNKNOWN, OPTION_UNKNOWN, OPTION_INVALID
 * @example tensor([[1, 2], [3, 4]]).shape // [2, 2]
 */
export function tensor(data: TensorData | Tensor, options: CreateOptions = {}): Tensor {
  checkOptions('tensor', options, optionNames)
  if (data instanceof Tensor) {
    const { dtype = data.weak ? 'float32' : data.dtype } = options
    const source = data.weak ? asData(data) : data
    const made = dtype === data.dtype ? source.clone() : source.cast(checkedDtype(dtype))
    if (options.shape === undefined) return finish(made, options)
    if (elementCount(requireShape('tensor', options.shape)) !== data.size) throw sizeMismatch(data.size, options.shape)
    return finish(made.reshape(options.shape), options)
  }
  const { shape, values, kind } = parseNested(data, 'tensor')
  const dtype = checkedDtype(options.dtype ?? dtypeOfData(values, kind))
  const finalShape = options.shape === undefined ? shape : requireShape('tensor', options.shape)
  if (elementCount(finalShape) !== values.length) throw sizeMismatch(values.length, finalShape)
  return finish(new Tensor({ dtype, shape: finalShape }, new Storage(dtype, storedElements(values, dtype))), options)
}

/** A number of the program as a tensor of its value: what has an axis takes no dtype from what it meets, nor does what is made of it. */
const asData = (number: Tensor): Tensor =>
  [[1], []].reduce<Tensor>(
    (value, shape) => currentInterpreter().apply('reshape', [value], { shape }) as Tensor,
    number,
  ) // made of tensors

/** A tensor whose values `assign` may replace: a counter, a running mean, optimizer state. */
export function variable(data: TensorData | Tensor, options: CreateOptions = {}): Tensor {
  checkOptions('variable', options, optionNames)
  const { requiresGrad = false, ...rest } = options
  const made = tensor(data, rest)
  return (made.layout ? made.clone() : made).detach().becomeVariable(requiresGrad)
}

/** Replaces the values of a variable by those of `value`, which has its shape and dtype. @throws NOT_A_VARIABLE, ASSIGN_MISMATCH */
export function assign(target: Tensor, value: Tensor): void {
  if (!(target instanceof Tensor)) throw notATensor('assign', target)
  target.assign(value)
}

function finish(made: Tensor, { requiresGrad = false }: CreateOptions): Tensor {
  if (!requiresGrad) return made
  return (made.layout ? made.clone() : made).detach().becomeVariable(true)
}

function checkedDtype(dtype: Dtype): Dtype {
  if (!isDtype(dtype)) throw unknownDtype(dtype)
  return dtype
}

/** By name, so that typed arrays of another realm (a frame, a vm context) are as good. */
function dtypeOfData(values: ArrayLike<number>, kind: 'bool' | 'number'): Dtype {
  const name = Object.prototype.toString.call(values).slice('[object '.length, -1)
  return dtypeOfArray[name] ?? (kind === 'bool' ? 'bool' : 'float32')
}

const dtypeOfArray: Readonly<Record<string, Dtype>> = {
  Float32Array: 'float32',
  Float64Array: 'float64',
  Int32Array: 'int32',
  Uint8Array: 'uint8',
}

function storedElements(values: ArrayLike<number>, dtype: Dtype): TypedArray {
  const { array } = dtypeInfo[dtype]
  if (dtype !== 'bool') return new array(values)
  return Uint8Array.from(values, (value) => (value === 0 ? 0 : 1))
}
