import * as g from 'gryph'
import { describe, expect, test } from 'vitest'
import { codeOf, modes } from '../nn/modes.ts'

const { optim } = g
const graded = (...gradients: number[][]): g.Tensor[] =>
  gradients.map((gradient) => {
    const p = g.variable(g.zeros([gradient.length]), { requiresGrad: true })
    p.grad = g.tensor(gradient)
    return p
  })
const gradientsOf = (parameters: readonly g.Tensor[]): number[][] => parameters.map(({ grad }) => [...grad!.data()])

describe('clipGradNorm', () => {
  test('gives the norm of all gradients together', () => {
    const parameters = graded([3, 0], [-4], [12])
    expect(optim.clipGradNorm(parameters, 100).item()).toBe(13)
    expect(gradientsOf(parameters)).toEqual([[3, 0], [-4], [12]])
    expect(optim.clipGradNorm(parameters, 100, { normType: 1 }).item()).toBe(19)
    expect(optim.clipGradNorm(parameters, 100, { normType: Infinity }).item()).toBe(12)
    expect(optim.clipGradNorm(parameters, 100, { normType: 3 }).item()).toBeCloseTo((27 + 64 + 1728) ** (1 / 3), 5)
  })

  test('scales them where the norm is too large', () => {
    // torch.nn.utils.clip_grad_norm_ (PyTorch 1.13): 5, then [0.5999999046325684, 0.0], [-0.7999998331069946].
    const parameters = graded([3, 0], [-4])
    expect(optim.clipGradNorm(parameters, 1).item()).toBe(5)
    const [first, second] = gradientsOf(parameters)
    expect([...first!, ...second!]).toEqual([0.5999999046325684, 0, -0.7999998331069946])
  })

  test('takes one parameter, and leaves alone those without a gradient', () => {
    const [p] = graded([6, 8])
    const without = g.variable([1], { requiresGrad: true })
    expect(optim.clipGradNorm([p!, without], 5).item()).toBe(10)
    expect(optim.clipGradNorm(p!, 100).item()).toBeCloseTo(5, 5)
    expect(without.grad).toBe(null)
    expect(optim.clipGradNorm(without, 1).item()).toBe(0)
  })

  test('is an error where the norm is not finite, if asked, before anything changes', () => {
    const parameters = graded([1, Infinity], [2])
    expect(() => optim.clipGradNorm(parameters, 1, { errorIfNonFinite: true })).toThrow(
      '[debug.checkFinite] the norm of all gradients is Infinity',
    )
    expect(gradientsOf(parameters)).toEqual([[1, Infinity], [2]])
    expect(optim.clipGradNorm(parameters, 1).item()).toBe(Infinity)
    expect(gradientsOf(parameters)).toEqual([[0, NaN], [0]])
  })

  test('in a compiled step gives the same bits, needs no other trace for another limit, and leaves a failed step undone', () => {
    const runs = [modes.eager, modes.js, modes.wasm].map((mode) => {
      g.manualSeed(5)
      const net = g.nn.linear(3, 2)
      const optimizer = optim.sgd(net.parameters(), { lr: 0.5, momentum: 0.9 })
      const step = mode((x: g.Tensor, limit: number) => {
        net.forward(x).square().sum().backward()
        const norm = optim.clipGradNorm(net.parameters(), limit, { errorIfNonFinite: true })
        optim.clipGradValue(net.parameters(), 0.4)
        optimizer.step()
        return norm
      })
      const norms = [1, 2, 0.5, 100].map((limit) => step(g.ones([2, 3]), limit).item())
      const bits = net.parameters().map((p) => [...p.data()])
      expect(codeOf(() => step(g.full([2, 3], 1e30), 1))).toBe('NOT_FINITE')
      if ('stats' in step) expect(step.stats).toMatchObject({ traces: 1, compiledCalls: 4 })
      expect(net.parameters().map((p) => [...p.data()])).toEqual(bits)
      return { norms, bits }
    })
    expect(runs[1]).toEqual(runs[0])
    expect(runs[2]).toEqual(runs[0])
  })

  test.each([
    ['PARAMETER_INVALID', () => optim.clipGradNorm(3 as never, 1)],
    ['PARAMETER_INVALID', () => optim.clipGradNorm([3 as never], 1)],
    ['HYPERPARAMETER_INVALID', () => optim.clipGradNorm(graded([1]), -1)],
    ['HYPERPARAMETER_INVALID', () => optim.clipGradNorm(graded([1]), 1, { normType: 0 })],
    ['HYPERPARAMETER_INVALID', () => optim.clipGradNorm(graded([1]), 1, { errorIfNonFinite: 1 as never })],
    ['OPTION_UNKNOWN', () => optim.clipGradNorm(graded([1]), 1, { p: 2 } as never)],
    ['HYPERPARAMETER_INVALID', () => optim.clipGradValue(graded([1]), Number.NaN)],
  ])('refuses what is wrong: %s', (code, call) => expect(codeOf(call)).toBe(code))
})

test('clipGradValue limits every element', () => {
  const parameters = graded([3, -0.25], [-4])
  optim.clipGradValue(parameters, 0.5)
  expect(gradientsOf(parameters)).toEqual([[0.5, -0.25], [-0.5]])
})

test('gradients of parts of a batch add up to those of the batch', () => {
  const [x, y] = [g.randn([8, 3]), g.randn([8, 1])]
  const [whole, parts] = [0, 1].map(() => {
    g.manualSeed(1)
    const net = g.nn.linear(3, 1)
    return { net, optimizer: optim.sgd(net.parameters(), { lr: 0.1, momentum: 0.5 }) }
  })
  const accumulate = g.hybridize((of: number) => {
    for (let i = 0; i < 4; i++) {
      const rows = [[2 * i, 2 * i + 2]] as const
      g.mse(parts!.net.forward(x.slice(rows)), y.slice(rows))
        .div(of)
        .backward()
    }
    parts!.optimizer.step()
  })
  for (let i = 0; i < 3; i++) {
    g.mse(whole!.net.forward(x), y).backward()
    whole!.optimizer.step()
    accumulate(4)
  }
  const [a, b] = [whole!, parts!].map(({ net }) => [...net.weight.data()])
  a!.forEach((value, i) => expect(value).toBeCloseTo(b![i]!, 5))
  expect(accumulate.stats.traces).toBe(1)
})
