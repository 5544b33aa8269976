import { expect, test } from 'vitest'
import { assign, hybridize, nn, noGrad, optim, stack, tensor, Tensor, variable } from '../../src/index.ts'

const a = tensor([1, 2, 3])
const b = tensor([4, 5, 6])

/** Calls `fn` with each of the argument lists and tells after how many of them there were new traces. */
function tracesOf(
  fn: (...args: never[]) => unknown,
  calls: readonly (readonly unknown[])[],
  staticArgs: readonly number[] = [],
): number[] {
  const hybrid = hybridize(fn, { staticArgs })
  return calls.map((args) => {
    hybrid(...(args as never[])) // what each case passes
    return hybrid.stats.traces
  })
}

test.each<[string, (...args: never[]) => unknown, unknown[][], number[]]>([
  ['equal shapes and dtypes share a program', (x: Tensor) => x.add(1), [[a], [b], [a.mul(2)]], [1, 1, 1]],
  [
    'another shape has another program, and the first one is kept',
    (x: Tensor) => x.add(1),
    [[a], [a.reshape([1, 3])], [b]],
    [1, 2, 2],
  ],
  [
    'another dtype has another program',
    (x: Tensor) => x.add(1),
    [[a], [a.cast('float64')], [a.cast('int32')]],
    [1, 2, 3],
  ],
  [
    'another number of arguments has another program',
    (x: Tensor, y?: Tensor) => (y ? x.add(y) : x.add(1)),
    [[a], [a, b], [a]],
    [1, 2, 2],
  ],
  [
    'key order does not matter',
    (o: { x: Tensor; y: Tensor }) => o.x.sub(o.y),
    [[{ x: a, y: b }], [{ y: a, x: b }]],
    [1, 1],
  ],
  ['another key has another program', (o: { x: Tensor }) => o.x.add(1), [[{ x: a }], [{ x: a, y: b }]], [1, 2]],
  [
    'a positional argument and one inside an object differ',
    (o: Tensor | { x: Tensor }) => (o instanceof Tensor ? o : o.x).add(1),
    [[a], [{ x: a }], [[a]]].slice(0, 2),
    [1, 2],
  ],
  [
    'strings and booleans are part of the signature',
    (x: Tensor, how: string | boolean) => (how === 'twice' || how === true ? x.mul(2) : x.neg()),
    [
      [a, 'twice'],
      [a, 'once'],
      [a, true],
      [a, 'once'],
    ],
    [1, 2, 3, 3],
  ],
  [
    'numbers are not part of the signature',
    (x: Tensor, lr: number) => x.mul(lr),
    [
      [a, 0.1],
      [a, 1],
      [a, 2],
      [a, NaN],
    ],
    [1, 1, 1, 1],
  ],
  [
    'an integer tensor tells whole numbers from fractions',
    (x: Tensor, k: number) => x.mul(k),
    [
      [tensor([1], { dtype: 'int32' }), 2],
      [tensor([1], { dtype: 'int32' }), 3],
      [tensor([1], { dtype: 'int32' }), 0.5],
      [tensor([1], { dtype: 'int32' }), 4],
    ],
    [1, 1, 2, 2],
  ],
  [
    'what requires a gradient has another program',
    (x: Tensor) => x.mul(2),
    [[a], [variable([1, 2, 3], { requiresGrad: true }).mul(1)], [b]],
    [1, 2, 2],
  ],
  ['each variable has its own program', (x: Tensor) => assign(x, x.add(1)), [[variable([1])], [variable([1])]], [1, 2]],
  [
    'a typed array counts with its contents',
    (x: Tensor, data: Float32Array) => x.add(tensor(data)),
    [
      [a, Float32Array.of(1, 2, 3)],
      [a, Float32Array.of(1, 2, 3)],
      [a, Float32Array.of(1, 2, 4)],
    ],
    [1, 1, 2],
  ],
])('%s', (_, fn, calls, expected) => expect(tracesOf(fn, calls)).toEqual(expected))

test('static arguments have a program for each number', () => {
  const times = (x: Tensor, n: number): Tensor => {
    let y = x
    for (let i = 0; i < n; i++) y = y.mul(2)
    return y
  }
  expect(
    tracesOf(
      times,
      [
        [a, 2],
        [b, 2],
        [a, 3],
        [a, 2],
      ],
      [1],
    ),
  ).toEqual([1, 1, 2, 2])
  expect(hybridize(times, { staticArgs: [1] })(a, 3).toArray()).toEqual([8, 16, 24])
})

test('gradient mode is part of the signature', () => {
  const w = variable([2, 2, 2], { requiresGrad: true })
  const fast = hybridize((x: Tensor) => x.mul(w))
  const tracked = [fast(a), fast(a), noGrad(() => fast(a)), noGrad(() => fast(a))].map((result) => result.requiresGrad)
  expect([tracked, fast.stats.traces]).toEqual([[true, true, false, false], 2])
})

test('training mode is part of the signature', () => {
  const layer = nn.dropout(0.5)
  const fast = hybridize((x: Tensor) => layer.forward(x))
  fast(a)
  layer.eval()
  expect([fast(a), fast(b)].map((result) => result.toArray())).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ])
  layer.train()
  fast(a)
  expect(fast.stats).toMatchObject({ traces: 2, compiledCalls: 2 })
})

