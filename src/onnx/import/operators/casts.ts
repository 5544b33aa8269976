import { full } from '../../../frontend/fill.ts'
import { where } from '../../../frontend/functions/elementwise.ts'
import { rand, randn } from '../../../frontend/random.ts'
import type { Dtype } from '../../../base/dtype.ts'
import type { Tensor } from '../../../frontend/tensor.ts'
import { dataTypeText } from '../../element-types.ts'
import { Constant } from '../constant.ts'
import type { NodeCall, NodeResult, OperatorTable } from '../node-call.ts'
import { round } from './functions.ts'
import { convolved } from './convolutions.ts'

function constant(call: NodeCall): Constant {
  const tensor = call.constantAttribute('value')
  if (tensor) return tensor
  if (call.hasAttribute('value_float')) return new Constant('float32', [], [Math.fround(call.float('value_float'))])
  if (call.hasAttribute('value_int')) return new Constant('int32', [], [call.int('value_int')])
  const floats = call.floats('value_floats')
  if (floats) return new Constant('float32', [floats.length], Float32Array.from(floats))
  const ints = call.ints('value_ints')
  if (ints) return new Constant('int32', [ints.length], ints)
  throw call.unsupported('has no value of numbers')
}

const likeOf = (call: NodeCall, i: number): Dtype => {
  const value = call.value(i)
  if ('dtype' in value) return value.dtype
  throw call.failed(`input ${i} is a sequence, not a tensor`)
}

/** With a size for each place of an axis, where it has more than one. */
const alongAxis = (call: NodeCall, part: Tensor, x: Tensor): Tensor => {
  if (part.size === 1) return part.reshape([])
  const axis = call.axis(call.int('axis', 1), x.rank)
  return part.reshape(x.shape.map((_, i) => (i === axis ? part.size : 1)))
}

/** Bytes with a sign are int32 here: what is quantized keeps within their bounds. */
function quantized(x: Tensor, scale: Tensor, zero: Tensor | undefined, isSigned: boolean): Tensor {
  const whole = round(x.div(scale))
  const shifted = zero ? whole.add(zero.cast(x.dtype)) : whole
  return isSigned ? shifted.clamp(-128, 127).cast('int32') : shifted.clamp(0, 255).cast('uint8')
}

/** Whether bytes have a sign, as their zero point tells. Blocks and other widths have no counterpart. */
function isSignedBy(call: NodeCall, input: number): boolean {
  if (call.int('block_size', 0) !== 0) throw call.unsupported('quantizes by blocks')
  const type = call.int('output_dtype', 0)
  if (type !== 0 && type !== 2 && type !== 3) throw call.unsupported(`gives the element type ${dataTypeText(type)}`)
  const zero = call.inputs[input]
  const given = zero instanceof Constant ? zero.elementType : undefined
  if (given !== undefined && given !== 'int8' && given !== 'uint8')
    throw call.unsupported(`has a zero point of type ${given}`)
  return type === 3 || (zero !== undefined && 'dtype' in zero && zero.dtype === 'int32')
}

function quantize(call: NodeCall): Tensor {
  const isSigned = isSignedBy(call, 2)
  const x = call.tensor(0)
  const zero = call.maybe(2)
  return quantized(x.cast('float32'), alongAxis(call, call.tensor(1), x), zero && alongAxis(call, zero, x), isSigned)
}

function dequantize(call: NodeCall): Tensor {
  if (call.int('block_size', 0) !== 0) throw call.unsupported('quantizes by blocks')
  const x = call.tensor(0)
  const zero = call.maybe(2)
  const whole = x.cast('int32')
  const shifted = zero ? whole.sub(alongAxis(call, zero, x).cast('int32')) : whole
  return shifted.cast('float32').mul(alongAxis(call, call.tensor(1), x))
}

function dynamicQuantize(call: NodeCall): NodeResult {
  const x = call.tensor(0)
  const zero = full([], 0, { dtype: 'float32' })
  const [lowest, highest] = [x.min().minimum(zero), x.max().maximum(zero)]
  const scale = highest.sub(lowest).div(255)
  const point = round(lowest.neg().div(scale)).clamp(0, 255)
  const shift = where(scale.equal(0), zero, point)
  return [quantized(x, scale, shift, false), scale, shift.cast('uint8')]
}

