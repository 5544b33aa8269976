import { afterEach, expect, test, vi } from 'vitest'
import {
  add,
  data,
  gather,
  hybridize,
  manualSeed,
  nn,
  ones,
  rand,
  slice,
  tensor,
  Tensor,
  type NestedArray,
} from '../../src/index.ts'

/** Bugs that users of other tracing compilers ran into. In each, the compiled function does what the eager one does, or says why it cannot. */

const a = tensor([1, 2, 3])
const b = tensor([10, 20, 30])
const arrays = (...tensors: Tensor[]): NestedArray[] => tensors.map((t) => t.toArray())
const codeOf = (call: () => unknown): unknown => {
  try {
    return call()
  } catch (error) {
    return (error as { code?: string }).code
  }
}
const quietly = () => vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
afterEach(() => vi.restoreAllMocks())

test('A branch on a host value that the function reads takes the right side each time', () => {
  quietly()
  const fast = hybridize((x: Tensor) => (x.sum().item() > 10 ? x.neg() : x))
  expect(arrays(fast(a), fast(b), fast(a))).toEqual([
    [1, 2, 3],
    [-10, -20, -30],
    [1, 2, 3],
  ])
})

test('The output buffer is not reused while an earlier result is held', () => {
  const fast = hybridize((x: Tensor) => [x.mul(2), x.sum()])
  const results = [fast(a), fast(b), fast(a)]
  expect(results.map((r) => arrays(...r))).toEqual([
    [[2, 4, 6], 6],
    [[20, 40, 60], 60],
    [[2, 4, 6], 6],
  ])
})

test('The same tensor may be passed twice, in the first call or in a later one', () => {
  for (const calls of [
    [
      [a, a],
      [a, b],
    ],
    [
      [a, b],
      [a, a],
      [b, b],
    ],
  ]) {
    const f = (x: Tensor, y: Tensor): Tensor => x.sub(y.mul(2))
    const fast = hybridize(f)
    for (const [x, y] of calls) expect(fast(x!, y!).toArray()).toEqual(f(x!, y!).toArray())
  }
})

test('An argument may be passed positionally once and inside an object the next time', () => {
  const fast = hybridize((x: Tensor | { x: Tensor }) => (x instanceof Tensor ? x : x.x.neg()))
  expect(arrays(fast(a), fast({ x: a }), fast(b), fast({ x: b }))).toEqual([
    [1, 2, 3],
    [-1, -2, -3],
    [10, 20, 30],
    [-10, -20, -30],
  ])
})

test('A hybridized function may be inside another, also when it was compiled before', () => {
  const inner = hybridize((x: Tensor, k: number) => x.mul(k))
  const outer = hybridize((x: Tensor, k: number) => inner(inner(x, k), 2).sum())
  inner(a, 3)
  inner(a, 3)
  expect([outer(a, 3), outer(b, 0.5), inner(a, 7)].map((t) => t.toArray())).toEqual([36, 60, [7, 14, 21]])
  expect(outer.stats.compiledCalls).toBe(1)
})

test('A hybridized method works on two instances', () => {
  class Net extends nn.Module {
    readonly scale: Tensor
    constructor(scale: number) {
      super()
      this.scale = nn.parameter(scale)
    }
    forward(x: Tensor): Tensor {
      return x.mul(this.scale)
    }
  }
  const [two, three] = [new Net(2).hybridize(), new Net(3).hybridize()]
  for (let i = 0; i < 3; i++)
    expect(arrays(two.forward(a), three.forward(a))).toEqual([
      [2, 4, 6],
      [3, 6, 9],
    ])
  const shared = hybridize(function (this: Net, x: Tensor) {
    return x.mul(this.scale)
  })
  for (let i = 0; i < 3; i++)
    expect(arrays(shared.call(two, a), shared.call(three, a))).toEqual([
      [2, 4, 6],
      [3, 6, 9],
    ])
})

test('A view with another offset or stride and equal shape gives its own elements', () => {
  const base = tensor([
    [1, 2, 3, 4],
    [5, 6, 7, 8],
  ])
  const fast = hybridize((x: Tensor) => x.mul(2))
  const views = [
    slice(base, [0, [0, 2]]),
    slice(base, [1, [1, 3]]),
    slice(base, [null, 3]),
    slice(base, [0, [null, null, -2]]),
    tensor([9, 9]),
  ]
  expect(arrays(...views.map((view) => fast(view)))).toEqual([
    [2, 4],
    [12, 14],
    [8, 16],
    [8, 4],
    [18, 18],
  ])
  expect(fast.stats.compiledCalls).toBe(4)
})

test('Random numbers do not repeat on every call', () => {
  const fast = hybridize(() => rand([3]))
  manualSeed(5)
  const compiled = arrays(fast(), fast(), fast())
  manualSeed(5)
  expect(compiled).toEqual(arrays(rand([3]), rand([3]), rand([3])))
  expect(new Set(compiled.map(String)).size).toBe(3)
})

test('An input may be unused', () => {
  const fast = hybridize((x: Tensor, _unused: Tensor, _number: number) => x.mul(1))
  for (const k of [1, 2]) expect(fast(a, b, k).toArray()).toEqual([1, 2, 3])
  const constant = hybridize((_unused: Tensor) => ones([2]))
  expect(arrays(constant(a), constant(b))).toEqual([
    [1, 1],
    [1, 1],
  ])
})

