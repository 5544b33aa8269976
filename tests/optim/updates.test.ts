import * as g from 'gryph'
import { expect, test } from 'vitest'
import { adamSequence, sgdSequence, type AdamNumbers, type SgdNumbers } from './formulas.ts'

const gradients = [0.5, -0.25, 1, 0, 3]

/** The parameter after each step when its gradient is given. */
function run(make: (parameters: g.Tensor[]) => g.optim.Optimizer, start: number): number[] {
  const p = g.variable([start], { dtype: 'float64', requiresGrad: true })
  const optimizer = make([p])
  return gradients.map((gradient) => {
    p.mul(gradient).sum().backward()
    optimizer.step()
    return p.item()
  })
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  actual.forEach((value, i) =>
    expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(1e-14 * Math.max(1, Math.abs(expected[i]!))),
  )
}

const sgdCases: readonly SgdNumbers[] = [
  { lr: 0.1 },
  { lr: 0.1, weightDecay: 0.01 },
  { lr: 0.1, momentum: 0.9 },
  { lr: 0.05, momentum: 0.8, weightDecay: 0.1 },
  { lr: 0.05, momentum: 0.8, nesterov: true },
  { lr: 0.05, momentum: 0.8, nesterov: true, weightDecay: 0.2 },
  { lr: 0 },
]
test.each(sgdCases)('sgd follows its formulas with %o', (options) => {
  expectClose(
    run((parameters) => g.optim.sgd(parameters, options), 2),
    sgdSequence(2, gradients, options),
  )
})

const adamCases: readonly AdamNumbers[] = [
  { lr: 0.001 },
  { lr: 0.1, betas: [0.5, 0.75] },
  { lr: 0.1, betas: [0, 0.9] },
  { lr: 0.1, betas: [0.9, 0.99], eps: 0.1, weightDecay: 0.3 },
]
test.each(adamCases)('adam follows its formulas with %o', (options) => {
  expectClose(
    run((parameters) => g.optim.adam(parameters, options), 2),
    adamSequence(2, gradients, options),
  )
})

test('sgd with momentum gives worked-out numbers', () => {
  // v: 0.5, 0, 1, 0.5, 3.25 with momentum 0.5.
  expect(run((parameters) => g.optim.sgd(parameters, { lr: 0.5, momentum: 0.5 }), 2)).toEqual([
    1.75, 1.75, 1.25, 1, -0.625,
  ])
})

test("adam's first step is lr against the sign of the gradient, whatever its size", () => {
  for (const size of [1e-3, 1, 1e3]) {
    const p = g.variable([1, 1], { dtype: 'float64', requiresGrad: true })
    const optimizer = g.optim.adam([p], { lr: 0.25, eps: 0 })
    p.mul(g.tensor([size, -size], { dtype: 'float64' }))
      .sum()
      .backward()
    optimizer.step()
    expectClose([...p.data()], [0.75, 1.25])
  }
})

test('defaults of adam are those of PyTorch', () => {
  const optimizer = g.optim.adam([g.variable([1], { requiresGrad: true })])
  expect([optimizer.lr, ...optimizer.betas, optimizer.eps, optimizer.weightDecay]).toEqual([1e-3, 0.9, 0.999, 1e-8, 0])
})

test('float32 parameters stay float32, and so does their state', () => {
  const p = g.variable([1], { requiresGrad: true })
  for (const make of [
    () => g.optim.sgd([p], { lr: 0.1, momentum: 0.9, weightDecay: 0.1 }),
    () => g.optim.adam([p], { weightDecay: 0.1 }),
  ]) {
    const optimizer = make()
    p.square().sum().backward()
    optimizer.step()
    const { lr, stepCount, ...state } = optimizer.stateDict()
    expect([p, ...Object.values(state)].every(({ dtype }) => dtype === 'float32')).toBe(true)
    expect([lr?.dtype, stepCount?.dtype ?? 'float64']).toEqual(['float64', 'float64'])
  }
})
