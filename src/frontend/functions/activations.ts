import * as calls from '../../ops/calls/index.ts'
import { lift } from './lift.ts'

export type { GeluOptions } from '../../ops/calls/index.ts'

/** x above 0, slope · x elsewhere. `slope` is 0.01 unless given. */
export const leakyRelu = lift(calls.leakyRelu)
/** x above 0, alpha · (eˣ − 1) elsewhere. `alpha` is 1 unless given. */
export const elu = lift(calls.elu)
/** x above 0, alpha · (e^(x/alpha) − 1) elsewhere: like elu, with the slope 1 on both sides of 0. `alpha` is 1 unless given. */
export const celu = lift(calls.celu)
/** elu with the factors that keep mean 0 and variance 1 from layer to layer. */
export const selu = lift(calls.selu)
/**
 * x · Φ(x), where Φ is the distribution function of the normal distribution; by the error function, or approximately by tanh.
 *
 * @throws GryphError OPTION_INVALID
 * @example gelu(x, { approximate: 'tanh' })
 */
export const gelu = lift(calls.gelu)
/** x · sigmoid(x), also called swish. */
export const silu = lift(calls.silu)
/** ln(1 + e^(beta · x)) / beta, without overflow. `beta` is 1 unless given. PyTorch's threshold, above which it gives x, is not needed. */
export const softplus = lift(calls.softplus)
/** ln sigmoid(x), without overflow. */
export const logSigmoid = lift(calls.logSigmoid)
/** x · tanh(softplus(x)). */
export const mish = lift(calls.mish)
/** x / (1 + |x|). */
export const softsign = lift(calls.softsign)
/**
 * x kept within lower … upper (−1 … 1 unless given); NaN stays. Unlike that of `clamp`, the gradient at a bound is 0, as in PyTorch.
 *
 * @throws GryphError RANGE_INVALID when two plain numbers are crossed
 */
export const hardtanh = lift(calls.hardtanh)
/** x kept within 0 … 6. */
export const relu6 = lift(calls.relu6)
/** sigmoid by three straight lines: x / 6 + ½ kept within 0 … 1. */
export const hardsigmoid = lift(calls.hardsigmoid)
/** x · hardsigmoid(x). */
export const hardswish = lift(calls.hardswish)
