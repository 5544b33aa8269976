import { afterAll, beforeAll, expect, test } from 'vitest'
import type { TypedArray } from '../../src/base/dtype.ts'
import { conv2d, grad, hybridize, maxPool2d, optim, randn, tensor, variable, type Tensor } from '../../src/index.ts'
import { workerPool } from '../../src/runtime/worker-pool.ts'

beforeAll(() => void (workerPool.isPatient = true))
afterAll(() => void (workerPool.isPatient = false))

type Compute = (...inputs: Tensor[]) => Tensor

/** Results of the first compiled call, by threads. */
function onThreads(fn: Compute, inputs: readonly Tensor[], threads: number): TypedArray {
  const compiled = hybridize((...given: Tensor[]) => fn(...given), { threads, splitFrom: 0 })
  compiled(...inputs)
  const result = compiled(...inputs).data()
  expect(compiled.stats.compiledCalls).toBe(1)
  return result
}

const shapes = [1, 2, 3, 5, 7, 8, 12, 13, 31, 64, 97]
const products = shapes.flatMap((m, i) => [
  [m, shapes[(i * 3 + 1) % shapes.length]!, shapes[(i * 5 + 2) % shapes.length]!] as const,
  [shapes[(i * 7 + 3) % shapes.length]!, m, 130] as const,
])

test('products of any size have the same bits on one, two and three threads', { timeout: 120_000 }, () => {
  for (const [m, n, k] of products) {
    const [a, b, bt] = [randn([m, k]), randn([k, n]), randn([n, k])]
    for (const [fn, inputs] of [
      [(p: Tensor, q: Tensor) => p.matmul(q).relu(), [a, b]],
      [(p: Tensor, q: Tensor) => p.matmul(q.transpose()).tanh(), [a, bt]],
    ] as const) {
      const [one, two, three] = [1, 2, 3].map((threads) => onThreads(fn as Compute, inputs, threads)) // takes two of them
      expect(two, `${m}×${n}×${k}`).toEqual(one)
      expect(three, `${m}×${n}×${k}`).toEqual(one)
    }
  }
})

test(
  'blocks of a reduction to one number are combined in the same order on one, two and three threads',
  { timeout: 120_000 },
  () => {
    const functions: Compute[] = [
      (x) => x.sum(),
      (x) => x.mul(0.5).exp().mean(),
      (x) => x.max().add(x.min()),
      (x) => x.greater(0).sum(),
      (x) => x.greater(9).max(),
    ]
    for (const size of [1024, 1025, 2048, 5000, 131_072, 131_073, 140_000, 1_300_000]) {
      const x = randn([size])
      for (const [i, fn] of functions.entries()) {
        const [one, two, three] = [1, 2, 3].map((threads) => onThreads(fn, [x], threads))
        expect(two, `function ${i} of ${size}`).toEqual(one)
        expect(three, `function ${i} of ${size}`).toEqual(one)
        expect(one, `function ${i} of ${size}`).toEqual(fn(x).data())
      }
    }
    for (const [size, threads] of [
      [20_000, 1],
      [2_000_000, 2],
    ] as const) {
      const [x, compiled] = [randn([size]), hybridize((given: Tensor) => given.sum(), { threads: 2 })]
      compiled(x)
      compiled(x)
      expect(compiled.explain().specialisations[0]!.threads).toBe(threads)
    }
  },
)

test('reductions and softmax have the same bits on one, two and three threads', { timeout: 120_000 }, () => {
  const functions: Compute[] = [
    (x) => x.sum(),
    (x) => x.sum(0),
    (x) => x.sum(1),
    (x) => x.softmax(1),
    (x) => x.softmax(0),
    (x) => x.sub(x.mean(1, true)).exp(),
    (x) => x.transpose().mul(2).max(0),
  ]
  for (const shape of [
    [1, 1],
    [3, 5],
    [64, 10],
    [37, 129],
    [300, 70],
  ]) {
    const x = randn(shape)
    for (const [i, fn] of functions.entries()) {
      const [one, two, three] = [1, 2, 3].map((threads) => onThreads(fn, [x], threads))
      expect(two, `function ${i} of ${shape.join()}`).toEqual(one)
      expect(three, `function ${i} of ${shape.join()}`).toEqual(one)
    }
  }
})

test('a network with convolutions trains to the same bits on one, two and three threads', { timeout: 120_000 }, () => {
  const trained = [1, 2, 3].map((threads) => {
    const weights = [0, 1, 2].map((i) =>
      Float32Array.from({ length: [8 * 9, 16 * 72, 16 * 49 * 10][i]! }, (_, j) => Math.sin(j * (i + 1)) / 8),
    )
    const [first, second, last] = [
      [8, 1, 3, 3],
      [16, 8, 3, 3],
      [784, 10],
    ].map((shape, i) => variable(weights[i]!, { shape, requiresGrad: true })) as [Tensor, Tensor, Tensor] // three shapes
    const optimizer = optim.sgd([first, second, last], { lr: 0.05 })
    const x = tensor(
      Float32Array.from({ length: 5 * 196 }, (_, i) => Math.cos(i)),
      { shape: [5, 1, 14, 14] },
    )
    const step = hybridize(
      () => {
        const pooled = maxPool2d(conv2d(x, first, null, { padding: 1 }).relu(), 2)
        const features = conv2d(pooled, second, null, { padding: 1 }).relu()
        const loss = features.reshape([5, 784]).matmul(last).square().mean()
        loss.backward()
        optimizer.step()
        return loss
      },
      { threads, splitFrom: 0 },
    )
    const losses = [0, 1, 2, 3].map(() => step().item())
    return { losses, weights: [first, second, last].map((each) => each.data()) }
  })
  expect(trained[1]).toEqual(trained[0])
  expect(trained[2]).toEqual(trained[0])
})

/** Images and filters of each schedule: windows in place or gathered, outputs along the lanes with sums in memory or cut at their outer axes. */
const convolutions = [
  { x: [4, 1, 28, 28], w: [6, 1, 5, 5], padding: 2 },
  { x: [6, 6, 14, 14], w: [16, 6, 5, 5], padding: 0 },
  { x: [1, 16, 20, 20], w: [9, 16, 3, 3], padding: 1 },
  { x: [5, 8, 7, 7], w: [12, 8, 3, 3], padding: 1 },
]

test('convolutions and their gradients have the same bits on one, two and three threads', { timeout: 120_000 }, () => {
  for (const { x, w, padding } of convolutions) {
    const [images, filters] = [randn(x), randn(w)]
    const outputsOf = (a: Tensor, b: Tensor): Tensor => conv2d(a, b, null, { padding }).relu()
    const gradients = grad((a: Tensor, b: Tensor) => outputsOf(a, b).square().sum(), { argnums: [0, 1] })
    for (const fn of [
      outputsOf,
      (a: Tensor, b: Tensor) => gradients(a, b)[0]!,
      (a: Tensor, b: Tensor) => gradients(a, b)[1]!,
    ]) {
      const [one, two, three] = [1, 2, 3].map((threads) => onThreads(fn as Compute, [images, filters], threads)) // takes two
      expect(two, `${x.join('×')} with ${w.join('×')}`).toEqual(one)
      expect(three, `${x.join('×')} with ${w.join('×')}`).toEqual(one)
    }
  }
})