const shifted = (x: Tensor, zero: Tensor | undefined): Tensor => {
  const whole = x.cast('int32')
  return zero ? whole.sub(zero.cast('int32')) : whole
}

/** A zero point for each row of the first operand, or each column of the second. */
const perLine = (zero: Tensor | undefined, isRow: boolean): Tensor | undefined =>
  zero && zero.size > 1 && zero.rank === 1 && isRow ? zero.expandDims(-1) : zero

function quantizedProduct(call: NodeCall): Tensor {
  const [aScale, bScale, scale] = [call.tensor(1), call.tensor(4), call.tensor(6)]
  const a = shifted(call.tensor(0), perLine(call.tensor(2), true))
  const b = shifted(call.tensor(3), call.tensor(5))
  const zero = call.tensor(7)
  const factor = perLine(aScale, true)!.mul(bScale).div(scale)
  const product = a.matmul(b).cast('float32').mul(factor)
  return quantized(product, full([], 1), zero, isSignedBy(call, 7))
}

function quantizedConvolution(call: NodeCall): Tensor {
  const [x, weight] = [shifted(call.tensor(0), call.tensor(2)), call.tensor(3)]
  const column = (part: Tensor): Tensor => (part.size === 1 ? part.reshape([]) : part.reshape([part.size, 1, 1, 1]))
  const channel = (part: Tensor): Tensor => (part.size === 1 ? part.reshape([]) : part.reshape([part.size, 1, 1]))
  const sum = convolved(call, x, weight.cast('int32').sub(column(call.tensor(5)).cast('int32')))
  const bias = call.maybe(8)
  const whole = bias ? sum.add(channel(bias)) : sum
  const zero = call.tensor(7)
  const factor = call
    .tensor(1)
    .reshape([])
    .mul(channel(call.tensor(4)))
    .div(call.tensor(6).reshape([]))
  return quantized(whole.cast('float32').mul(factor), full([], 1), zero, isSignedBy(call, 7))
}

/** The dtype that random numbers are asked for in. */
const drawnType = (call: NodeCall, fallback: Dtype): 'float32' | 'float64' =>
  (call.hasAttribute('dtype') ? call.dtype('dtype') : fallback) === 'float64' ? 'float64' : 'float32'

const normal = (call: NodeCall, shape: readonly number[], fallback: Dtype): Tensor =>
  randn(call.sizes(shape), { dtype: drawnType(call, fallback) })
    .mul(call.float('scale', 1))
    .add(call.float('mean', 0))

const uniform = (call: NodeCall, shape: readonly number[], fallback: Dtype): Tensor => {
  const [low, high] = [call.float('low', 0), call.float('high', 1)]
  return rand(call.sizes(shape), { dtype: drawnType(call, fallback) })
    .mul(high - low)
    .add(low)
}

export const castOperators: OperatorTable = {
  Bernoulli: (call) => {
    const x = call.tensor(0)
    return rand(x.shape)
      .less(x)
      .cast(call.hasAttribute('dtype') ? call.dtype('dtype') : x.dtype)
  },
  Cast: (call) => call.tensor(0).cast(call.dtype('to')),
  CastLike: (call) => call.tensor(0).cast(likeOf(call, 1)),
  Constant: constant,
  ConvInteger: (call) =>
    convolved(call, shifted(call.tensor(0), call.maybe(2)), shifted(call.tensor(1), call.maybe(3))),
  DequantizeLinear: dequantize,
  DynamicQuantizeLinear: dynamicQuantize,
  MatMulInteger: (call) =>
    shifted(call.tensor(0), perLine(call.maybe(2), true)).matmul(shifted(call.tensor(1), call.maybe(3))),
  QLinearConv: quantizedConvolution,
  QLinearMatMul: quantizedProduct,
  QuantizeLinear: quantize,
  RandomNormal: (call) => normal(call, call.ints('shape') ?? [], 'float32'),
  RandomNormalLike: (call) => normal(call, call.shape(0), likeOf(call, 0)),
  RandomUniform: (call) => uniform(call, call.ints('shape') ?? [], 'float32'),
  RandomUniformLike: (call) => uniform(call, call.shape(0), likeOf(call, 0)),
}

/** What draws numbers is not a constant, even of constants. */
export const drawing: ReadonlySet<string> = new Set([
  'Bernoulli',
  'Dropout',
  'RandomNormal',
  'RandomNormalLike',
  'RandomUniform',
  'RandomUniformLike',
])
