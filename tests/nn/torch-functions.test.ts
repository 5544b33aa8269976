import * as g from 'gryph'
import { describe, expect, test } from 'vitest'
import { bitsOf } from '../frontend/twice.ts'
import { expectFigures, ints, numbers } from './torch-figures.ts'
import figures from './torch-figures.json' with { type: 'json' }

const float64 = { dtype: 'float64' } as const

/** The same points as in torch-figures.py: saturation on both sides, corners, 0. */
const points = [-100, -30, -6, -3, -2.5, -1, -0.3, 0, 0.2, 1, 2.5, 3, 6, 15, 30, 100]

const activations: Readonly<Record<string, (x: g.Tensor) => g.Tensor>> = {
  relu: g.relu,
  relu6: g.relu6,
  leakyRelu: (x) => g.leakyRelu(x, 0.2),
  elu: (x) => g.elu(x, 0.7),
  celu: (x) => g.celu(x, 0.5),
  selu: g.selu,
  gelu: (x) => g.gelu(x),
  geluTanh: (x) => g.gelu(x, { approximate: 'tanh' }),
  silu: g.silu,
  mish: g.mish,
  softplus: (x) => g.softplus(x, 2),
  softsign: g.softsign,
  logSigmoid: g.logSigmoid,
  hardtanh: (x) => g.hardtanh(x),
  hardsigmoid: g.hardsigmoid,
  hardswish: g.hardswish,
  sigmoid: g.sigmoid,
  tanh: g.tanh,
  softmax: (x) => g.softmax(x).mul(numbers([16], 2)),
  logSoftmax: (x) => g.logSoftmax(x).mul(numbers([16], 2)),
}

/** Results and gradients of all functions. */
const allOf = (functions: typeof activations, x: g.Tensor): Readonly<Record<string, readonly g.Tensor[]>> =>
  Object.fromEntries(
    Object.entries(functions).map(([name, f]) => [name, [f(x), g.grad((p: g.Tensor) => f(p).sum())(x)]]),
  )

describe('activations', () => {
  test('have the values and gradients of PyTorch, also at corners and far out', () => {
    const results = allOf(activations, g.tensor(points, float64))
    expect(Object.keys(results)).toEqual(Object.keys(figures.activations))
    for (const [name, { outputs, gradients }] of Object.entries(figures.activations)) {
      expectFigures(results[name]![0]!, outputs)
      expectFigures(results[name]![1]!, gradients)
    }
  })

  test.each(['float32', 'float64'] as const)('of %s have the bits of eager when compiled', (dtype) => {
    const x = g.tensor([...points, -0, Infinity, -Infinity, Number.NaN].slice(4), { dtype })
    const compiled = g.hybridize((given: g.Tensor) => allOf(activations, given))
    compiled(x)
    expect(bitsOf(compiled(x))).toEqual(bitsOf(allOf(activations, x)))
  })

  test('stay finite, with finite gradients, where exponentials overflow', () => {
    const { softmax, logSoftmax, ...others } = activations
    for (const [, results] of Object.entries(allOf(others, g.tensor([-1e4, -200, 200, 1e4]))))
      for (const result of results) expect(Array.from(result.data()).every(Number.isFinite)).toBe(true)
    expect([softmax, logSoftmax].length).toBe(2)
  })

  test('take integers as float32, and plain numbers', () => {
    expect(g.silu(ints([0, 2])).dtype).toBe('float32')
    expect(g.gelu(g.tensor([0])).item()).toBe(0)
    expect(g.hardtanh(ints([-4, 4])).toArray()).toEqual([-1, 1])
  })

  test('as layers are the functions of the same names', () => {
    const { nn } = g
    const x = g.tensor(points)
    const pairs: readonly (readonly [g.nn.Layer, (x: g.Tensor) => g.Tensor])[] = [
      [nn.identity(), (y) => y],
      [nn.relu6(), g.relu6],
      [nn.leakyRelu(0.2), (y) => g.leakyRelu(y, 0.2)],
      [nn.leakyRelu(), (y) => g.leakyRelu(y)],
      [nn.elu(), (y) => g.elu(y)],
      [nn.selu(), g.selu],
      [nn.gelu(), (y) => g.gelu(y)],
      [nn.gelu({ approximate: 'tanh' }), (y) => g.gelu(y, { approximate: 'tanh' })],
      [nn.silu(), g.silu],
      [nn.mish(), g.mish],
      [nn.softplus(), (y) => g.softplus(y)],
      [nn.softsign(), g.softsign],
      [nn.logSigmoid(), g.logSigmoid],
      [nn.hardtanh(-2, 3), (y) => g.hardtanh(y, -2, 3)],
      [nn.hardsigmoid(), g.hardsigmoid],
      [nn.hardswish(), g.hardswish],
      [nn.softmax(), (y) => g.softmax(y)],
      [nn.logSoftmax(0), (y) => g.logSoftmax(y, 0)],
    ]
    for (const [layer, f] of pairs) expect(bitsOf(layer.forward(x))).toEqual(bitsOf(f(x)))
    expect(String(nn.sequential(nn.leakyRelu(), nn.gelu(), nn.hardtanh()))).toBe(
      'Sequential(\n  (0): LeakyReLU(negativeSlope=0.01)\n  (1): GELU(approximate=none)\n  (2): Hardtanh(minVal=-1, maxVal=1)\n)',
    )
  })
})

type Loss = (prediction: g.Tensor, options: g.LossOptions) => g.Tensor
const [x, y] = [numbers([3, 4], 1, 3), numbers([3, 4], 2, 2)]
const start = (t: g.Tensor, first: readonly number[]): g.Tensor =>
  g.tensor([...first, ...Array.from(t.data()).slice(first.length)], { ...float64, shape: t.shape })
