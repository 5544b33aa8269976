import * as g from 'gryph'
import { describe, expect, test } from 'vitest'
import { codeOf } from '../nn/modes.ts'

const { optim } = g
const leaf = (values: number[] = [1, 2]): g.Tensor => g.variable(values, { requiresGrad: true })

describe('a step', () => {
  test('uses the gradients and clears them', () => {
    const p = leaf()
    const optimizer = optim.sgd([p], { lr: 0.5 })
    p.sum().backward()
    optimizer.step()
    expect(p.toArray()).toEqual([0.5, 1.5])
    expect(p.grad).toBe(null)
    optimizer.step()
    expect(p.toArray()).toEqual([0.5, 1.5])
  })

  test('takes the sum over several backward calls', () => {
    const p = leaf()
    const optimizer = optim.sgd([p], { lr: 0.25 })
    p.sum().backward()
    p.mul(2).sum().backward()
    optimizer.step()
    expect(p.toArray()).toEqual([0.25, 1.25])
  })

  test('leaves parameters without a gradient and their state alone', () => {
    const [used, unused] = [leaf(), leaf([3])]
    const optimizer = optim.adam([unused, used], { lr: 0.1 })
    used.sum().backward()
    optimizer.step()
    expect(unused.toArray()).toEqual([3])
    expect(optimizer.stateDict()['firstMoment.0']!.toArray()).toEqual([0])
    expect(optimizer.stateDict()['firstMoment.1']!.toArray()).toEqual([Math.fround(0.1), Math.fround(0.1)])
    expect(used.toArray()).not.toEqual([1, 2])
  })

  test('without any gradient changes nothing, the step count included', () => {
    const optimizer = optim.adam([leaf()])
    optimizer.step()
    expect(optimizer.stateDict()['stepCount']!.item()).toBe(0)
  })

  test('works without and within noGrad, and leaves parameters trainable', () => {
    const p = leaf()
    const optimizer = optim.sgd([p], { lr: 0.5 })
    p.sum().backward()
    g.noGrad(() => optimizer.step())
    p.sum().backward()
    expect(p.grad!.toArray()).toEqual([1, 1])
    optimizer.zeroGrad()
    expect(p.grad).toBe(null)
  })
})

describe('the learning rate', () => {
  test('is a number to read and to set', () => {
    const optimizer = optim.sgd([leaf()], { lr: 0.1 })
    expect(optimizer.lr).toBe(0.1)
    optimizer.lr = 0.3
    expect(optimizer.lr).toBe(0.3)
    optimizer.lr /= 3
    expect(optimizer.lr).toBe(0.3 / 3)
  })

  test('changes what a compiled step does without another trace', () => {
    const [eager, compiled] = [leaf(), leaf()].map((p) => {
      const optimizer = optim.adam([p], { lr: 0.1 })
      return {
        p,
        optimizer,
        step: () => {
          p.square().sum().backward()
          optimizer.step()
        },
      }
    })
    const fast = g.hybridize(compiled!.step)
    for (let i = 0; i < 10; i++) {
      eager!.optimizer.lr = compiled!.optimizer.lr = 0.1 / (i + 1)
      eager!.step()
      fast()
    }
    expect([...compiled!.p.data()]).toEqual([...eager!.p.data()])
    expect(fast.stats).toMatchObject({ traces: 1, calls: 10, compiledCalls: 9 })
  })

  test('read as a number inside a hybridized function is never stale', () => {
    const optimizer = optim.sgd([leaf()], { lr: 0.5 })
    const f = g.hybridize((x: g.Tensor) => x.mul(optimizer.lr))
    const x = g.tensor([4])
    expect([f(x).item(), f(x).item()]).toEqual([2, 2])
    optimizer.lr = 0.25
    expect([f(x).item(), f(x).item()]).toEqual([1, 1])
    expect(f.stats).toMatchObject({ traces: 2, compiledCalls: 2 })
    expect(f.explain().hostRead).toBe(undefined)
  })

  test('may be scheduled inside the compiled function, by state', () => {
    const build = () => {
      const p = leaf()
      const optimizer = optim.sgd([p], { lr: 1 })
      return {
        p,
        optimizer,
        step: () => {
          p.square().sum().backward()
          optimizer.step()
          optimizer.lr = 0.125
        },
      }
    }
    const [a, b] = [build(), build()]
    const fast = g.hybridize(b.step)
    for (let i = 0; i < 4; i++) {
      a.step()
      fast()
    }
    expect([...b.p.data(), b.optimizer.lr]).toEqual([...a.p.data(), a.optimizer.lr])
  })
})

