export {
  celu,
  elu,
  gelu,
  hardsigmoid,
  hardswish,
  hardtanh,
  leakyRelu,
  logSigmoid,
  mish,
  relu6,
  selu,
  silu,
  softplus,
  softsign,
  type GeluOptions,
} from './activations.ts'
export { adaptiveAvgPool2d, outputPair, type OutputSize } from './adaptive-pool.ts'
export { abs, add, clamp, floor, maximum, minimum, mul, neg, relu, sign, sub } from './arithmetic.ts'
export { argmax, argmin } from './arg-extreme.ts'
export { readAt, writeAt, type AtRange, type PlaceWriter } from './at.ts'
export type { Axes } from './axes.ts'
export { checkedIndex, dynamicSlice, setSlice, type BlockOptions } from './block.ts'
export { cast } from './cast.ts'
export { crossEntropy, nll, type CrossEntropyOptions, type NllOptions } from './class-losses.ts'
export { where } from './choice.ts'
export {
  equal,
  greater,
  greaterEqual,
  isNaN,
  less,
  lessEqual,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  notEqual,
} from './comparison.ts'
export { conv2d, type ConvOptions } from './convolution.ts'
export { arange, eye, full, iota, linspace, ones, zeros } from './create.ts'
export { gather, oneHot, take } from './gather.ts'
export { concat, pad, stack, type PadWidths } from './join.ts'
export {
  bce,
  bceWithLogits,
  huber,
  l1,
  mse,
  smoothL1,
  type BceOptions,
  type BceWithLogitsOptions,
  type HuberOptions,
  type LossOptions,
  type Reduction,
  type SmoothL1Options,
} from './losses.ts'
export { cos, div, erf, exp, expm1, log, log1p, pow, rsqrt, sigmoid, sin, sqrt, square, tanh } from './math.ts'
export { dot, matmul, outer } from './matmul.ts'
export { layerNorm, normalizeBy, requireEps } from './normalization.ts'
export { isValue, storedAs, type Operand } from './operands.ts'
export { avgPool2d, maxPool2d, type PoolOptions } from './pool.ts'
export { advanceState, randomBits, randomNormal, randomPermutation, randomUniform } from './random.ts'
export { max, mean, min, prod, sum, variance } from './reduce.ts'
export { broadcastTo, expandDims, flatten, permute, reshape, spreadTo, squeeze, transpose } from './reshape.ts'
export { scatterAdd, scatterRows } from './scatter.ts'
export { slice, type AxisRange } from './slice.ts'
export { logSoftmax, logSumExp, softmax, stopGradient } from './softmax.ts'
export { sumTo } from './sum-to.ts'
export { pairOf, type Pairable } from './windows.ts'
