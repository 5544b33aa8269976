import * as g from 'gryph'
import { describe, expect, test } from 'vitest'
import { codeOf, modes } from '../nn/modes.ts'
import { everyOptimizer, variants } from './every-optimizer.ts'

const { optim } = g
const leaf = (values: number[] = [1, 2], dtype: g.Dtype = 'float32'): g.Tensor =>
  g.variable(values, { dtype, requiresGrad: true })

/** After three steps on f = 3 · Σ a² + Σ b². */
function trained(
  a: g.Tensor,
  b: g.Tensor,
  optimizers: readonly g.optim.Optimizer[],
  mode: keyof typeof modes,
): number[][] {
  const step = modes[mode](() => {
    a.square().sum().mul(3).add(b.square().sum()).backward()
    for (const optimizer of optimizers) optimizer.step()
  })
  for (let i = 0; i < 3; i++) step()
  return [a, b].map((tensor) => [...tensor.data()])
}

describe('parameter groups', () => {
  test.each(variants)('are trained like by an optimizer for each: %s, %o', (name, options) => {
    const [own, shared] = [{ lr: 0.3 }, { ...options, lr: 0.05 }]
    for (const mode of ['eager', 'wasm'] as const) {
      const [a, b, c, d] = [leaf(), leaf([0.5, -3]), leaf(), leaf([0.5, -3])]
      const together = everyOptimizer[name]([{ params: [a], ...own }, { params: [b] }], shared)
      const apart = [everyOptimizer[name]([c], { ...shared, ...own }), everyOptimizer[name]([d], shared)]
      expect(trained(a, b, [together], mode)).toEqual(trained(c, d, apart, mode))
    }
  })

  test('may have any options of their own, and different state', () => {
    const [a, b] = [leaf(), leaf([3])]
    const optimizer = optim.sgd(
      [
        { params: [a], momentum: 0.9 },
        { params: [b], lr: 1, weightDecay: 0.5 },
      ],
      { lr: 0.1 },
    )
    expect(Object.keys(optimizer.stateDict())).toEqual(['lr.0', 'lr.1', 'velocity.0'])
    expect(optimizer.groups.map(({ lr, parameters, options }) => [lr, parameters.length, options.momentum])).toEqual([
      [0.1, 1, 0.9],
      [1, 1, 0],
    ])
    expect(optimizer.parameters).toEqual([a, b])
    b.sum().backward()
    optimizer.step()
    expect(b.item()).toBe(3 - 1 * (1 + 0.5 * 3))
  })

  test('have learning rates that change apart and together, without another trace', () => {
    const [a, b] = [leaf([1]), leaf([1])]
    const optimizer = optim.sgd([{ params: [a], lr: 0.5 }, { params: [b] }], { lr: 0.25 })
    const step = g.hybridize(() => {
      a.sum().add(b.sum()).backward()
      optimizer.step()
    })
    const values = (): number[] => [a.item(), b.item()]
    step()
    expect(values()).toEqual([0.5, 0.75])
    optimizer.groups[1]!.lr = 1
    step()
    expect(values()).toEqual([0, -0.25])
    optimizer.lr = 0.125
    step()
    expect(values()).toEqual([-0.125, -0.375])
    expect([optimizer.lr, ...optimizer.groups.map(({ lr }) => lr)]).toEqual([0.125, 0.125, 0.125])
    expect(step.stats.traces).toBe(1)
  })

  test('may be of two dtypes', () => {
    const [a, b] = [leaf([1, 2], 'float64'), leaf([1, 2])]
    const optimizer = optim.adam([{ params: [a] }, { params: [b], lr: 0.5 }])
    const twice = optim.nadam([a, b])
    for (const each of [optimizer, twice]) {
      a.sum().backward()
      b.sum().backward()
      each.step()
    }
    expect([a.dtype, b.dtype]).toEqual(['float64', 'float32'])
    expect(b.data()[0]).not.toBe(a.data()[0])
  })

  test('that change some of their options change what a compiled step does', () => {
    const p = leaf([1])
    const optimizer = optim.sgd([{ params: [p] }], { lr: 0.5 })
    const step = g.hybridize(() => {
      p.sum().backward()
      optimizer.step()
    })
    step()
    optimizer.groups[0]!.set({ weightDecay: 1 })
    step()
    expect(p.item()).toBe(-0.25)
    optimizer.groups[0]!.set({ lr: 0.25 })
    expect([optimizer.lr, optimizer.groups[0]!.options.lr]).toEqual([0.25, 0.25])
    expect(codeOf(() => optimizer.groups[0]!.set({ momentum: 0.5 }))).toBe('HYPERPARAMETER_INVALID')
    expect(codeOf(() => optimizer.groups[0]!.set({ weightDecay: -1 }))).toBe('HYPERPARAMETER_INVALID')
    expect(codeOf(() => optimizer.groups[0]!.set({ decay: 1 } as object))).toBe('OPTION_UNKNOWN')
    expect(optimizer.groups[0]!.options).toMatchObject({ weightDecay: 1, momentum: 0 })
  })

  test('restore their state', () => {
    const build = () => {
      const [a, b] = [leaf(), leaf([0.5, -3])]
      return {
        a,
        b,
        optimizer: optim.nadam([
          { params: [a], lr: 0.1 },
          { params: [b], betas: [0.5, 0.9] },
        ]),
      }
    }
    const [first, second] = [build(), build()]
    trained(first.a, first.b, [first.optimizer], 'wasm')
    second.optimizer.loadStateDict(first.optimizer.stateDict())
    g.assign(second.a, first.a)
    g.assign(second.b, first.b)
    expect(trained(second.a, second.b, [second.optimizer], 'eager')).toEqual(
      trained(first.a, first.b, [first.optimizer], 'wasm'),
    )
  })

  test.each([
    [
      'PARAMETER_INVALID',
      '[sgd] tensors and parameter groups are mixed. Pass tensors alone, or groups alone: [{ params, lr }, …].',
      () => optim.sgd([leaf(), { params: [leaf()] }] as never, { lr: 1 }),
    ],
    [
      'PARAMETER_INVALID',
      '[sgd, group 1] the parameters are 3. Pass net.parameters(), or an array of tensors.',
      () => optim.sgd([{ params: [leaf()] }, { params: 3 as never }], { lr: 1 }),
    ],
    [
      'PARAMETERS_EMPTY',
      '[sgd, group 0] there are no parameters to train. Pass net.parameters(), or the tensors themselves.',
      () => optim.sgd([{ params: [] }], { lr: 1 }),
    ],
    [
      'OPTION_UNKNOWN',
      '[lion, group 0] there is no option "eps". Use lr, betas or weightDecay.',
      () => optim.lion([{ params: [leaf()], eps: 1 } as never]),
    ],
    [
      'HYPERPARAMETER_INVALID',
      '[sgd, group 0] lr is -1. Use a number of at least 0.',
      () => optim.sgd([{ params: [leaf()], lr: -1 }], { lr: 1 }),
    ],
    [
      'PARAMETER_REPEATED',
      '[sgd] parameters 0 and 1 are the same tensor, which would be updated twice. Pass it once.',
      () => ((p) => optim.sgd([{ params: [p] }, { params: [p] }], { lr: 1 }))(leaf()),
    ],
  ])('that are wrong are refused: %s, %s', (code, message, make) => {
    expect(codeOf(make)).toBe(code)
    expect(make).toThrow(message)
  })
})
