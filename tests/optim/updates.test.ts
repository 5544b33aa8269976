import * as g from 'gryph'
import { expect, test } from 'vitest'
import { everyOptimizer, variants } from './every-optimizer.ts'
import * as formulas from './formulas.ts'

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

const cases: readonly (readonly [
  name: keyof typeof everyOptimizer,
  sequence: (start: number, gradients: readonly number[], options: never) => number[],
  options: object,
  forFormula?: object,
])[] = [
  ['sgd', formulas.sgdSequence, { lr: 0.1 }],
  ['sgd', formulas.sgdSequence, { lr: 0 }],
  ['sgd', formulas.sgdSequence, { lr: 0.05, momentum: 0.8, weightDecay: 0.1 }],
  ['sgd', formulas.sgdSequence, { lr: 0.05, momentum: 0.8, dampening: 0.3 }],
  ['sgd', formulas.sgdSequence, { lr: 0.05, momentum: 0.8, nesterov: true, weightDecay: 0.2 }],
  ['sgd', formulas.sgdSequence, { lr: 0.05, momentum: 0.8, lrInVelocity: true, dampening: 0.5 }],
  ['sgd', formulas.sgdSequence, { lr: 0.05, momentum: 0.8, lrInVelocity: true, nesterov: true }],
  ['adaGrad', formulas.adaGradSequence, {}],
  ['adaGrad', formulas.adaGradSequence, { lr: 0.3, eps: 0.1, epsInside: true, lrDecay: 0.1, weightDecay: 0.2 }],
  ['rmsProp', formulas.rmsPropSequence, {}],
  ['rmsProp', formulas.rmsPropSequence, { lr: 0.3, alpha: 0.5, eps: 0.1, epsInside: true, weightDecay: 0.2 }],
  ['rmsProp', formulas.rmsPropSequence, { momentum: 0.5, centered: true, alpha: 0.5 }],
  ['rmsProp', formulas.rmsPropSequence, { momentum: 0.5, lrInVelocity: true }],
  ['adaDelta', formulas.adaDeltaSequence, {}],
  ['adaDelta', formulas.adaDeltaSequence, { lr: 0.5, rho: 0.5, eps: 0.1, weightDecay: 0.2 }],
  ['adam', formulas.adamSequence, {}],
  ['adam', formulas.adamSequence, { lr: 0.1, betas: [0, 0.9] }],
  ['adam', formulas.adamSequence, { lr: 0.1, betas: [0.9, 0.99], eps: 0.1, weightDecay: 0.3, epsInside: true }],
  ['amsGrad', formulas.adamSequence, { lr: 0.1, betas: [0.5, 0.75] }, { amsGrad: true }],
  ['adamW', formulas.adamSequence, {}, { weightDecay: 0.01, isDecoupled: true }],
  ['adamW', formulas.adamSequence, { lr: 0.1, weightDecay: 0.3, amsGrad: true }, { isDecoupled: true }],
  ['adamax', formulas.adamaxSequence, {}],
  ['adamax', formulas.adamaxSequence, { lr: 0.1, betas: [0.5, 0.75], eps: 0.1, weightDecay: 0.2 }],
  ['nadam', formulas.nadamSequence, {}],
  ['nadam', formulas.nadamSequence, { lr: 0.1, weightDecay: 0.3, momentumDecay: 0.1 }],
  ['nadam', formulas.nadamSequence, { lr: 0.1, weightDecay: 0.3, decoupledWeightDecay: true }],
  ['yogi', formulas.yogiSequence, {}],
  ['yogi', formulas.yogiSequence, { lr: 0.1, betas: [0.5, 0.75], weightDecay: 0.2, initialAccumulatorValue: 0.5 }],
  ['yogi', formulas.yogiSequence, { lr: 0.1, biasCorrection: false }],
  ['lion', formulas.lionSequence, {}],
  ['lion', formulas.lionSequence, { lr: 0.1, betas: [0.5, 0.75], weightDecay: 0.2 }],
  ['lamb', formulas.lambSequence, {}],
  ['lamb', formulas.lambSequence, { lr: 0.1, betas: [0.5, 0.75], eps: 0.1, weightDecay: 0 }],
]
for (const [name, sequence, options, forFormula = {}] of cases)
  test(`${name} follows its formulas with ${JSON.stringify(options)}`, () => {
    expectClose(
      run((parameters) => everyOptimizer[name](parameters, options), 2),
      sequence(2, gradients, { ...options, ...forFormula } as never), // the options of that one
    )
  })

test('learning rates inside and outside of the velocity differ where the rate changes', () => {
  const rates = [0.1, 0.1, 0.01, 0.5, 0.2]
  for (const lrInVelocity of [false, true]) {
    const options = { lr: 0.1, momentum: 0.9, lrInVelocity }
    const p = g.variable([2], { dtype: 'float64', requiresGrad: true })
    for (const [name, sequence] of [
      ['sgd', formulas.sgdSequence],
      ['rmsProp', formulas.rmsPropSequence],
    ] as const) {
      g.assign(p, g.tensor([2], { dtype: 'float64' }))
      const optimizer = everyOptimizer[name]([p], options)
      const values = gradients.map((gradient, i) => {
        optimizer.lr = rates[i]!
        p.grad = g.tensor([gradient], { dtype: 'float64' })
        optimizer.step()
        return p.item()
      })
      expectClose(values, sequence(2, gradients, options, rates))
    }
  }
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
  expect(optimizer.groups[0]!.options).toMatchObject({ lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0 })
})

test.each(variants)('float32 parameters and their state stay float32 with %s, %o', (name, options) => {
  const p = g.variable([1], { requiresGrad: true })
  const optimizer = everyOptimizer[name]([p], options)
  p.square().sum().backward()
  optimizer.step()
  for (const [key, { dtype }] of Object.entries({ p, ...optimizer.stateDict() }))
    expect([key, dtype]).toEqual([key, /^(lr|stepCount|momentumProduct)$/.test(key) ? 'float64' : 'float32'])
})
