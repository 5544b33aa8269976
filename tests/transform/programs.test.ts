import { describe, expect, test } from 'vitest'
import { configure, eye, hybridize, tensor, Tensor, type Hybridized } from 'gryph'
import { likeliestSequence, smallNetwork } from './programs/beam-search.ts'
import { likeliestSequence as plainLikeliestSequence } from './programs/beam-search.ts?plain'
import { squareRoot } from './programs/newton.ts'
import { squareRoot as plainSquareRoot } from './programs/newton.ts?plain'
import { integrate } from './programs/ode.ts'
import { integrate as plainIntegrate } from './programs/ode.ts?plain'
import { dominantEigenvector } from './programs/power-iteration.ts'
import { dominantEigenvector as plainDominantEigenvector } from './programs/power-iteration.ts?plain'

/** Everything in a result as plain data, so that equal data is equal bits. */
function dataOf(value: unknown): unknown {
  if (value instanceof Tensor) return { dtype: value.dtype, shape: value.shape, data: [...value.data()] }
  if (Array.isArray(value)) return value.map(dataOf)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, dataOf(part)]))
  return value
}

type Program = (...args: never[]) => unknown

/** Runs a program as JavaScript, transformed, and compiled, and expects the same of all three. */
function sameThreeWays(plain: Program, transformed: Program, calls: readonly (readonly unknown[])[], staticArgs: readonly number[] = []): Hybridized<Program> {
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

describe('programs written with while and if compile into one program with the bits of plain JavaScript', () => {
  test("Newton's method", () => {
    const calls = [2, 9, 1e-3, 1e4, 1].map((x) => [tensor(x), 1e-4, 40])
    expect(sameThreeWays(plainSquareRoot, squareRoot, calls).stats.traces).toBe(1)
  })

  test('power iteration with a convergence test', () => {
    const matrix = tensor([[2, 1, 0], [1, 3, 1], [0, 1, 1]]) // prettier-ignore
    const calls = [
      [matrix, 1e-5, 100],
      [matrix, 1e-5, 3],
      [eye(3), 1e-3, 10],
      [matrix, 1e-2, 0],
    ]
    expect(sameThreeWays(plainDominantEigenvector, dominantEigenvector, calls).stats.traces).toBe(1)
  })

  test('beam search over a small recurrent network', () => {
    const network = smallNetwork(5, 4)
    sameThreeWays(plainLikeliestSequence, likeliestSequence, [[network, 3, 6]], [1, 2])
  })

  test('a solver of differential equations that adapts its steps', () => {
    const calls = [
      [tensor([1, 0]), 2, 1e-3],
      [tensor([3, -1]), 1, 1e-2],
      [tensor([0.1, 0]), 0, 1e-3],
    ]
    expect(sameThreeWays(plainIntegrate, integrate, calls).stats.traces).toBe(1)
  })
})

test('with hybridize off, transformed functions run eagerly', () => {
  configure({ hybridize: 'off' })
  try {
    expect(dataOf(hybridize(squareRoot)(tensor(2), 1e-4, 40))).toEqual(dataOf(plainSquareRoot(tensor(2), 1e-4, 40)))
  } finally {
    configure({ hybridize: 'on' })
  }
})
