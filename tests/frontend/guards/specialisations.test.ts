import { afterEach, describe, expect, test, vi } from 'vitest'
import { hybridize, noGrad, nn, ones, tensor, type Tensor, variable } from '../../../src/index.ts'
import { deviceArena } from '../../../src/runtime/arena.ts'

const spy = () => vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
afterEach(() => vi.restoreAllMocks())

describe('explain tells why a call was recorded', () => {
  const x = ones([2, 3])
  const f = (): Tensor => ones([1])
  const leaf = variable([1], { requiresGrad: true })
  const layer = nn.dropout(0.5)
  test.each<[string, unknown[], unknown[], string]>([
    ['a shape', [x], [ones([4, 3])], 'argument 0: shape [2, 3] → [4, 3]'],
    ['a rank', [x], [ones([6])], 'argument 0: shape [2, 3] → [6]'],
    ['a dtype', [x], [x.cast('int32')], 'argument 0: dtype float32 → int32'],
    ['a gradient', [x], [leaf.mul(x)], 'argument 0: requires no gradient → requires a gradient'],
    ['a variable', [leaf], [variable([1], { requiresGrad: true })], 'argument 0: a variable → another variable'],
    ['a variable of another shape', [leaf], [variable([1, 2], { requiresGrad: true })], 'argument 0: shape [1] → [2]'],
    ['a value for a variable', [leaf], [x], 'argument 0: a variable → a value'],
    ['a string', [x, 'mean'], [x, 'sum'], 'argument 1: "mean" → "sum"'],
    ['a boolean', [x, true], [x, false], 'argument 1: true → false'],
    ['null', [x, null], [x, undefined], 'argument 1: null → undefined'],
    ['a function', [x, f], [x, () => x], 'argument 1: function f → a function'],
    ['an instance', [x, layer], [x, nn.relu()], 'argument 1: a Dropout → a ReLU'],
    ['another instance', [x, layer], [x, nn.dropout(0.5)], 'argument 1: a Dropout → another Dropout'],
    ['a tensor for a number', [x, 1], [x, x], 'argument 1: a number → a tensor float32[2, 3]'],
    ['a length', [[x, x]], [[x]], 'argument 0: 2 items → 1 items'],
    ['keys', [{ a: x, b: x }], [{ a: x, c: x }], 'argument 0: keys {a, b} → keys {a, c}'],
    [
      'something deep inside',
      [{ a: [x, { b: x }] }],
      [{ a: [x, { b: ones([1]) }] }],
      'argument 0.a[1].b: shape [2, 3] → [1]',
    ],
    ['a number of arguments', [x], [x, x], 'arguments: 1 → 2'],
    ['contents', [Uint8Array.of(1)], [Uint8Array.of(2)], 'argument 0: its contents → other contents'],
  ])('%s', (_, first, second, expected) => {
    const fast = hybridize((..._args: unknown[]) => ones([1]))
    fast(...first)
    fast(...second)
    expect(String(fast.explain())).toContain(`recorded because of ${expected}\n`)
    expect(fast.stats).toMatchObject({ traces: 2, guardFailures: 1 })
  })

  test('by the nearest specialisation', () => {
    const fast = hybridize((a: Tensor, b: Tensor) => a.sum().add(b.sum()))
    fast(ones([2]), ones([3]))
    fast(ones([5]), ones([7]))
    fast(ones([5]), ones([3]))
    expect(fast.explain().specialisations[0]!.because).toEqual([
      { kind: 'shape', subject: 'argument 1', was: '[7]', now: '[3]' },
    ])
  })

  test('also for what is no argument', () => {
    const w = variable([2], { requiresGrad: true })
    const fast = hybridize(function (this: unknown, input: Tensor, k: number) {
      const y = layer.forward(input.cast('int32').mul(k)).add(w)
      if (y.requiresGrad && w.grad === null) y.sum().backward()
      return y.detach()
    })
    const because = (call: () => unknown): unknown => {
      call()
      return fast.explain().specialisations[0]!.because.map(({ kind, subject, now }) => [kind, subject, now])
    }
    expect(because(() => fast(x, 2))).toEqual([])
    expect(because(() => fast(x, 2))).toEqual([['leafGradient', 'gradient of variable float32[1]', 'there']])
    expect(because(() => fast(x, 0.5))).toEqual([['number', 'argument 1 is a whole number', 'false']])
    layer.eval()
    expect(because(() => fast(x, 0.5))).toEqual([['mode', 'Dropout', 'evaluation mode']])
    expect(because(() => noGrad(() => fast(x, 0.5)))).toEqual([['gradMode', 'gradients', 'off']])
    expect(fast.stats.failuresByKind).toEqual({ leafGradient: 1, number: 1, mode: 1, gradMode: 1 })
  })
})

