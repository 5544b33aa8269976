import { isFloat } from '../../base/dtype.ts'
import { elementCount, shapeText, type Shape } from '../../base/shape.ts'
import { checkOptions } from '../../ops/calls/options.ts'
import { noGrad } from '../context.ts'
import { tensor } from '../create.ts'
import { dtypeNotDifferentiable, functionExpected, notATensor } from '../errors.ts'
import type { GradOptions } from '../gradients.ts'
import { Tensor } from '../tensor.ts'
import { checkDtype, resultExpected } from './errors.ts'
import { linearize, pullBackTo } from './linearize.ts'
import { requireNumber } from './number-option.ts'

export interface GradCheckOptions extends GradOptions {
  /** The largest relative error that counts as right. Default 1e-6. */
  readonly tolerance?: number
}

/** One element of a gradient, computed in two ways. */
export interface CheckedElement {
  /** Position of the argument. */
  readonly argument: number
  /** Of the element in it. */
  readonly index: readonly number[]
  readonly analytic: number
  readonly numeric: number
  /** |analytic − numeric|, less what rounding explains, divided by the larger of the two. */
  readonly relativeError: number
}

export interface GradCheck {
  readonly ok: boolean
  /** The element with the largest error; undefined where there is none. */
  readonly worst: CheckedElement | undefined
  readonly maxRelativeError: number
  /** How many elements were compared. */
  readonly count: number
  toString(): string
}

/** For differences of float64: what rounding and curvature add to the error is about equal there. */
const step = Math.cbrt(2 ** -52)

/**
 * Compares the gradient of `f` with central differences, in float64: arguments of floats are cast. All arguments of floats are checked, or
 * those in `argnums`; a result of several elements is multiplied by fixed numbers and added up. Calls `f` twice for each element.
 *
 * @throws NOT_A_TENSOR, RESULT_NOT_A_TENSOR, ARGNUMS_INVALID, GRAD_CHECK_DTYPE
 * @example gradCheck((x: Tensor) => x.sin().sum(), [tensor([1, 2])]).ok // true
 */
export function gradCheck<A extends readonly unknown[]>(
  f: (...args: A) => Tensor,
  args: readonly [...A],
  options: GradCheckOptions = {},
): GradCheck {
  if (typeof f !== 'function') throw functionExpected('gradCheck', f)
  checkOptions('gradCheck', options, ['argnums', 'tolerance'])
  const tolerance = requireNumber('gradCheck', 'tolerance', options.tolerance ?? 1e-6)
  const wide = args.map((arg) => (arg instanceof Tensor && isFloat(arg.dtype) ? arg.detach().cast('float64') : arg))
  const { argnums = [...args.keys()].filter((i) => isFloatTensor(args[i])) } = options
  const positions = typeof argnums === 'number' ? [argnums] : argnums
  if (positions.length === 0)
    throw args[0] instanceof Tensor
      ? dtypeNotDifferentiable('gradCheck', args[0].dtype)
      : notATensor('gradCheck', args[0])

  const call = linearize('gradCheck', f as (...given: never[]) => unknown, wide, positions) // called with these arguments
  if (!call.isSingle) throw resultExpected('gradCheck', call.values, 'one tensor')
  const value = call.values[0]!
  if (value.dtype !== 'float64') throw checkDtype(value.dtype)
  const weights = Float64Array.from({ length: value.size }, (_, i) => 1 + ((i * 0.6180339887498949) % 1))
  const analytic = pullBackTo(call, value, tensor(weights, { shape: value.shape }), false)
  const weighted = (result: Tensor): readonly [sum: number, size: number] => {
    const terms = Array.from(result.data(), (each, i) => each * weights[i]!)
    return [terms.reduce((a, b) => a + b, 0), terms.reduce((a, b) => a + Math.abs(b), 0)]
  }

  let worst: CheckedElement | undefined
  let count = 0
  positions.forEach((argument, k) => {
    const given = wide[argument] as Tensor // linearize has checked it
    const [elements, slopes] = [given.data(), analytic[k]!.data()]
    const at = (i: number, x: number) => {
      const changed = elements.slice()
      changed[i] = x
      const moved = wide.with(argument, tensor(changed, { shape: given.shape })) as unknown as A // an argument in the place of one of its type
      return weighted(noGrad(() => f(...moved)))
    }
    elements.forEach((x, i) => {
      const h = step * Math.max(Math.abs(x), 1)
      const [[above, size], [below]] = [at(i, x + h), at(i, x - h)]
      const width = x + h - (x - h)
      const numeric = (above - below) / width
      const rounding = (8 * 2 ** -52 * size) / width
      const difference = Math.abs(slopes[i]! - numeric)
      const larger = Math.max(Math.abs(slopes[i]!), Math.abs(numeric))
      const relativeError =
        difference <= rounding ? 0 : Number.isFinite(difference) ? (difference - rounding) / larger : Infinity
      count++
      if (!worst || relativeError > worst.relativeError)
        worst = { argument, index: indexOf(i, given.shape), analytic: slopes[i]!, numeric, relativeError }
    })
  })
  const maxRelativeError = worst?.relativeError ?? 0
  const ok = maxRelativeError <= tolerance
  return { ok, worst, maxRelativeError, count, toString: () => textOf(ok, worst, count) }
}

const isFloatTensor = (arg: unknown): boolean => arg instanceof Tensor && isFloat(arg.dtype) && !arg.weak

function indexOf(position: number, shape: Shape): number[] {
  const sizes = shape.map((_, axis) => elementCount(shape.slice(axis + 1)))
  return sizes.map((size, axis) => Math.floor(position / size) % shape[axis]!)
}

function textOf(ok: boolean, worst: CheckedElement | undefined, count: number): string {
  const verdict = `gradCheck: ${ok ? 'equal' : 'different'}, ${count} elements`
  if (!worst) return verdict
  const { argument, index, analytic, numeric, relativeError } = worst
  return `${verdict}; the worst is ${shapeText(index)} of argument ${argument}: gradient ${analytic}, differences ${numeric}, relative error ${relativeError.toExponential(2)}`
}
