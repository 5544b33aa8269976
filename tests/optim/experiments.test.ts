/** Figures of the course (Dive into Deep Learning, chapter 12), by the library's optimizers in both modes. */
import * as g from 'gryph'
import { describe, expect, test } from 'vitest'
import { modes } from '../nn/modes.ts'
import { airfoil, airfoilMissing } from './airfoil.ts'

const { optim } = g
type Make = (parameters: g.Tensor[]) => g.optim.Optimizer

const sgd =
  (lr: number, momentum = 0): Make =>
  (parameters) =>
    optim.sgd(parameters, { lr, momentum, lrInVelocity: true })
const adaGrad =
  (lr: number): Make =>
  (parameters) =>
    optim.adaGrad(parameters, { lr, eps: 1e-6, epsInside: true })
const rmsProp =
  (lr: number, alpha: number): Make =>
  (parameters) =>
    optim.rmsProp(parameters, { lr, alpha, eps: 1e-6, epsInside: true })

/** The parameters after some steps down f. */
function descend(start: number[], f: (x: g.Tensor) => g.Tensor, make: Make, steps: number, mode: keyof typeof modes) {
  const x = g.variable(start, { dtype: 'float64', requiresGrad: true })
  const optimizer = make([x])
  const step = modes[mode](() => {
    f(x).backward()
    optimizer.step()
  })
  for (let i = 0; i < steps; i++) step()
  return [...x.data()]
}

test.each([
  [0.2, 0.06046617599999997],
  [0.05, 3.4867844009999995],
  [1.1, 61.917364224000096],
])('ten steps down x² from 10 with a rate of %d give every bit of %d', (lr, expected) => {
  for (const mode of ['eager', 'js', 'wasm'] as const)
    expect(descend([10], (x) => x.square().sum(), sgd(lr), 10, mode)).toEqual([expected])
})

const bowl =
  (...factors: number[]) =>
  (x: g.Tensor): g.Tensor =>
    x
      .square()
      .mul(g.tensor(factors, { dtype: 'float64' }))
      .sum()
const long = bowl(0.1, 2)

describe.each(['eager', 'wasm'] as const)('twenty steps from (−5, −2): %s', (mode) => {
  test.each([
    ['gradient descent', bowl(1, 2), sgd(0.1), [-0.057646, -0.000073]],
    ['gradient descent, ill-conditioned, 0.4', long, sgd(0.4), [-0.943467, -0.000073]],
    ['gradient descent, ill-conditioned, 0.6', long, sgd(0.6), [-0.387814, -1673.365109]],
    ['momentum 0.5, 0.4', long, sgd(0.4, 0.5), [-0.062843, 0.001202]],
    ['momentum 0.5, 0.6', long, sgd(0.6, 0.5), [0.007188, 0.002553]],
    ['AdaGrad, 0.4', long, adaGrad(0.4), [-2.382563, -0.158591]],
    ['AdaGrad, 2', long, adaGrad(2), [-0.002295, -0]],
    ['RMSProp, 0.4', long, rmsProp(0.4, 0.9), [-0.010599, 0]],
  ] as const)('%s', (_, f, make, [x1, x2]) => {
    const [a, b] = descend([-5, -2], f, make, 20, mode)
    expect([a!.toFixed(6), b!.toFixed(6)]).toEqual([x1.toFixed(6), Object.is(x2, -0) ? '-0.000000' : x2.toFixed(6)])
  })
})

