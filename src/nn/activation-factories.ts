import type { GeluOptions } from '../frontend/functions/activations.ts'
import * as layers from './activations.ts'

/** A layer that passes x on. */
export const identity = (): layers.Identity => new layers.Identity()
/** A layer that replaces negative elements by 0. */
export const relu = (): layers.ReLU => new layers.ReLU()
/** A layer that keeps elements within 0 … 6. */
export const relu6 = (): layers.ReLU6 => new layers.ReLU6()
/** A layer of 1 / (1 + e⁻ˣ). */
export const sigmoid = (): layers.Sigmoid => new layers.Sigmoid()
/** A layer of the hyperbolic tangent. */
export const tanh = (): layers.Tanh => new layers.Tanh()
/** A layer of x above 0 and negativeSlope · x elsewhere; 0.01 unless given. @throws OPTION_INVALID */
export const leakyRelu = (negativeSlope?: number): layers.LeakyReLU => new layers.LeakyReLU(negativeSlope)
/** A layer of x above 0 and alpha · (eˣ − 1) elsewhere; 1 unless given. @throws OPTION_INVALID */
export const elu = (alpha?: number): layers.ELU => new layers.ELU(alpha)
/** A layer of elu with the factors of self-normalizing networks. */
export const selu = (): layers.SELU => new layers.SELU()
/** A layer of x · Φ(x), exactly or by tanh. @throws OPTION_INVALID */
export const gelu = (options?: GeluOptions): layers.GELU => new layers.GELU(options)
/** A layer of x · sigmoid(x). */
export const silu = (): layers.SiLU => new layers.SiLU()
/** A layer of x · tanh(softplus(x)). */
export const mish = (): layers.Mish => new layers.Mish()
/** A layer of ln(1 + e^(beta · x)) / beta; 1 unless given. @throws OPTION_INVALID */
export const softplus = (beta?: number): layers.Softplus => new layers.Softplus(beta)
/** A layer of x / (1 + |x|). */
export const softsign = (): layers.Softsign => new layers.Softsign()
/** A layer of ln sigmoid(x). */
export const logSigmoid = (): layers.LogSigmoid => new layers.LogSigmoid()
/** A layer that keeps elements within minVal … maxVal; −1 … 1 unless given. @throws OPTION_INVALID */
export const hardtanh = (minVal?: number, maxVal?: number): layers.Hardtanh => new layers.Hardtanh(minVal, maxVal)
/** A layer of x / 6 + ½ kept within 0 … 1. */
export const hardsigmoid = (): layers.Hardsigmoid => new layers.Hardsigmoid()
/** A layer of x · hardsigmoid(x). */
export const hardswish = (): layers.Hardswish => new layers.Hardswish()
/** A layer of eˣ / Σ eˣ along an axis, the last unless given. */
export const softmax = (axis?: number): layers.Softmax => new layers.Softmax(axis)
/** A layer of ln softmax along an axis, the last unless given. */
export const logSoftmax = (axis?: number): layers.LogSoftmax => new layers.LogSoftmax(axis)
