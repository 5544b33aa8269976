import { describe, expect, test } from 'vitest'
import {
  assign,
  crossEntropy,
  dropout,
  grad,
  hybridize,
  manualSeed,
  mse,
  nn,
  optim,
  tensor,
  type Tensor,
  variable,
} from '../../src/index.ts'
import { bitsOf } from '../frontend/twice.ts'

const batches = [
  [
    tensor([
      [1, 2, 3],
      [-1, 0.5, 2],
    ]),
    tensor([0, 1], { dtype: 'int32' }),
  ],
  [
    tensor([
      [0.1, -2, 1],
      [3, 1, 0.5],
    ]),
    tensor([1, 1], { dtype: 'int32' }),
  ],
] as const

/** Trains with `make`'s function in an eager loop, three times over the batches. */
function trained(
  make: (net: nn.Module & { forward(x: Tensor): Tensor }) => (x: Tensor, labels: Tensor) => Tensor,
): unknown {
  manualSeed(11)
  const net = nn.sequential(nn.linear(3, 8), nn.tanh(), nn.dropout(0.3), nn.linear(8, 2))
  const optimizer = optim.sgd(net.parameters(), { lr: 0.1, momentum: 0.9 })
  const lossOf = make(net)
  const seen: unknown[] = []
  for (let epoch = 0; epoch < 3; epoch++) {
    for (const [x, labels] of batches) {
      const loss = lossOf(x, labels)
      loss.backward()
      seen.push(bitsOf([loss.detach(), net.parameters().map((parameter) => parameter.grad)]))
      optimizer.step()
    }
  }
  return [seen, bitsOf(net.stateDict())]
}

describe.each(['wasm', 'js'] as const)('in an eager loop (%s)', (target) => {
  const eager = trained((net) => (x, labels) => crossEntropy(net.forward(x), labels))

  test('a hybridized loss trains with the bits of the eager one, dropout and all', () => {
    let compiledCalls = 0
    const compiled = trained((net) => {
      const loss = hybridize((x: Tensor, labels: Tensor) => crossEntropy(net.forward(x), labels), { target })
      return (x, labels) => {
        const result = loss(x, labels)
        compiledCalls = loss.stats.compiledCalls
        return result
      }
    })
    expect(compiled).toEqual(eager)
    expect(compiledCalls).toBe(5)
  })

  test('a hybridized module trains with the bits of the eager one', () => {
    const compiled = trained((net) => {
      net.hybridize({ target })
      return (x, labels) => crossEntropy(net.forward(x), labels)
    })
    expect(compiled).toEqual(eager)
  })
})

/** A function run eagerly and compiled twice, with the gradients of what `use` makes of its result. */
function gradients(
  f: (x: Tensor, y: Tensor) => unknown,
  use: (result: never) => Tensor,
): { eager: unknown; compiled: unknown; calls: number } {
  const run = (g: (x: Tensor, y: Tensor) => unknown): unknown => {
    const [x, y] = [variable([1, -2, 0.5], { requiresGrad: true }), variable([2, 3, -1], { requiresGrad: true })]
    const loss = use(g(x.mul(1.5), y.mul(0.3)) as never)
    loss.backward()
    return bitsOf([loss.detach(), x.grad, y.grad])
  }
  const fast = hybridize(f)
  const eager = run(f)
  run(fast)
  return { eager, compiled: run(fast), calls: fast.stats.compiledCalls }
}

