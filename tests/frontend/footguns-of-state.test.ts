import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  assign,
  gather,
  hybridize,
  nn,
  ones,
  optim,
  tensor,
  type Tensor,
  variable,
  type NestedArray,
} from '../../src/index.ts'
import { bitsOf } from './twice.ts'

/** Bugs that users of other tracing compilers ran into. In each, the compiled function does what the eager one does, or says why it cannot. */

const a = tensor([1, 2, 3])
const arrays = (...tensors: Tensor[]): NestedArray[] => tensors.map((t) => t.toArray())
const codeOf = (call: () => unknown): unknown => {
  try {
    return call()
  } catch (error) {
    return (error as { code?: string }).code
  }
}
afterEach(() => vi.restoreAllMocks())

// Foot-gun 12.
describe('In-place update', () => {
  test('of an argument happens to the caller’s variable', () => {
    const f = (w: Tensor, x: Tensor): Tensor => {
      assign(w, w.add(x))
      return w.mul(1)
    }
    const fast = hybridize(f)
    const [u, v] = [variable([1, 1, 1]), variable([1, 1, 1])]
    for (let i = 0; i < 3; i++) expect(fast(u, a).toArray()).toEqual(f(v, a).toArray())
    expect(u.toArray()).toEqual(v.toArray())
  })
  test('of a view of state is an error, as in eager mode', () => {
    const w = variable([
      [1, 2],
      [3, 4],
    ])
    const f = (): void => assign(w.slice([0]), tensor([9, 9]))
    expect([codeOf(f), codeOf(hybridize(f)), w.toArray()]).toEqual([
      'NOT_A_VARIABLE',
      'NOT_A_VARIABLE',
      [
        [1, 2],
        [3, 4],
      ],
    ])
  })
  test('of a tensor that the caller also holds a view of makes that view stale', () => {
    const w = variable([
      [1, 2],
      [3, 4],
    ])
    const fast = hybridize(() => assign(w, w.add(1)))
    fast()
    const row = w.slice([0])
    fast()
    expect(codeOf(() => row.toArray())).toBe('STALE_VIEW')
    expect(w.toArray()).toEqual([
      [3, 4],
      [5, 6],
    ])
  })
  test('of what was returned before does not change the result', () => {
    const w = variable([1, 2])
    const fast = hybridize((x: Tensor) => {
      assign(w, w.add(x))
      return w.add(0)
    })
    const results = [fast(ones([2])), fast(ones([2])), fast(ones([2]))]
    assign(w, tensor([0, 0]))
    expect(arrays(...results)).toEqual([
      [2, 3],
      [3, 4],
      [4, 5],
    ])
  })
})

// Foot-gun 14.
test('A learning-rate schedule neither recompiles every step nor freezes', () => {
  const train = (wrap: typeof hybridize | undefined): unknown => {
    const w = variable([1, 2], { requiresGrad: true })
    const step = (lr: number): void => {
      w.mul(w).sum().backward()
      assign(w, w.sub(w.grad!.mul(lr)))
      w.grad = null
    }
    const run = wrap ? wrap(step) : step
    for (const lr of [0.1, 0.05, 1, 0.025]) run(lr)
    if ('stats' in run) expect(run.stats).toMatchObject({ traces: 1, compiledCalls: 3 })
    return bitsOf(w)
  }
  expect(train(hybridize)).toEqual(train(undefined))
})

// Foot-gun 16.
test.each(['before', 'after'] as const)('An exception inside, %s a state write, leaves the state alone', (when) => {
  const w = variable([1, 2, 3])
  const fast = hybridize((at: Tensor) => {
    if (when === 'after') assign(w, w.add(1))
    const picked = gather(w, at)
    if (when === 'before') assign(w, w.add(1))
    return picked
  })
  const at = (i: number): Tensor => tensor(i, { dtype: 'int32' })
  expect(codeOf(() => fast(at(3)))).toBe('INDEX_OUT_OF_RANGE')
  expect(w.toArray()).toEqual([1, 2, 3])
  fast(at(0))
  fast(at(0))
  expect(codeOf(() => fast(at(-4)))).toBe('INDEX_OUT_OF_RANGE')
  expect(w.toArray()).toEqual([3, 4, 5])
  expect(fast.stats.compiledCalls).toBe(2)
})

// Foot-gun 23.
test('Gradients may be asked for in one call and not in the next', () => {
  const fast = hybridize((x: Tensor) => x.mul(x).sum())
  const w = variable([1, 2, 3], { requiresGrad: true })
  for (let i = 0; i < 2; i++) {
    expect(fast(a).requiresGrad).toBe(false)
    w.grad = null
    fast(w).backward()
    expect(w.grad!.toArray()).toEqual([2, 4, 6])
  }
})

// Foot-gun 24.
test('Training mode may be switched between calls', () => {
  const net = nn.sequential(nn.dropout(0.5)).hybridize()
  const x = ones([64])
  const zeros = (): boolean => net.forward(x).min().item() === 0
  const seen = [zeros(), zeros()]
  net.eval()
  seen.push(zeros(), zeros())
  net.train()
  seen.push(zeros())
  expect(seen).toEqual([true, true, false, false, true])
})

// Foot-gun 29.
test('Eager code may change a parameter between two compiled calls', () => {
  const w = variable([1, 1, 1])
  const fast = hybridize((x: Tensor) => x.mul(w))
  const seen = [fast(a)]
  for (const k of [2, 3]) {
    assign(w, ones([3]).mul(k))
    seen.push(fast(a))
  }
  expect(arrays(...seen)).toEqual([
    [1, 2, 3],
    [2, 4, 6],
    [3, 6, 9],
  ])
})

// Foot-gun 30.
test('Two compiled functions may share parameters', () => {
  const w = variable([1, 1, 1])
  const [grow, use] = [hybridize(() => assign(w, w.mul(2))), hybridize((x: Tensor) => x.mul(w))]
  const seen: Tensor[] = []
  for (let i = 0; i < 3; i++) {
    grow()
    seen.push(use(a))
  }
  expect(arrays(...seen)).toEqual([
    [2, 4, 6],
    [4, 8, 12],
    [8, 16, 24],
  ])
  expect([grow.stats.compiledCalls, use.stats.compiledCalls]).toEqual([2, 2])
})

// Foot-gun 32.
test('A module may be loaded from a checkpoint after compilation', () => {
  const net = nn.linear(3, 2)
  const optimizer = optim.sgd(net.parameters(), { lr: 0.1, momentum: 0.9 })
  const step = hybridize((x: Tensor) => {
    const loss = net.forward(x).square().sum()
    loss.backward()
    optimizer.step()
    return loss.detach()
  })
  step(a)
  const [saved, savedOptimizer] = [net.stateDict(), optimizer.stateDict()]
  const losses = [step(a), step(a), step(a)].map(bitsOf)
  net.loadStateDict(saved)
  optimizer.loadStateDict(savedOptimizer)
  expect([step(a), step(a), step(a)].map(bitsOf)).toEqual(losses)
  expect(step.stats.traces).toBe(1)
})

test('Two leaves that hold one gradient tensor get their own later', () => {
  const [p, q] = [variable([1], { requiresGrad: true }), variable([1], { requiresGrad: true })]
  const step = hybridize(() => {
    assign(p, p.sub(p.grad!))
    assign(q, q.sub(q.grad!))
  })
  p.add(q).sum().backward()
  step()
  p.grad = q.grad = null
  p.mul(2).add(q.mul(5)).sum().backward()
  step()
  expect([p.toArray(), q.toArray(), step.stats.compiledCalls]).toEqual([[-2], [-5], 1])
})
