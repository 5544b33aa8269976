import { expect } from 'vitest'
import { hybridize, manualSeed, rand, type HybridizeOptions, type Hybridized } from '../../../src/index.ts'
import { bitsOf } from '../twice.ts'

/** A function of rows, with the state it has. */
export interface Rows {
  readonly fn: (...args: never[]) => unknown
  readonly state?: () => unknown
}

export type Fast = Hybridized<Rows['fn']>

/** Calls a function with every size, eagerly and hybridized, and compares results, state and the random generator bit by bit. */
export function sameAtSizes(
  make: () => Rows,
  argsOf: (n: number) => readonly unknown[],
  sizes: readonly number[],
  options: HybridizeOptions = {},
): Fast {
  manualSeed(7)
  const eager = make()
  manualSeed(7)
  const compiled = make()
  const fast = hybridize(compiled.fn, options)
  const outcome = ({ state }: Rows, fn: Rows['fn'], n: number, args: readonly unknown[]): unknown => {
    manualSeed(100 + n)
    const result = fn(...(args as never[])) // the function's own arguments
    return bitsOf([result, state?.(), rand([2])])
  }
  const differing = sizes.filter((n) => {
    manualSeed(n)
    const args = argsOf(n)
    const expected = outcome(eager, eager.fn, n, args)
    return JSON.stringify(outcome(compiled, fast, n, args)) !== JSON.stringify(expected)
  })
  expect(differing).toEqual([])
  return fast
}

/** The sizes that share programs. */
export const sharedSizes = (fast: Fast): number[] =>
  fast
    .explain()
    .specialisations.flatMap(({ dynamic }) => dynamic?.sizes ?? [])
    .toSorted((a, b) => a - b)

/** Why sizes have programs of their own. */
export const reasons = (fast: Fast): string[] => [
  ...new Set(fast.explain().specialisations.flatMap(({ notDynamic }) => notDynamic ?? [])),
]

export const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1)
