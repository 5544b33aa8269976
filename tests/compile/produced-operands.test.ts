import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  conv2d,
  hybridize,
  manualSeed,
  matmul,
  noGrad,
  rand,
  randint,
  variable,
  where,
  type Tensor,
} from '../../src/index.ts'
import { workerPool } from '../../src/runtime/worker-pool.ts'

beforeAll(() => void (workerPool.isPatient = true))
afterAll(() => void (workerPool.isPatient = false))

type Program = (...args: Tensor[]) => Tensor
const programs: readonly {
  readonly name: string
  readonly fn: Program
  readonly args: () => Tensor[]
  /** Groups of the ops that kernels carry out. */
  readonly kernels: readonly string[]
}[] = [
  {
    name: 'normalized bytes times weights',
    fn: (x, w) => matmul(x!.cast('float32').div(255), w!),
    args: () => [randint(0, 256, [64, 100]).cast('uint8'), rand([100, 30])],
    kernels: ['cast div matmul'],
  },
  {
    name: 'bytes that two products read, each once',
    fn: (x, w, g) =>
      matmul(x!.cast('float32').mul(2), w!)
        .sum()
        .add(matmul(x!.cast('float32').mul(2).transpose(), g!).sum()),
    args: () => [randint(0, 256, [64, 100]).cast('uint8'), rand([100, 30]), rand([64, 20])],
    kernels: ['cast mul matmul', 'cast mul matmul', 'sum', 'sum add'],
  },
  {
    name: 'a gradient under a mask, in both gradients of a product',
    fn: (x, mask, g, w) => {
      const masked = where(mask!, g!, 0)
      return matmul(masked, w!.transpose()).sum().add(matmul(x!.transpose(), masked).sum())
    },
    args: () => [rand([64, 40]), rand([64, 30]).greater(0.5), rand([64, 30]), rand([40, 30])],
    kernels: ['where matmul', 'where matmul', 'sum', 'sum add'],
  },
  {
    name: 'weights kept as bytes, shared by a batch of rows',
    fn: (x, q, scale) => matmul(x!, q!.cast('float32').sub(128).mul(scale!)),
    args: () => [rand([4, 20, 48]), randint(0, 256, [48, 33]).cast('uint8'), rand([33])],
    kernels: ['cast sub mul matmul'],
  },
  {
    name: 'batches under masks',
    fn: (a, mask, b) => matmul(where(mask!, a!, 0), b!.mul(2)),
    args: () => [rand([6, 40, 40]), rand([6, 40, 40]).greater(0.1), rand([6, 40, 12])],
    kernels: ['where mul matmul'],
  },
  {
    name: 'patches of images, which windows see once',
    fn: (x, w) => conv2d(x!.cast('float32').div(255), w!, null, { stride: 4 }),
    args: () => [randint(0, 256, [2, 3, 17, 44]).cast('uint8'), rand([9, 3, 4, 4])],
    kernels: ['cast div conv2d'],
  },
  {
    name: 'every second position of images under masks',
    fn: (x, mask, w) => conv2d(where(mask!, x!, 0), w!, null, { stride: 2, groups: 2 }),
    args: () => [rand([2, 32, 26, 26]), rand([2, 32, 26, 26]).greater(0.5), rand([32, 16, 1, 1])],
    kernels: ['where conv2d'],
  },
  {
    name: 'windows that overlap',
    fn: (x, w) => conv2d(x!.cast('float32').div(255), w!),
    args: () => [randint(0, 256, [2, 3, 17, 17]).cast('uint8'), rand([9, 3, 3, 3])],
    kernels: ['cast div', 'conv2d'],
  },
  {
    name: 'a long division is not computed twice',
    fn: (x, w, g) => {
      const scaled = x!.cast('float32').div(255)
      return matmul(scaled, w!).sum().add(matmul(scaled.transpose(), g!).sum())
    },
    args: () => [randint(0, 256, [64, 100]).cast('uint8'), rand([100, 30]), rand([64, 20])],
    kernels: ['cast div', 'matmul', 'matmul', 'sum', 'sum add'],
  },
]

const bitsOf = (value: Tensor): number[] => [...new Uint8Array(value.data().buffer)]

describe.each(programs)('$name', ({ fn, args, kernels }) => {
  test.each([1, 2, 3])('on %i threads has the bits of eager', (threads) => {
    manualSeed(1)
    const given = args()
    const fast = hybridize((...inputs: Tensor[]) => fn(...inputs), { threads, splitFrom: 0 })
    fast(...given)
    expect(bitsOf(fast(...given))).toEqual(bitsOf(fn(...given)))
    expect(
      fast
        .explain()
        .specialisations[0]!.kernels.map(({ ops }) => ops.join(' '))
        .toSorted(),
    ).toEqual(kernels.toSorted())
  })
})

test('a variable that a product reads through elementwise nodes is not overwritten before they are done', () => {
  manualSeed(2)
  const start = rand([40, 40])
  const [eager, compiled] = [variable(start), variable(start)]
  const step = (w: Tensor) => (x: Tensor) => noGrad(() => void w.assign(w.sub(matmul(x, w.mul(0.5).transpose()))))
  const fast = hybridize(step(compiled))
  for (let i = 0; i < 3; i++) {
    const x = rand([40, 40])
    step(eager)(x)
    fast(x)
  }
  expect(fast.stats.compiledCalls).toBeGreaterThan(0)
  expect(bitsOf(compiled)).toEqual(bitsOf(eager))
})
