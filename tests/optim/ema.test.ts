import * as g from 'gryph'
import { describe, expect, test } from 'vitest'
import { codeOf, modes } from '../nn/modes.ts'

const { optim } = g
const float64 = (values: number[]): g.Tensor => g.variable(values, { dtype: 'float64', requiresGrad: true })

/** The averages after each of the given weights. */
function averagesOf(
  weights: readonly number[],
  options: g.optim.EmaOptions,
  mode: keyof typeof modes = 'eager',
): number[] {
  const p = float64([7])
  const averages = optim.ema([p], options)
  const update = modes[mode]((next: g.Tensor) => {
    g.assign(p, next)
    averages.update()
  })
  return weights.map((weight) => {
    update(g.tensor([weight], { dtype: 'float64' }))
    return averages.apply(() => p.item())
  })
}

describe('averages of weights', () => {
  test('take the first weights, then move by the share that is new', () => {
    expect(averagesOf([8, 4, 4], { decay: 0.5 })).toEqual([8, 6, 5])
    expect(averagesOf([1, 0, 0], { decay: 0.75 })).toEqual([1, 0.75, 0.5625])
  })

  test('follow the formula of a moving average', () => {
    let expected = 0
    const weights = Array.from({ length: 20 }, (_, i) => Math.sin(i))
    const formula = weights.map((w, i) => (expected = i === 0 ? w : 0.95 * expected + 0.05 * w))
    averagesOf(weights, { decay: 0.95 }).forEach((value, i) => expect(value).toBeCloseTo(formula[i]!, 14))
    // What is left of the first weight after 20 updates, of which the first took it whole.
    const left = averagesOf([1, ...Array<number>(20).fill(0)], { decay: 0.95 }).at(-1)!
    expect(left.toFixed(6)).toBe('0.358486')
  })

  test('forget faster at first with warmUp', () => {
    let expected = 0
    const weights = [1, 2, 3, 4, 5]
    const formula = weights.map((w, n) => {
      const decay = n === 0 ? 0 : Math.min(0.3, (1 + n) / (10 + n))
      return (expected += (1 - decay) * (w - expected))
    })
    averagesOf(weights, { decay: 0.3, warmUp: true }).forEach((value, i) => expect(value).toBeCloseTo(formula[i]!, 14))
  })

  test('in a compiled step have the same bits, and so does training after a swap', () => {
    const runs = [modes.eager, modes.js, modes.wasm].map((mode) => {
      g.manualSeed(3)
      const net = g.nn.linear(4, 3)
      const optimizer = optim.adam(net.parameters(), { lr: 0.1 })
      const averages = optim.ema(net.parameters(), { decay: 0.9, warmUp: true })
      const step = mode((x: g.Tensor) => {
        const loss = net.forward(x).square().sum()
        loss.backward()
        optimizer.step()
        averages.update()
        return loss
      })
      const evaluate = mode((x: g.Tensor) => net.forward(x).sum())
      const x = g.randn([2, 4])
      const results = Array.from({ length: 10 }, () => [
        step(x).item(),
        averages.apply(() => evaluate(x).item()),
        evaluate(x).item(),
      ])
      if ('stats' in step) expect(step.stats).toMatchObject({ traces: 1, compiledCalls: 9 })
      return { results, state: Object.values(averages.stateDict()).map((t) => [...t.data()]) }
    })
    expect(runs[1]).toEqual(runs[0])
    expect(runs[2]).toEqual(runs[0])
  })

  test('swap in a compiled function', () => {
    const p = float64(Array.from({ length: 37 }, (_, i) => i))
    const averages = optim.ema([p])
    g.assign(p, p.mul(-1).detach())
    const swap = g.hybridize(() => averages.swap())
    const sums = [0, 1, 2].map(() => {
      swap()
      return [p.sum().item(), averages.isSwapped]
    })
    expect(sums).toEqual([
      [666, true],
      [-666, false],
      [666, true],
    ])
  })

  test('restore from a checkpoint', () => {
    const p = float64([1])
    const averages = optim.ema([p], { decay: 0.5 })
    averages.update()
    const saved = averages.stateDict()
    expect(Object.keys(saved)).toEqual(['updates', 'average.0'])
    g.assign(p, g.tensor([9], { dtype: 'float64' }))
    averages.update()
    averages.loadStateDict(saved)
    averages.update()
    expect(averages.apply(() => p.item())).toBe(5)
  })

  test('put the weights back when evaluation fails', () => {
    const p = float64([1])
    const averages = optim.ema([p])
    g.assign(p, g.tensor([5], { dtype: 'float64' }))
    expect(() =>
      averages.apply(() => {
        throw new Error('evaluation')
      }),
    ).toThrow('evaluation')
    expect([p.item(), averages.isSwapped]).toEqual([5, false])
  })

  test('refuse what is wrong', () => {
    const averages = optim.ema([float64([1])])
    averages.swap()
    for (const call of [
      () => averages.update(),
      () => averages.stateDict(),
      () => averages.loadStateDict({}),
      () => averages.apply(() => 0),
    ])
      expect(codeOf(call)).toBe('AVERAGES_SWAPPED')
    expect(codeOf(() => optim.ema([]))).toBe('PARAMETERS_EMPTY')
    expect(codeOf(() => optim.ema(3 as never))).toBe('PARAMETER_INVALID')
    expect(codeOf(() => optim.ema([g.ones([2])]))).toBe('PARAMETER_INVALID')
    expect(codeOf(() => optim.ema([float64([1])], { decay: 1 }))).toBe('HYPERPARAMETER_INVALID')
    expect(codeOf(() => optim.ema([float64([1])], { warmUp: 1 as never }))).toBe('HYPERPARAMETER_INVALID')
  })
})
