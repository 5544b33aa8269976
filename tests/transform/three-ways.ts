import { expect } from 'vitest'
import { hybridize, Tensor, type Hybridized } from 'gryph'

/** Everything in a result as plain data, so that equal data is equal bits. */
export function dataOf(value: unknown): unknown {
  if (value instanceof Tensor) return { dtype: value.dtype, shape: value.shape, data: [...value.data()] }
  if (Array.isArray(value)) return value.map(dataOf)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, dataOf(part)]))
  return value
}

export type Program = (...args: never[]) => unknown

/** Runs a program as JavaScript, transformed, and compiled, and expects the same of all three. */
export function sameThreeWays(
  plain: Program,
  transformed: Program,
  calls: readonly (readonly unknown[])[],
  staticArgs: readonly number[] = [],
): Hybridized<Program> {
  const fast = hybridize(transformed, { staticArgs, fullGraph: true })
  for (const args of calls) {
    const given = args as never[] // each case has its program's arguments
    const expected = dataOf(plain(...given))
    expect(dataOf(transformed(...given))).toEqual(expected)
    expect(dataOf(fast(...given))).toEqual(expected)
    expect(dataOf(fast(...given))).toEqual(expected)
  }
  return fast
}
