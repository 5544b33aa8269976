import type { Dtype } from '../base/dtype.ts'
import type { Shape, TensorType } from '../base/shape.ts'
import * as calls from '../ops/calls/index.ts'
import type { AtRange, Axes, AxisRange, Operand, PadWidths } from '../ops/calls/index.ts'
import { currentInterpreter, type Value } from '../ops/interpreter.ts'
import { noAttrs } from '../ops/table.ts'
import { Place } from './place.ts'
import type { Tensor } from './tensor.ts'

const made = (value: Value): Tensor => value as Tensor // the eager interpreter only makes tensors

/** Every function on tensors as a method: `a.add(b)` is `add(a, b)`. The functions have the documentation. */
export abstract class TensorMethods implements Value {
  abstract readonly type: TensorType
  abstract readonly weak: boolean

  neg(): Tensor {
    return made(calls.neg(this))
  }
  abs(): Tensor {
    return made(calls.abs(this))
  }
  sign(): Tensor {
    return made(calls.sign(this))
  }
  sqrt(): Tensor {
    return made(calls.sqrt(this))
  }
  rsqrt(): Tensor {
    return made(calls.rsqrt(this))
  }
  square(): Tensor {
    return made(calls.square(this))
  }
  exp(): Tensor {
    return made(calls.exp(this))
  }
  expm1(): Tensor {
    return made(calls.expm1(this))
  }
  log(): Tensor {
    return made(calls.log(this))
  }
  log1p(): Tensor {
    return made(calls.log1p(this))
  }
  sin(): Tensor {
    return made(calls.sin(this))
  }
  cos(): Tensor {
    return made(calls.cos(this))
  }
  tanh(): Tensor {
    return made(calls.tanh(this))
  }
  sigmoid(): Tensor {
    return made(calls.sigmoid(this))
  }
  erf(): Tensor {
    return made(calls.erf(this))
  }
  relu(): Tensor {
    return made(calls.relu(this))
  }
  floor(): Tensor {
    return made(calls.floor(this))
  }
  isNaN(): Tensor {
    return made(calls.isNaN(this))
  }
  logicalNot(): Tensor {
    return made(calls.logicalNot(this))
  }
  flatten(): Tensor {
    return made(calls.flatten(this))
  }
  add(b: Operand): Tensor {
    return made(calls.add(this, b))
  }
  sub(b: Operand): Tensor {
    return made(calls.sub(this, b))
  }
  mul(b: Operand): Tensor {
    return made(calls.mul(this, b))
  }
  div(b: Operand): Tensor {
    return made(calls.div(this, b))
  }
  pow(b: Operand): Tensor {
    return made(calls.pow(this, b))
  }
  maximum(b: Operand): Tensor {
    return made(calls.maximum(this, b))
  }
  minimum(b: Operand): Tensor {
    return made(calls.minimum(this, b))
  }
  equal(b: Operand): Tensor {
    return made(calls.equal(this, b))
  }
  notEqual(b: Operand): Tensor {
    return made(calls.notEqual(this, b))
  }
  less(b: Operand): Tensor {
    return made(calls.less(this, b))
  }
  lessEqual(b: Operand): Tensor {
    return made(calls.lessEqual(this, b))
  }
  greater(b: Operand): Tensor {
    return made(calls.greater(this, b))
  }
  greaterEqual(b: Operand): Tensor {
    return made(calls.greaterEqual(this, b))
  }
  logicalAnd(b: Operand): Tensor {
    return made(calls.logicalAnd(this, b))
  }
  logicalOr(b: Operand): Tensor {
    return made(calls.logicalOr(this, b))
  }
  logicalXor(b: Operand): Tensor {
    return made(calls.logicalXor(this, b))
  }
  matmul(b: Operand): Tensor {
    return made(calls.matmul(this, b))
  }
  dot(b: Operand): Tensor {
    return made(calls.dot(this, b))
  }
  outer(b: Operand): Tensor {
    return made(calls.outer(this, b))
  }
  sum(axis?: Axes, keepDims = false): Tensor {
    return made(calls.sum(this, axis, keepDims))
  }
  mean(axis?: Axes, keepDims = false): Tensor {
    return made(calls.mean(this, axis, keepDims))
  }
  prod(axis?: Axes, keepDims = false): Tensor {
    return made(calls.prod(this, axis, keepDims))
  }
  max(axis?: Axes, keepDims = false): Tensor {
    return made(calls.max(this, axis, keepDims))
  }
  min(axis?: Axes, keepDims = false): Tensor {
    return made(calls.min(this, axis, keepDims))
  }
  logSumExp(axis?: Axes, keepDims = false): Tensor {
    return made(calls.logSumExp(this, axis, keepDims))
  }
  variance(axis?: Axes, keepDims = false, correction = 0): Tensor {
    return made(calls.variance(this, axis, keepDims, correction))
  }
  argmax(axis?: number, keepDims = false): Tensor {
    return made(calls.argmax(this, axis, keepDims))
  }
  argmin(axis?: number, keepDims = false): Tensor {
    return made(calls.argmin(this, axis, keepDims))
  }
  softmax(axis = -1): Tensor {
    return made(calls.softmax(this, axis))
  }
  logSoftmax(axis = -1): Tensor {
    return made(calls.logSoftmax(this, axis))
  }
  clamp(lower?: Operand | null, upper?: Operand | null): Tensor {
    return made(calls.clamp(this, lower, upper))
  }
  cast(dtype: Dtype): Tensor {
    return made(calls.cast(this, dtype))
  }
  reshape(shape: Shape): Tensor {
    return made(calls.reshape(this, shape))
  }
  transpose(axisA?: number, axisB?: number): Tensor {
    return made(calls.transpose(this, axisA, axisB))
  }
  permute(axes: readonly number[]): Tensor {
    return made(calls.permute(this, axes))
  }
  expandDims(axis: number): Tensor {
    return made(calls.expandDims(this, axis))
  }
  squeeze(axis?: Axes): Tensor {
    return made(calls.squeeze(this, axis))
  }
  broadcastTo(shape: Shape): Tensor {
    return made(calls.broadcastTo(this, shape))
  }
  slice(ranges: readonly AxisRange[]): Tensor {
    return made(calls.slice(this, ranges))
  }
  /**
   * A place in this tensor, to be read or changed. One range per axis as in `slice`; an integer tensor for positions known when the program
   * runs; or a mask.
   *
   * @example x.at(0, [1, 3]).set(5) // a new tensor; x.at(0).add_(1) changes a variable
   */
  at(...ranges: AtRange[]): Place {
    return new Place(this as unknown as Tensor, ranges) // the only subclass
  }
  pad(widths: PadWidths, value = 0): Tensor {
    return made(calls.pad(this, widths, value))
  }
  gather(indices: Operand, axis = 0): Tensor {
    return made(calls.gather(this, indices, axis))
  }
  oneHot(depth: number, dtype?: Dtype): Tensor {
    return made(calls.oneHot(this, depth, dtype))
  }

  /** A copy with memory of its own; keeps the gradient's way. */
  clone(): Tensor {
    return made(currentInterpreter().apply('copy', [this], noAttrs))
  }
}