describe('the gradient of a compiled call', () => {
  test.each<[string, (x: Tensor, y: Tensor) => unknown, (result: never) => Tensor]>([
    ['with one result', (x, y) => x.mul(y).exp(), (r: Tensor) => r.sum()],
    ['with a result used twice', (x, y) => x.mul(y), (r: Tensor) => r.mul(r).sum()],
    ['with several results, one of them used', (x, y) => [x.mul(y), y.exp()], ([, r]: Tensor[]) => r!.sum()],
    [
      'with several results of different arguments',
      (x, y) => ({ a: x.exp(), b: y.sin() }),
      ({ a, b }: Record<string, Tensor>) => a!.mul(b!).sum(),
    ],
    ['that returns an argument', (x, y) => [x, x.mul(y)], ([a, b]: Tensor[]) => a!.sum().add(b!.sum())],
    ['that detaches', (x, y) => x.mul(y.detach()).add(y.exp().detach()), (r: Tensor) => r.sum()],
    [
      'of views',
      (x, y) =>
        x
          .reshape([3, 1])
          .matmul(y.reshape([1, 3]))
          .slice([[0, 3, 2]]),
      (r: Tensor) => r.square().sum(),
    ],
    ['that takes gradients inside', (x, y) => grad((t: Tensor) => t.mul(t).mul(y).sum())(x), (r: Tensor) => r.sum()],
  ])('%s is that of the eager one', (_, f, use) => {
    const { eager, compiled, calls } = gradients(f, use)
    expect(compiled).toEqual(eager)
    expect(calls).toBe(1)
  })

  test('agrees up to rounding where several results share an argument', () => {
    const run = (f: (x: Tensor) => Tensor[]): number[] => {
      const x = variable([1, -2, 0.5], { requiresGrad: true })
      const [a, b] = f(x)
      a!.add(b!.mul(2)).sum().backward()
      return [...x.grad!.data()]
    }
    const f = (x: Tensor): Tensor[] => [x.exp(), x.exp().sin()]
    const fast = hybridize(f)
    run(fast)
    run(fast).forEach((value, i) => expect(value).toBeCloseTo(run(f)[i]!, 5))
  })

  test('reaches variables that the function uses without being given them', () => {
    const w = variable([1, 2], { requiresGrad: true })
    const fast = hybridize((x: Tensor) => x.mul(w).mul(w).sum())
    for (const grads of [
      [6, 16],
      [12, 32],
    ]) {
      fast(tensor([3, 4])).backward()
      expect(w.grad!.toArray()).toEqual(grads)
    }
  })

  test('sees state as it was at the call, also where the call replaces it', () => {
    const run = (step: (x: Tensor) => Tensor, w: Tensor): unknown => {
      const losses = [step(w), step(w)]
      for (const loss of losses) loss.backward()
      return bitsOf(w.grad)
    }
    const make = (): ((x: Tensor) => Tensor) => {
      const scale = variable([1, 1])
      return (x) => {
        assign(scale, scale.mul(3))
        return x.mul(scale.clone()).square().sum() // a copy, since eager mode refuses a gradient through what has changed
      }
    }
    const leaf = (): Tensor => variable([1, 2], { requiresGrad: true })
    const fast = hybridize(make())
    const warm = leaf()
    fast(warm)
    const eager = make()
    eager(warm)
    expect(run((x) => fast(x.mul(1)), leaf())).toEqual(run((x) => eager(x.mul(1)), leaf()))
  })

  test('repeats the random numbers of its call', () => {
    const w = variable([1, 1, 1, 1, 1, 1, 1, 1], { requiresGrad: true })
    const fast = hybridize(() => dropout(w, 0.5))
    fast()
    const [first, second] = [fast(), fast()]
    first.sum().backward()
    expect(w.grad!.toArray()).toEqual(first.toArray())
    w.grad = null
    second.sum().backward()
    expect(w.grad!.toArray()).toEqual(second.toArray())
    expect(first.toArray()).not.toEqual(second.toArray())
  })

  test('reads the gradients that were on leaves at the call', () => {
    const make = (): { w: Tensor; f: (x: Tensor) => Tensor } => {
      const w = variable([1, 2], { requiresGrad: true })
      return { w, f: (x) => x.mul(w.grad!).mul(w).sum() }
    }
    const run = (hybrid: boolean): unknown => {
      const { w, f } = make()
      const g = hybrid ? hybridize(f) : f
      w.mul(5).sum().backward()
      g(tensor([1, 1]))
      const loss = g(tensor([3, 4]))
      w.grad = null
      loss.backward()
      return bitsOf(w.grad)
    }
    expect(run(true)).toEqual(run(false))
  })

  test('of a call that trains is an error, as in eager mode', () => {
    const run = (wrap: (f: (x: Tensor) => Tensor) => (x: Tensor) => Tensor): unknown[] => {
      const w = variable([1, 2], { requiresGrad: true })
      const optimizer = optim.sgd([w], { lr: 0.1 })
      const step = wrap((x) => {
        const loss = mse(x.mul(w), x)
        loss.backward()
        optimizer.step()
        return loss
      })
      return [0, 1].map(() => {
        const loss = step(tensor([3, 4]))
        try {
          loss.backward()
        } catch (error) {
          return (error as { code: string }).code
        }
        return 'no error'
      })
    }
    expect(run((f) => f)).toEqual(['CHANGED_BEFORE_BACKWARD', 'CHANGED_BEFORE_BACKWARD'])
    expect(run(hybridize)).toEqual(['CHANGED_BEFORE_BACKWARD', 'CHANGED_BEFORE_BACKWARD'])
  })

  test('is taken op by op inside grad, so that it can be differentiated again', () => {
    const fast = hybridize((x: Tensor) => x.mul(x).mul(x).sum())
    const x = tensor([1, 2])
    fast(x)
    fast(x)
    expect(grad((t: Tensor) => grad(fast)(t).sum())(x).toArray()).toEqual([6, 12])
  })

  test('flows through one compiled call into another', () => {
    const [f, g] = [hybridize((x: Tensor) => x.mul(x)), hybridize((x: Tensor) => x.exp().sum())]
    const w = variable([0.5, -1], { requiresGrad: true })
    for (let i = 0; i < 3; i++) {
      w.grad = null
      g(f(w)).backward()
    }
    const expected = variable([0.5, -1], { requiresGrad: true })
    expected.mul(expected).exp().sum().backward()
    expect(bitsOf(w.grad)).toEqual(bitsOf(expected.grad))
    expect([f.stats.compiledCalls, g.stats.compiledCalls]).toEqual([2, 2])
  })
})
