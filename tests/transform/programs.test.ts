import { describe, expect, test } from 'vitest'
import { configure, eye, hybridize, tensor, valueAndGrad, type Tensor } from 'gryph'
import { likeliestSequence, smallNetwork } from './programs/beam-search.ts'
import { likeliestSequence as plainLikeliestSequence } from './programs/beam-search.ts?plain'
import { squareRoot } from './programs/newton.ts'
import { squareRoot as plainSquareRoot } from './programs/newton.ts?plain'
import { integrate } from './programs/ode.ts'
import { integrate as plainIntegrate } from './programs/ode.ts?plain'
import { dominantEigenvector } from './programs/power-iteration.ts'
import { dominantEigenvector as plainDominantEigenvector } from './programs/power-iteration.ts?plain'
import { transformedText, valueIn } from './run-transformed.ts'
import { dataOf, sameThreeWays } from './three-ways.ts'

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

test('gradients flow through native loops, with the bits of eager ones', () => {
  const trained = (root: typeof squareRoot): unknown[] => {
    const a = tensor(2, { requiresGrad: true })
    const [x, steps] = root(a, 1e-4, 40)
    x.mul(3).backward()
    return [dataOf(a.grad), steps]
  }
  const fast = hybridize(squareRoot) as unknown as typeof squareRoot // the same parameters
  expect(trained(squareRoot)).toEqual(trained(plainSquareRoot))
  expect(trained(fast)).toEqual(trained(squareRoot))
  expect(trained(fast)).toEqual(trained(squareRoot))
})

test('a loop within a function that is differentiated has a test that reads with item()', () => {
  const text = transformedText(`function program(x, k) {
    'use hybrid'
    return valueAndGrad((x) => {
      let b = x
      for (let i = 0; i < k.item(); i++) b = b.add(x)
      return b.sum()
    })(x)
  }`)
  const fast = hybridize(valueIn(text, 'program', { valueAndGrad }) as (x: Tensor, k: Tensor) => Tensor[])
  expect(dataOf(fast(tensor([1, 2]), tensor(2, { dtype: 'int32' })))).toEqual(dataOf([tensor(9), tensor([3, 3])]))
})

test('with hybridize off, transformed functions run eagerly', () => {
  configure({ hybridize: 'off' })
  try {
    expect(dataOf(hybridize(squareRoot)(tensor(2), 1e-4, 40))).toEqual(dataOf(plainSquareRoot(tensor(2), 1e-4, 40)))
  } finally {
    configure({ hybridize: 'on' })
  }
})
