import { expect, test } from 'vitest'
import { hybridize, nn, optim, tensor, variable, type Tensor } from '../../src/index.ts'
import { bitsOf } from '../frontend/twice.ts'

/** A model and its compiled training step: every one made here has the same graph. */
function makeTraining(seed: number, target: 'wasm' | 'js' = 'wasm') {
  const weight = (rows: number, columns: number): Tensor =>
    variable(
      Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (__, j) => Math.sin(seed + 3 * i + j))),
      { requiresGrad: true },
    )
  const parameters = [weight(5, 4), weight(4, 3)] as const
  const optimizer = optim.adam([...parameters], { lr: 0.05 })
  const step = (x: Tensor, y: Tensor): Tensor => {
    const loss = nn.mse(x.matmul(parameters[0]).tanh().matmul(parameters[1]), y)
    loss.backward()
    optimizer.step()
    return loss
  }
  return { parameters, step, fast: hybridize(step, { target }) }
}

const x = tensor([
  [1, 2, 3, 4, 5],
  [0.5, -1, 0.25, 2, -3],
])
const y = tensor([
  [1, 0, 1],
  [0, 1, 0],
])

test('two instances of a model share a compilation, and have states of their own', () => {
  const [first, second] = [makeTraining(1), makeTraining(2)]
  const [eagerFirst, eagerSecond] = [makeTraining(1), makeTraining(2)]
  for (let i = 0; i < 3; i++) {
    expect(bitsOf(first.fast(x, y))).toEqual(bitsOf(eagerFirst.step(x, y)))
    expect(bitsOf(second.fast(x, y))).toEqual(bitsOf(eagerSecond.step(x, y)))
  }
  expect(bitsOf(first.parameters)).toEqual(bitsOf(eagerFirst.parameters))
  expect(bitsOf(second.parameters)).toEqual(bitsOf(eagerSecond.parameters))
  expect([first.fast.stats.cacheHits, second.fast.stats.cacheHits]).toEqual([0, 1])
  expect(second.fast.source('kernels')).toBe(first.fast.source('kernels'))
})

test('captured tensors and other targets are not shared', () => {
  const scaled = (by: Tensor, target: 'wasm' | 'js') => hybridize((z: Tensor) => z.mul(by), { target })
  const [ones, twos] = [tensor([1, 1]), tensor([2, 2])]
  const [a, b, c] = [scaled(ones, 'wasm'), scaled(twos, 'wasm'), scaled(twos, 'js')]
  const z = tensor([3, 4])
  for (let i = 0; i < 2; i++) {
    expect(a(z).toArray()).toEqual([3, 4])
    expect(b(z).toArray()).toEqual([6, 8])
    expect(c(z).toArray()).toEqual([6, 8])
  }
  expect([a, b, c].map(({ stats }) => stats.cacheHits)).toEqual([0, 1, 0])
})

test('equal functions on other lines are compiled on their own, so that reports name the right lines', () => {
  const a = hybridize((z: Tensor) => z.mul(17).add(1))
  const b = hybridize((z: Tensor) => z.mul(17).add(1))
  a(tensor([1]))
  b(tensor([1]))
  expect(b.stats.cacheHits).toBe(0)
})
