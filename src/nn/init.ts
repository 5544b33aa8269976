import type { Shape } from '../base/shape.ts'
import { noGrad } from '../frontend/context.ts'
import { full } from '../frontend/fill.ts'
import { rand, randn } from '../frontend/random.ts'
import { Tensor } from '../frontend/tensor.ts'
import { notATensor } from '../frontend/errors.ts'
import { checkOptions } from '../ops/calls/options.ts'
import { optionValue } from '../ops/errors.ts'
import { fanUndefined } from './errors.ts'

/**
 * Initialisers: each replaces the values of a parameter or buffer, which it returns. Under `manualSeed` they draw the same numbers in every
 * run.
 */

const floatOf = (target: Tensor): { dtype: 'float32' | 'float64' } => ({
  dtype: target.dtype === 'float64' ? 'float64' : 'float32',
})

function fill(where: string, target: Tensor, make: () => Tensor): Tensor {
  if (!(target instanceof Tensor)) throw notATensor(where, target)
  return noGrad(() => target.assign(make()))
}

function requireNumber(where: string, name: string, value: number): void {
  if (!Number.isFinite(value)) throw optionValue(where, name, value, 'a finite number')
}

/** Uniform from `low` up to, without, `high`; 0 and 1 unless given. @throws OPTION_INVALID, NOT_A_VARIABLE */
export function uniform(target: Tensor, low = 0, high = 1): Tensor {
  requireNumber('uniform', 'low', low)
  requireNumber('uniform', 'high', high)
  return fill('uniform', target, () =>
    rand(target.shape, floatOf(target))
      .mul(high - low)
      .add(low),
  )
}

/** Normal; mean 0 and standard deviation 1 unless given. @throws OPTION_INVALID, NOT_A_VARIABLE */
export function normal(target: Tensor, mean = 0, std = 1): Tensor {
  requireNumber('normal', 'mean', mean)
  requireNumber('normal', 'std', std)
  return fill('normal', target, () => randn(target.shape, floatOf(target)).mul(std).add(mean))
}

/** Every element `value`. @throws NOT_A_VARIABLE */
export const constant = (target: Tensor, value: number): Tensor =>
  fill('constant', target, () => full(target.shape, value, { dtype: target.dtype }))

/** Every element 0. @throws NOT_A_VARIABLE */
export const zeros = (target: Tensor): Tensor => constant(target, 0)

/** Every element 1. @throws NOT_A_VARIABLE */
export const ones = (target: Tensor): Tensor => constant(target, 1)

/** What a layer does to the size of its signal, to be made up for. */
export type Nonlinearity = 'linear' | 'conv2d' | 'sigmoid' | 'tanh' | 'relu' | 'leakyRelu' | 'selu'

/** PyTorch's factor for the standard deviation before a nonlinearity. @param slope of leakyRelu @throws OPTION_INVALID */
export function calculateGain(nonlinearity: Nonlinearity, slope = 0.01): number {
  const gains: Record<Nonlinearity, number> = {
    linear: 1,
    conv2d: 1,
    sigmoid: 1,
    tanh: 5 / 3,
    relu: Math.SQRT2,
    leakyRelu: Math.sqrt(2 / (1 + slope ** 2)),
    selu: 3 / 4,
  }
  if (!Object.hasOwn(gains, nonlinearity))
    throw optionValue('calculateGain', 'nonlinearity', nonlinearity, Object.keys(gains).join(', '))
  return gains[nonlinearity]
}

/**
 * How many inputs an output has, and how many outputs an input: of a matrix [in, out], as `linear` and the recurrent layers have them, or
 * filters [out, in, height, width].
 */
export function fansOf(where: string, shape: Shape): { readonly fanIn: number; readonly fanOut: number } {
  if (shape.length < 2) throw fanUndefined(where, shape)
  if (shape.length === 2) return { fanIn: shape[0]!, fanOut: shape[1]! }
  const window = shape.slice(2).reduce((product, size) => product * size, 1)
  return { fanIn: shape[1]! * window, fanOut: shape[0]! * window }
}

/** Options of `xavierUniform` and `xavierNormal`. */
export interface XavierOptions {
  /** Default 1; `calculateGain` knows those of activations. */
  readonly gain?: number
}

/** Standard deviation gain · √(2 / (inputs + outputs)), of Glorot and Bengio (2010). */
function xavierDeviation(where: string, target: Tensor, options: XavierOptions): number {
  checkOptions(where, options, ['gain'])
  const { gain = 1 } = options
  requireNumber(where, 'gain', gain)
  const { fanIn, fanOut } = fansOf(where, target.shape)
  return gain * Math.sqrt(2 / (fanIn + fanOut))
}

/** Uniform within ±gain · √(6 / (inputs + outputs)). @throws FAN_UNDEFINED, OPTION_INVALID, NOT_A_VARIABLE */
export function xavierUniform(target: Tensor, options: XavierOptions = {}): Tensor {
  const bound = Math.sqrt(3) * xavierDeviation('xavierUniform', target, options)
  return uniform(target, -bound, bound)
}

/** Normal with standard deviation gain · √(2 / (inputs + outputs)). @throws FAN_UNDEFINED, OPTION_INVALID, NOT_A_VARIABLE */
export const xavierNormal = (target: Tensor, options: XavierOptions = {}): Tensor =>
  normal(target, 0, xavierDeviation('xavierNormal', target, options))

/** Options of `kaimingUniform` and `kaimingNormal`. */
export interface KaimingOptions {
  /** Whether the signal keeps its size forward or backward. Default 'fanIn', forward. */
  readonly mode?: 'fanIn' | 'fanOut'
  /** What comes after. Default 'leakyRelu'. */
  readonly nonlinearity?: Nonlinearity
  /** The slope of leakyRelu. Default 0. */
  readonly slope?: number
}

/** Standard deviation gain / √inputs, of He et al. (2015). */
function kaimingDeviation(where: string, target: Tensor, options: KaimingOptions): number {
  checkOptions(where, options, ['mode', 'nonlinearity', 'slope'])
  const { mode = 'fanIn', nonlinearity = 'leakyRelu', slope = 0 } = options
  if (mode !== 'fanIn' && mode !== 'fanOut') throw optionValue(where, 'mode', mode, "'fanIn' or 'fanOut'")
  return calculateGain(nonlinearity, slope) / Math.sqrt(fansOf(where, target.shape)[mode])
}

/** Uniform within ±gain · √(3 / inputs). @throws FAN_UNDEFINED, OPTION_INVALID, NOT_A_VARIABLE */
export function kaimingUniform(target: Tensor, options: KaimingOptions = {}): Tensor {
  const bound = Math.sqrt(3) * kaimingDeviation('kaimingUniform', target, options)
  return uniform(target, -bound, bound)
}

/** Normal with standard deviation gain / √inputs. @throws FAN_UNDEFINED, OPTION_INVALID, NOT_A_VARIABLE */
export const kaimingNormal = (target: Tensor, options: KaimingOptions = {}): Tensor =>
  normal(target, 0, kaimingDeviation('kaimingNormal', target, options))