test('each instance that a hybridized method is called on has its own program', () => {
  class Scale {
    readonly by: number
    constructor(by: number) {
      this.by = by
    }
    readonly apply = hybridize(function (this: Scale, x: Tensor) {
      return x.mul(this.by)
    })
  }
  const shared = hybridize(function (this: { by: number }, x: Tensor) {
    return x.mul(this.by)
  })
  const [two, three] = [
    { by: 2, shared },
    { by: 3, shared },
  ]
  expect([two, three, two, three].map((each) => each.shared(a).toArray())).toEqual([
    [2, 4, 6],
    [3, 6, 9],
    [2, 4, 6],
    [3, 6, 9],
  ])
  expect(shared.stats).toMatchObject({ traces: 2, compiledCalls: 2 })
  expect(new Scale(5).apply.stats.calls).toBe(0)
})

test('a learning-rate schedule neither recompiles nor freezes', () => {
  const w = variable([1, 1], { requiresGrad: true })
  const optimizer = optim.sgd([w], { lr: 1 })
  const step = hybridize(() => {
    w.sum().backward()
    optimizer.step()
  })
  for (const lr of [1, 0.5, 0.25, 2]) {
    optimizer.lr = lr
    step()
  }
  expect(w.toArray()).toEqual([-2.75, -2.75])
  expect(step.stats).toMatchObject({ traces: 1, compiledCalls: 3 })
})

test('numbers that an integer tensor cannot hold are an error in later calls too', () => {
  const fast = hybridize((x: Tensor, k: number) => x.mul(k))
  const bytes = tensor([1, 2], { dtype: 'uint8' })
  fast(bytes, 3)
  expect(() => fast(bytes, 300)).toThrow('[mul] 300 does not fit uint8')
  expect(fast(bytes, 4).toArray()).toEqual([4, 8])
})

test('bounds that cross are an error in later calls too', () => {
  const fast = hybridize((x: Tensor, low: number, high: number) => x.clamp(low, high))
  fast(a, 0, 1)
  expect(() => fast(a, 2, 1)).toThrow('[clamp] the lower bound 2 is above the upper bound 1')
})

test('stats and explain tell what ran', () => {
  function scale(x: Tensor, k: number): Tensor {
    return x.mul(k)
  }
  const fast = hybridize(scale)
  expect(fast.explain()).toMatchObject({
    functionName: 'scale',
    target: 'wasm',
    hostRead: undefined,
    specialisations: [],
  })
  for (let i = 0; i < 3; i++) fast(a, i)
  expect(fast.stats).toMatchObject({ traces: 1, calls: 3, compiledCalls: 2 })
  const explanation = fast.explain()
  expect(explanation.specialisations).toMatchObject([
    { signature: '(float32[3], number)', guards: [], calls: 3, states: 0, stateWrites: 0 },
  ])
  expect(explanation.specialisations[0]!.kernels[0]!.sources[0]).toMatch(/hybridize-signature\.test\.ts:\d+:\d+$/)
  expect(String(explanation)).toMatch(
    /^scale: 1 specialisation, target wasm, one thread\n {2}\(float32\[3\], number\)\n/,
  )
  expect(fast.eager).toBe(scale)
})

test('explain names guards and frozen tensors', () => {
  const fixed = tensor([1, 2, 3])
  const fast = hybridize((x: Tensor, k: number) => x.mul(k).add(fixed))
  fast(tensor([1, 2, 3], { dtype: 'int32' }), 2)
  expect(fast.explain().specialisations).toMatchObject([
    {
      guards: ['argument 1 is a whole number: true', 'argument 1 fits int32: true'],
      frozen: [{ kind: 'tensor', value: 'float32[3]' }],
    },
  ])
})

test('a tensor made of a number argument is what it is eagerly', () => {
  const f = (x: Tensor, n: number): Tensor[] => [
    tensor(n),
    tensor(n, { dtype: 'float64' }),
    x.add(tensor(n, { dtype: 'float64' })),
    tensor(n, { dtype: 'int32', shape: [1] }),
    variable(n).add(x),
  ]
  const fast = hybridize(f)
  const forms = (results: readonly Tensor[]): unknown =>
    results.map((result) => [result.dtype, result.shape, result.weak, result.toArray()])
  for (const n of [1, 0.1, 2]) expect(forms(fast(tensor([1]), n))).toEqual(forms(f(tensor([1]), n)))
})

test('a number argument prints as a number', () => {
  const f = (x: Tensor, n: number): unknown => [`${n}` === '2' ? x.item() : -x.item(), `n is ${n}`]
  const fast = hybridize(f)
  for (const n of [2, 3, 2, 0.5]) expect(fast(tensor([1]), n)).toEqual(f(tensor([1]), n))
})

test('a tensor of a list of number arguments is an error that says how to make it', () => {
  const fast = hybridize((list: number[]) => tensor(list))
  expect(() => fast([1, 2])).toThrow(
    '[tensor] data[0] is a tensor or a number argument; join those with stack([tensor(a), …]).',
  )
  const joined = hybridize((list: number[]) => stack(list.map((n) => tensor(n))))
  expect([joined([1, 2]).toArray(), joined([3, 4]).toArray()]).toEqual([
    [1, 2],
    [3, 4],
  ])
})