const [p, q] = [start(numbers([3, 4], 1).add(1).div(2), [0.25, 0.75]), start(numbers([3, 4], 2).add(1).div(2), [0, 1])]
const logits = start(numbers([3, 4], 1, 40), [0])
const classes = ints([2, 0, 3])
const ignoring = ints([2, -1, 3])
const weight = g.tensor([0.5, 2, 0, 1.5], float64)
const shares = numbers([3, 4], 5).add(1.5).softmax()
const scores = x.logSoftmax()

const losses: Readonly<Record<string, readonly [g.Tensor, Loss]>> = {
  mse: [x, (a, o) => g.mse(a, y, o)],
  l1: [x, (a, o) => g.l1(a, y, o)],
  huber: [x, (a, o) => g.huber(a, y, { delta: 1.5, ...o })],
  smoothL1: [x, (a, o) => g.smoothL1(a, y, { beta: 1.5, ...o })],
  bce: [p, (a, o) => g.bce(a, q, { weight, ...o })],
  bceWithLogits: [logits, (a, o) => g.bceWithLogits(a, q, o)],
  'bceWithLogits, weighted': [logits, (a, o) => g.bceWithLogits(a, q, { weight, posWeight: weight.add(0.5), ...o })],
  nll: [scores, (a, o) => g.nll(a, classes, o)],
  'nll, weighted and ignoring': [scores, (a, o) => g.nll(a, ignoring, { weight, ignoreIndex: -1, ...o })],
  crossEntropy: [x, (a, o) => g.crossEntropy(a, classes, o)],
  'crossEntropy, weighted': [x, (a, o) => g.crossEntropy(a, classes, { weight, ...o })],
  'crossEntropy, ignoring': [x, (a, o) => g.crossEntropy(a, ignoring, { ignoreIndex: -1, ...o })],
  'crossEntropy, all options': [
    x,
    (a, o) => g.crossEntropy(a, ignoring, { weight, ignoreIndex: -1, labelSmoothing: 0.2, ...o }),
  ],
  'crossEntropy of shares': [x, (a, o) => g.crossEntropy(a, shares, o)],
  'crossEntropy of shares, smoothed': [x, (a, o) => g.crossEntropy(a, shares, { weight, labelSmoothing: 0.2, ...o })],
}
const reductions = ['mean', 'sum', 'none'] as const

const lossesAndGradients = () =>
  Object.entries(losses).map(([name, [prediction, loss]]) => [
    name,
    reductions.map((reduction) => {
      const result = loss(prediction, { reduction })
      const weighed = (a: g.Tensor): g.Tensor => loss(a, { reduction }).mul(numbers(result.shape, 4)).sum()
      return { reduction, result, gradient: g.grad(weighed)(prediction) }
    }),
  ]) as [string, { reduction: (typeof reductions)[number]; result: g.Tensor; gradient: g.Tensor }[]][] // as above

describe('losses', () => {
  test('have the values and gradients of PyTorch with every reduction', () => {
    const results = lossesAndGradients()
    expect(results.map(([name]) => name)).toEqual(Object.keys(figures.losses))
    for (const [name, ofReductions] of results)
      for (const { reduction, result, gradient } of ofReductions) {
        const expected = figures.losses[name as keyof typeof figures.losses][reduction] // the line before the loop
        expectFigures(result, expected.losses)
        expectFigures(gradient, expected.gradients)
      }
  })

  test('have the bits of eager when compiled', () => {
    const compiled = g.hybridize(lossesAndGradients)
    compiled()
    expect(bitsOf(compiled())).toEqual(bitsOf(lossesAndGradients()))
  })

  test('of logits lose nothing that is small, and stay finite far out', () => {
    const far = g.tensor([30, -30, 1e4, -1e4], { requiresGrad: true })
    const each = g.bceWithLogits(far, g.tensor([1, 0, 0, 1]), { reduction: 'none' })
    expect(Array.from(each.data()).map((loss) => loss / Math.exp(-30))).toEqual([
      expect.closeTo(1, 5),
      expect.closeTo(1, 5),
      expect.closeTo(1e4 / Math.exp(-30), -13),
      expect.closeTo(1e4 / Math.exp(-30), -13),
    ])
    each.sum().backward()
    expect(far.grad!.toArray()).toEqual([expect.closeTo(0, 12), expect.closeTo(0, 12), 1, -1])
  })

  test('of certain probabilities are at most 100, with a gradient of numbers', () => {
    const certain = g.tensor([0, 1], { requiresGrad: true })
    const loss = g.bce(certain, g.tensor([1, 1]), { reduction: 'none' })
    expect(loss.abs().toArray()).toEqual([100, 0])
    loss.sum().backward()
    expect(certain.grad!.toArray()).toEqual([0, -1])
  })

  test('of what is no probability are NaN, where small wrong losses would hide it', () => {
    const logits = g.tensor([-2, 3, NaN])
    expect(g.bce(logits, g.tensor([1, 0, 1]), { reduction: 'none' }).toArray()).toEqual([NaN, NaN, NaN])
  })

  test('of which all examples are ignored are 0 / 0', () => {
    expect(g.crossEntropy(g.ones([1, 2]), ints([-1]), { ignoreIndex: -1 }).item()).toBeNaN()
    expect(g.crossEntropy(g.ones([1, 2]), ints([-1]), { ignoreIndex: -1, reduction: 'sum' }).item()).toBe(-0)
  })
})