describe.skipIf(airfoilMissing)(
  `linear regression on airfoil data${airfoilMissing ? ` (${airfoilMissing})` : ''}`,
  () => {
    const lossOf = (x: g.Tensor, y: g.Tensor, w: g.Tensor, b: g.Tensor): g.Tensor =>
      x.matmul(w).add(b).sub(y).square().mean().div(2)

    /** A model at zero, a step, and the loss over all rows. */
    function made(make: Make, dtype: g.Dtype, mode: keyof typeof modes) {
      const { x, y } = airfoil(dtype)
      const [w, b] = [
        g.variable(g.zeros([5, 1], { dtype }), { requiresGrad: true }),
        g.variable(g.zeros([1], { dtype }), { requiresGrad: true }),
      ]
      const optimizer = make([w, b])
      const step = modes[mode]((rows: g.Tensor, labels: g.Tensor) => {
        lossOf(rows, labels, w, b).backward()
        optimizer.step()
      })
      return { x, y, w, b, optimizer, step, loss: () => g.noGrad(() => lossOf(x, y, w, b).item()) }
    }

    test('full-batch gradient descent with a rate of 1 dips, rises and dips', () => {
      const { x, y, step, loss } = made(sgd(1), 'float64', 'wasm')
      expect(Math.abs(loss() - 0.4932589719270366)).toBeLessThan(1e-13)
      const losses = Array.from({ length: 6 }, () => {
        step(x, y)
        return loss().toFixed(8)
      })
      expect(losses).toEqual(['0.27571015', '0.25031220', '0.24649352', '0.24549795', '0.24513157', '0.24507815'])
      for (let i = 0; i < 300; i++) step(x, y)
      expect(loss()).toBeGreaterThan(0.25) // above 0.953 it is not stable
    })

    test('full-batch gradient descent finds the least loss', () => {
      const { x, y, step, loss } = made(sgd(0.9), 'float64', 'wasm')
      for (let i = 0; i < 2000; i++) step(x, y)
      expect(Math.abs(loss() - 0.24168795509193775)).toBeLessThan(1e-12)
    })

    test.each([
      ['SGD', sgd(0.05), 0.281723617998],
      ['momentum', sgd(0.02, 0.5), 0.282706224377],
      ['AdaGrad', adaGrad(0.1), 0.246748689621],
      ['RMSProp', rmsProp(0.01, 0.9), 0.254141927018],
    ] as const)('two epochs in the order of the file from zero: %s', (_, make, expected) => {
      for (const mode of ['eager', 'wasm'] as const) {
        const { x, y, step, loss } = made(make, 'float64', mode)
        for (let epoch = 0; epoch < 2; epoch++)
          for (let row = 0; row < 1500; row += 10) step(x.slice([[row, row + 10]]), y.slice([[row, row + 10]]))
        expect(Math.abs(loss() - expected)).toBeLessThan(1e-9)
      }
    })

    test.each([
      ['SGD 0.05', sgd(0.05), 0.24213, 0.2538],
      ['momentum 0.02/0.5', sgd(0.02, 0.5), 0.2422, 0.25033],
      ['momentum 0.02/0.9', sgd(0.02, 0.9), 0.2439, 0.3076],
      ['AdaGrad 0.1', adaGrad(0.1), 0.24192, 0.24577],
      ['RMSProp 0.01/0.9', rmsProp(0.01, 0.9), 0.24199, 0.2502],
      ['AdaDelta', (p: g.Tensor[]) => optim.adaDelta(p, { rho: 0.9, eps: 1e-5 }), 0.24204, 0.24745],
      ['Adam 0.01', (p: g.Tensor[]) => optim.adam(p, { lr: 0.01, eps: 1e-6 }), 0.2421, 0.25048],
    ] as const)('two epochs of shuffled rows end in the band of 1 to 99 %%: %s', (_, make, low, high) => {
      const { x, y, w, b, optimizer, step, loss } = made(make, 'float32', 'wasm')
      const start = optimizer.stateDict()
      const losses = [1, 2, 3, 4, 5].map((seed) => {
        g.manualSeed(seed)
        g.assign(w, g.randn([5, 1]).mul(0.01))
        g.assign(b, g.zeros([1]))
        optimizer.loadStateDict(start)
        for (let epoch = 0; epoch < 2; epoch++) {
          const order = g.randperm(1500)
          const [rows, labels] = [x.gather(order), y.gather(order)]
          for (let row = 0; row < 1500; row += 10) step(rows.slice([[row, row + 10]]), labels.slice([[row, row + 10]]))
        }
        return loss()
      })
      for (const each of losses) {
        expect(each).toBeGreaterThan(low)
        expect(each).toBeLessThan(high)
      }
    })
  },
)