describe('At most maxSpecialisations', () => {
  const sizes = (fast: (x: Tensor) => Tensor, list: readonly number[]): unknown[] =>
    list.map((size) => fast(ones([size])).item())

  test('are kept, with one warning of the cause', () => {
    const warned = spy()
    const fast = hybridize(
      function total(x: Tensor) {
        return x.sum()
      },
      { maxSpecialisations: 3, dynamicAxes: false },
    )
    const list = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    expect(sizes(fast, list)).toEqual(list)
    expect(fast.explain().specialisations).toHaveLength(3)
    expect(warned.mock.calls).toHaveLength(1)
    expect(warned.mock.calls[0]![0]).toBe(
      '[hybridize] total has 3 specialisations, as many as maxSpecialisations allows. From now on the most used are kept, and a call of a form that no specialisation has runs eagerly, unless the form comes again. Most often (3 times) the cause was argument 0: shape [3] → [4]. Bring batches to one shape: drop or pad the last one.',
    )
    expect(fast.stats).toMatchObject({ traces: 3, refusedCalls: 6, droppedSpecialisations: 0, guardFailures: 8 })
    expect(fast.explain().fallbacks).toMatchObject([{ kind: 'limit' }])
  })

  test('are kept by their use: a form that comes again takes the place of the least used', () => {
    spy()
    const fast = hybridize((x: Tensor) => x.sum(), { maxSpecialisations: 2, dynamicAxes: false })
    sizes(fast, [1, 1, 1, 1, 2, 3, 3, 3, 1])
    expect(fast.explain().specialisations.map(({ signature }) => signature)).toEqual(['(float32[3])', '(float32[1])'])
    expect(fast.stats).toMatchObject({ traces: 3, refusedCalls: 1, droppedSpecialisations: 1 })
    sizes(fast, [2, 2, 2, 1, 2])
    expect(fast.stats.compiledCalls).toBe(4 - 1 + 1 + 1 + 3)
  })

  test('give their memory back when they are dropped', () => {
    spy()
    const fast = hybridize((x: Tensor) => x.mul(2).sum(), { maxSpecialisations: 1, dynamicAxes: false })
    const call = (size: number): void => void sizes(fast, [size, size])
    for (let i = 0; i < 4; i++) call(40000 + i)
    const size = deviceArena().memory.buffer.byteLength
    for (let i = 0; i < 40; i++) call(40000 + (i % 7))
    expect(deviceArena().memory.buffer.byteLength).toBe(size)
    expect(fast.stats.droppedSpecialisations).toBeGreaterThan(30)
  })

  test('calls beyond them keep the promises of recorded ones', () => {
    spy()
    const w = variable([1])
    const fast = hybridize(
      (x: Tensor, at: Tensor) => {
        w.assign(w.add(1))
        return x.gather(at)
      },
      { maxSpecialisations: 1 },
    )
    const at = (i: number): Tensor => tensor(i, { dtype: 'int32' })
    fast(ones([2]), at(0))
    expect(() => fast(ones([3]), at(7))).toThrow('index 7')
    expect(w.item()).toBe(2)
    expect(fast(ones([3]), at(1)).item()).toBe(1)
    expect([w.item(), fast.stats.traces]).toEqual([3, 1])
  })

  test('has to be a whole number', () => {
    for (const wrong of [0, 1.5, NaN])
      expect(() => hybridize(ones, { maxSpecialisations: wrong })).toThrow('[hybridize] maxSpecialisations')
  })
})

test('graphs gives what each specialisation recorded and computes, as data and as text', () => {
  const fast = hybridize((x: Tensor) => x.div(4).neg().neg())
  expect(fast.graphs()).toEqual([])
  fast(ones([2]))
  fast(ones([3]))
  const [latest, first] = fast.graphs()
  expect([latest!.signature, first!.signature]).toEqual(['(float32[3])', '(float32[2])'])
  expect(first!.traced.results[0]).toMatchObject({ op: 'neg', operands: [{ op: 'neg' }] })
  expect(String(first!.optimized)).toBe(
    'graph(%arg0: f32[2]) {\n  %0 = constant(0.25) : f32[]\n  %1 = mul(%arg0, %0) : f32[2]\n  return %1\n}\n',
  )
  expect(String(first)).toBe(
    `traced (float32[2])\n${String(first!.traced)}\noptimized (float32[2])\n${String(first!.optimized)}`,
  )
})

test('explain lists frozen numbers and tensors with the lines that use them', () => {
  const factor = 3
  const fixed = tensor([1, 2])
  const fast = hybridize((x: Tensor) => x.mul(factor).add(fixed))
  fast(ones([2]))
  const { frozen } = fast.explain().specialisations[0]!
  expect(frozen).toMatchObject([
    { kind: 'tensor', value: 'float32[2]' },
    { kind: 'number', value: '3' },
  ])
  for (const { source } of frozen) expect(source).toMatch(/specialisations\.test\.ts:\d+:\d+$/)
  expect(String(fast.explain())).toMatch(/frozen: float32\[2\] {2}\(.*\n {4}frozen: 3 {2}\(/)
})