test('Indexing means the same when traced', () => {
  const f = (x: Tensor, i: Tensor): Tensor[] => [x.slice([0]), x.slice([-1]), gather(x, i), x.slice([[null, null, -1]])]
  const fast = hybridize(f)
  for (const i of [0, 2, -1]) {
    const at = tensor(i, { dtype: 'int32' })
    expect(arrays(...fast(b, at))).toEqual(arrays(...f(b, at)))
  }
  expect((fast(a, tensor(0, { dtype: 'int32' })) as unknown as Record<string, Tensor>)['0']!.item()).toBe(1)
})

test('Another shape, dtype or nesting after compilation is compiled anew', () => {
  const fast = hybridize((x: Tensor | Tensor[]) => (Array.isArray(x) ? x : [x]).map((t) => t.sum()))
  const calls = [a, ones([2, 2]), a.cast('int32'), [a, b], [a], a]
  expect(calls.map((x) => fast(x).map((t) => [t.dtype, t.item()]))).toEqual([
    [['float32', 6]],
    [['float32', 4]],
    [['int32', 6]],
    [
      ['float32', 6],
      ['float32', 60],
    ],
    [['float32', 6]],
    [['float32', 6]],
  ])
  expect(fast.stats).toMatchObject({ traces: 5, compiledCalls: 1 })
})

test('A print inside prints at every call', () => {
  quietly()
  const lines: string[] = []
  const fast = hybridize((x: Tensor) => {
    lines.push(String(x))
    return x.mul(2)
  })
  expect(arrays(fast(tensor([1])), fast(tensor([2])))).toEqual([[2], [4]])
  expect(lines).toEqual(['tensor([1.], dtype=float32)', 'tensor([2.], dtype=float32)'])
})

test('The error of a compiled call has the line of the op and the line of the call', () => {
  const fast = hybridize(function pick(at: Tensor) {
    return gather(a, at)
  })
  fast(tensor(0, { dtype: 'int32' }))
  try {
    fast(tensor(5, { dtype: 'int32' }))
    expect.fail('nothing was thrown')
  } catch (error) {
    expect((error as Error).message).toMatch(/In pick at .*footguns\.test\.ts:\d+:\d+\.$/)
    expect((error as Error).stack!.split('\n').find((line) => line.startsWith('    at '))).toContain('footguns.test.ts')
  }
})

test('Pushing to an array in a loop works where the array is the function’s own', () => {
  const f = (x: Tensor): Tensor[] => {
    const all: Tensor[] = []
    for (let i = 0; i < 3; i++) all.push(x.mul(i))
    return all
  }
  const fast = hybridize(f)
  for (const x of [a, b]) expect(arrays(...fast(x))).toEqual(arrays(...f(x)))
})

test('A loop may run zero times', () => {
  const fast = hybridize((xs: Tensor[]) => xs.reduce((total, x) => total.add(x), ones([3])))
  expect(arrays(fast([]), fast([]), fast([a]), fast([a, b]))).toEqual([
    [1, 1, 1],
    [1, 1, 1],
    [2, 3, 4],
    [12, 23, 34],
  ])
})

test('A traced tensor kept and used later is an error', () => {
  const kept: Tensor[] = []
  const fast = hybridize((x: Tensor) => {
    const y = x.mul(2)
    kept.push(y, x)
    return y.sum()
  })
  fast(a)
  fast(b)
  expect(kept.map((t) => codeOf(() => t.toArray()))).toEqual(['TRACED_TENSOR_ESCAPED', 'TRACED_TENSOR_ESCAPED'])
  expect(codeOf(() => hybridize((x: Tensor) => x.add(kept[0]!))(a))).toBe('TRACED_TENSOR_ESCAPED')
})

test('An output may be an input, or the same tensor twice', () => {
  const fast = hybridize((x: Tensor) => {
    const y = x.add(1)
    return { x, y, again: [y, x] }
  })
  for (const x of [a, b]) {
    const r = fast(x)
    expect([r.x === x, r.again[1] === x, r.y === r.again[0]]).toEqual([true, true, true])
  }
})

test('A constant tensor may be created inside the function', () => {
  const fast = hybridize((x: Tensor) => x.add(tensor([1, 10, 100])).add(ones([3])))
  expect(arrays(fast(a), fast(b), fast(a))).toEqual([
    [3, 13, 104],
    [12, 31, 131],
    [3, 13, 104],
  ])
})

test('Object keys may come in another order', () => {
  const fast = hybridize((o: { p: Tensor; q: Tensor; k: number }) => ({ first: o.p.sub(o.q), second: o.q.mul(o.k) }))
  const results = [fast({ p: a, q: b, k: 2 }), fast({ k: 3, q: b, p: a }), fast({ q: a, k: 1, p: b })]
  expect(results.map(({ first, second }) => arrays(first, second))).toEqual([
    [
      [-9, -18, -27],
      [20, 40, 60],
    ],
    [
      [-9, -18, -27],
      [30, 60, 90],
    ],
    [
      [9, 18, 27],
      [1, 2, 3],
    ],
  ])
  expect(fast.stats.traces).toBe(1)
})

test('A compiled function may be called from a callback while another is recorded', () => {
  const normalize = hybridize((x: Tensor) => x.div(x.sum()))
  normalize(a)
  const fast = hybridize((xs: Tensor[]) => xs.map((x) => normalize(x)).reduce((s, x) => add(s, x)))
  expect(data).toBeDefined()
  for (let i = 0; i < 2; i++)
    fast([a, b])
      .data()
      .forEach((value, j) => expect(value).toBeCloseTo((2 * (j + 1)) / 6, 6))
})
