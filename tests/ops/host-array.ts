import { dtypeInfo, type Dtype } from '../../src/base/dtype.ts'
import { elementCount, shapeText, type Shape } from '../../src/base/shape.ts'

/** A tensor written down in a test: its elements in row-major order. */
export interface HostArray {
  readonly dtype: Dtype
  readonly shape: Shape
  readonly elements: readonly number[]
}

const maker =
  (dtype: Dtype) =>
  (shape: Shape, ...elements: readonly number[]): HostArray => {
    if (elements.length !== elementCount(shape))
      throw new Error(`${elements.length} elements for shape ${shapeText(shape)}`)
    return { dtype, shape, elements: Array.from(new dtypeInfo[dtype].array(elements)) }
  }

/** Elements are rounded to the dtype. */
export const f32 = maker('float32')
export const f64 = maker('float64')
export const i32 = maker('int32')
export const u8 = maker('uint8')
export const bool = maker('bool')

/** Distance of two floats of a dtype in units in the last place of the larger; 0 for equal signs and values or two NaNs, infinite when not comparable. */
export function ulpDistance(a: number, b: number, dtype: Dtype): number {
  if (Object.is(a, b)) return 0
  if (dtype !== 'float32' && dtype !== 'float64') return Infinity
  if (!Number.isFinite(a) || !Number.isFinite(b) || a === b) return Infinity
  const [mantissaBits, leastExponent] = dtype === 'float32' ? [23, -126] : [52, -1022]
  const exponent = Math.max(Math.floor(Math.log2(Math.max(Math.abs(a), Math.abs(b)))), leastExponent)
  return Math.abs(a - b) / 2 ** (exponent - mantissaBits)
}