describe('bad input', () => {
  test('is refused with the reason', () => {
    const p = leaf()
    expect(() => optim.sgd([], { lr: 0.1 })).toThrow(
      '[sgd] there are no parameters to train. Pass net.parameters(), or the tensors themselves.',
    )
    expect(() => optim.sgd([p, p.mul(2)], { lr: 0.1 })).toThrow(
      '[sgd] parameter 1 is a computed value, not a leaf. Pass leaves: tensors made with { requiresGrad: true }, or net.parameters().',
    )
    expect(codeOf(() => optim.adam([g.variable([1])]))).toBe('PARAMETER_INVALID')
    expect(codeOf(() => optim.adam([3 as unknown as g.Tensor]))).toBe('PARAMETER_INVALID')
    expect(() => optim.sgd([p, leaf(), p], { lr: 0.1 })).toThrow(
      '[sgd] parameters 0 and 2 are the same tensor, which would be updated twice. Pass it once.',
    )
    expect(() => optim.sgd([p], { lr: -1 })).toThrow('[sgd] lr is -1. Use a number of at least 0.')
    expect(() => optim.adam([p], { betas: [0.9, 1] })).toThrow(
      '[adam] betas[1] is 1. Use a number of at least 0 and below 1.',
    )
    expect(() => optim.sgd([p], { lr: 0.1, nesterov: true })).toThrow(
      '[sgd] nesterov is on, and momentum is 0. Give a momentum above 0, or leave nesterov out.',
    )
  })

  test.each([
    ['lr NaN', () => optim.sgd([leaf()], { lr: Number.NaN })],
    ['lr missing', () => optim.sgd([leaf()], {} as g.optim.SgdOptions)],
    ['lr infinite', () => optim.adam([leaf()], { lr: Infinity })],
    ['momentum', () => optim.sgd([leaf()], { lr: 0.1, momentum: 1 })],
    ['weight decay', () => optim.sgd([leaf()], { lr: 0.1, weightDecay: -0.1 })],
    ['first beta', () => optim.adam([leaf()], { betas: [-0.1, 0.9] })],
    ['beta NaN', () => optim.adam([leaf()], { betas: [0.9, Number.NaN] })],
    ['betas short', () => optim.adam([leaf()], { betas: [0.9] as unknown as [number, number] })],
    ['eps', () => optim.adam([leaf()], { eps: -1 })],
    [
      'a later lr',
      () => {
        optim.sgd([leaf()], { lr: 0.1 }).lr = Number.NaN
      },
    ],
  ])('a hyperparameter out of range is refused: %s', (_, make) => {
    expect(codeOf(make)).toBe('HYPERPARAMETER_INVALID')
  })
})

describe('the state of an optimizer', () => {
  test('is named by kind and position', () => {
    const parameters = [leaf(), leaf([3])]
    expect(Object.keys(optim.sgd(parameters, { lr: 0.1 }).stateDict())).toEqual(['lr'])
    expect(Object.keys(optim.sgd(parameters, { lr: 0.1, momentum: 0.9 }).stateDict())).toEqual([
      'lr',
      'velocity.0',
      'velocity.1',
    ])
    expect(Object.keys(optim.adam(parameters).stateDict())).toEqual([
      'lr',
      'stepCount',
      'firstMoment.0',
      'firstMoment.1',
      'secondMoment.0',
      'secondMoment.1',
    ])
  })

  test('of another kind of optimizer is refused as a whole', () => {
    const optimizer = optim.sgd([leaf()], { lr: 0.1, momentum: 0.9 })
    expect(codeOf(() => optimizer.loadStateDict(optim.adam([leaf()], { lr: 0.7 }).stateDict()))).toBe(
      'STATE_DICT_MISMATCH',
    )
    expect(optimizer.lr).toBe(0.1)
  })
})
