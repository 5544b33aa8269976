import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  assign,
  hybridize,
  nn,
  noGrad,
  ones,
  tensor,
  type Hybridized,
  type NestedArray,
  type Tensor,
  variable,
} from '../../src/index.ts'

/** Bugs that users of other tracing compilers ran into, about what a compiled call takes for granted. */

const a = tensor([1, 2, 3])
const b = tensor([10, 20, 30])
const arrays = (...tensors: Tensor[]): NestedArray[] => tensors.map((t) => t.toArray())
const quietly = () => vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
afterEach(() => vi.restoreAllMocks())

describe('A number of the enclosing scope that is changed after the first call', () => {
  test('is frozen, and explain names it with the line that uses it', () => {
    let factor = 2
    const fast = hybridize((x: Tensor) => x.mul(factor))
    fast(a)
    factor = 5
    expect(fast(a).toArray()).toEqual([2, 4, 6])
    expect(fast.explain().specialisations[0]!.frozen).toEqual([
      {
        kind: 'number',
        value: '2',
        source: expect.stringMatching(/footguns-of-guards\.test\.ts:\d+:\d+$/) as string,
        remedy: 'Pass it as an argument where it changes',
      },
    ])
  })
  test('is never stale as an argument, a variable, or a field of this', () => {
    const rate = variable(2)
    const self = { factor: 2 }
    const fast = hybridize(function (this: { factor: number }, x: Tensor, factor: number) {
      return x.mul(factor).mul(rate).mul(this.factor)
    })
    const seen = [fast.call(self, a, 1)]
    seen.push(fast.call(self, a, 10))
    assign(rate, tensor(3))
    seen.push(fast.call(self, a, 10))
    self.factor = 1
    seen.push(fast.call(self, a, 10))
    expect(arrays(...seen)).toEqual([
      [4, 8, 12],
      [40, 80, 120],
      [60, 120, 180],
      [30, 60, 90],
    ])
  })
})

test('An argument passed positionally, inside an object, inside an array, and as a default is told apart', () => {
  const fast = hybridize((x: Tensor | { x: Tensor } | Tensor[], scale: { by?: number } = {}) => {
    const [t] = Array.isArray(x) ? x : 'x' in x ? [x.x] : [x]
    return t!.mul(scale.by ?? 1)
  })
  const calls = [[a], [{ x: a }], [[a]], [a, {}], [a, { by: 2 }], [a, { by: undefined }]] as const
  for (let i = 0; i < 2; i++)
    expect(calls.map((args) => fast(...(args as unknown as [Tensor])).toArray())).toEqual([
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
      [1, 2, 3],
      [2, 4, 6],
      [1, 2, 3],
    ])
  expect(fast.stats.traces).toBe(calls.length)
})

test('A hybridized function may call itself', () => {
  const power: Hybridized<(x: Tensor, n: number) => Tensor> = hybridize((x: Tensor, n: number): Tensor =>
    n === 0 ? ones([3]) : x.mul(power(x, n - 1)),
  )
  for (const n of [3, 2, 3, 0]) expect(power(a, n).toArray()).toEqual([1, 2 ** n, 3 ** n])
})

test('A hybridized method on two instances keeps their fields apart, also when one is changed', () => {
  class Scaler {
    by: number
    constructor(by: number) {
      this.by = by
    }
  }
  const scale = hybridize(function (this: Scaler, x: Tensor) {
    return x.mul(this.by)
  })
  const [two, three] = [new Scaler(2), new Scaler(3)]
  expect(arrays(scale.call(two, a), scale.call(three, a))).toEqual([
    [2, 4, 6],
    [3, 6, 9],
  ])
  two.by = 5
  expect(arrays(scale.call(two, a), scale.call(three, a))).toEqual([
    [5, 10, 15],
    [3, 6, 9],
  ])
})

test('Another shape, dtype or nesting says in explain what was new', () => {
  const fast = hybridize((x: Tensor | Tensor[]) => (Array.isArray(x) ? x : [x]).map((t) => t.sum()))
  for (const x of [a, ones([2, 2]), a.cast('int32'), [a]]) fast(x)
  expect(fast.explain().specialisations.map(({ because }) => because.map(({ kind }) => kind))).toEqual([
    ['structure'],
    ['dtype'],
    ['shape'],
    [],
  ])
  expect(fast.stats).toMatchObject({ guardFailures: 3, failuresByKind: { shape: 1, dtype: 1, structure: 1 } })
})

test('A learning rate that JavaScript also looks at is right at every call', () => {
  const warned = quietly()
  const step = (w: number, rate: number): number => (rate === 0 ? w : w - rate)
  const fast = hybridize((x: Tensor, rate: number) => (rate === 0 ? x : x.sub(rate)))
  for (const rate of [0.5, 0, 0.25, 0.5, 0])
    expect(fast(a, rate).toArray()).toEqual([1, 2, 3].map((w) => step(w, rate)))
  expect(fast.stats.traces).toBe(3)
  for (let i = 1; i < 40; i++) expect(fast(a, i / 64).toArray()).toEqual([1, 2, 3].map((w) => step(w, i / 64)))
  expect([fast.explain().specialisations.length, warned.mock.calls.length]).toEqual([16, 1])
  expect(warned.mock.calls[0]![0]).toContain('argument 1')
})

test('Gradients asked for in one call, not in the next, and not under noGrad are told apart', () => {
  const w = variable([1, 2, 3], { requiresGrad: true })
  const fast = hybridize((x: Tensor) => x.mul(w).sum())
  const tracked = (): boolean[] => [fast(a), noGrad(() => fast(a)), fast(w)].map((result) => result.requiresGrad)
  expect([tracked(), tracked()]).toEqual([
    [true, false, true],
    [true, false, true],
  ])
  expect(fast.stats.failuresByKind).toEqual({ gradMode: 1, variable: 1 })
})

test('Training mode of a part, switched between calls, is a program of its own', () => {
  const inner = nn.dropout(0.5)
  const net = nn.sequential(nn.sequential(inner))
  const fast = hybridize((x: Tensor) => net.forward(x))
  const x = ones([256])
  const zeros = (): boolean => fast(x).min().item() === 0
  const seen = [zeros()]
  inner.eval()
  seen.push(zeros(), zeros())
  inner.train()
  seen.push(zeros())
  expect([seen, fast.stats.traces]).toEqual([[true, false, false, true], 2])
  expect(fast.explain().specialisations[0]!.because).toEqual([
    { kind: 'mode', subject: 'Dropout', was: 'training mode', now: 'evaluation mode' },
  ])
})

test('A constant tensor made inside of data that changes is frozen, and explain names it', () => {
  const data = [1, 2, 3]
  const fast = hybridize((x: Tensor) => x.add(tensor(data)))
  fast(a)
  data[0] = 100
  expect(fast(a).toArray()).toEqual([2, 4, 6])
  expect(fast.explain().specialisations[0]!.frozen).toMatchObject([{ kind: 'tensor', value: 'float32[3]' }])
  const safe = hybridize(function (this: { data: number[] }, x: Tensor) {
    return x.add(tensor(this.data))
  })
  const self = { data: [1, 2, 3] }
  safe.call(self, a)
  self.data[0] = 100
  expect(safe.call(self, a).toArray()).toEqual([101, 4, 6])
})

test('Keys in another order are no new form, and a key more is one', () => {
  const fast = hybridize((o: { p: Tensor; q: Tensor; r?: Tensor }) => (o.r ? o.r : o.p.sub(o.q)))
  const results = [fast({ p: a, q: b }), fast({ q: b, p: a }), fast({ p: a, q: b, r: b }), fast({ r: a, q: b, p: a })]
  expect([arrays(...results), fast.stats.traces]).toEqual([
    [
      [-9, -18, -27],
      [-9, -18, -27],
      [10, 20, 30],
      [1, 2, 3],
    ],
    2,
  ])
  expect(fast.explain().specialisations[0]!.because).toEqual([
    { kind: 'structure', subject: 'argument 0', was: 'keys {p, q}', now: 'keys {p, q, r}' },
  ])
})

test('Random numbers and clocks of the host are frozen, with one warning that names the line', () => {
  const warned = quietly()
  const fast = hybridize((x: Tensor) => x.mul(Math.random()))
  const results = [fast(a), fast(a), fast(a)]
  expect(new Set(arrays(...results).map(String)).size).toBe(1)
  expect(warned.mock.calls.map(([message]) => message)).toEqual([
    expect.stringMatching(/calls Math\.random\(\) at .*footguns-of-guards\.test\.ts:\d+:\d+/),
  ])
})

test('A layer that is replaced after compilation, and a parameter that is, are the ones used', () => {
  class Net extends nn.Module {
    layer: nn.Layer = nn.relu()
    scale = nn.parameter(2)
    forward(x: Tensor): Tensor {
      return this.layer.forward(x).mul(this.scale)
    }
  }
  const net = new Net()
  const fast = hybridize((x: Tensor) => net.forward(x))
  const seen = [fast(a.neg())]
  net.layer = nn.sequential()
  seen.push(fast(a.neg()))
  net.scale = nn.parameter(10)
  seen.push(fast(a.neg()), fast(b))
  expect(arrays(...seen)).toEqual([
    [0, 0, 0],
    [-2, -4, -6],
    [-10, -20, -30],
    [100, 200, 300],
  ])
})

test('A variable defined in only one branch, and an early return, follow the values that are read', () => {
  quietly()
  const f = (x: Tensor): Tensor => {
    let y: Tensor | undefined
    if (x.sum().item() > 10) y = x.neg()
    if (y && y.min().item() < -25) return y.sum()
    return y ?? x
  }
  const fast = hybridize(f)
  for (const x of [a, b, a.mul(4), b]) expect(fast(x).toArray()).toEqual(f(x).toArray())
})
