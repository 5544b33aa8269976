import { describe, expect, test } from 'vitest'
import {
  dropout,
  gather,
  hybridize,
  matmul,
  mse,
  nn,
  noGrad,
  ones,
  optim,
  randint,
  randn,
  softmax,
  tensor,
  type Tensor,
} from '../../../src/index.ts'
import { bitsOf } from '../twice.ts'
import { sameAtSizes, sharedSizes, upTo, type Fast, type Rows } from './sizes.ts'

const rowsAxis = { dynamicAxes: { 0: [0], 1: [0] } }
const features =
  (...sizes: number[]) =>
  (n: number) => [randn([n, ...sizes])]
const labelled = (n: number) => [randn([n, 6]), randint(0, 3, [n])]

function trainer(makeNet: () => nn.Module & nn.Layer, loss: (out: Tensor, y: Tensor) => Tensor): Rows {
  const net = makeNet()
  const optimizer = optim.adam(net.parameters(), { lr: 0.01 })
  return {
    fn: (x: Tensor, y: Tensor) => {
      const value = loss(net.forward(x), y)
      value.backward()
      optimizer.step()
      return value
    },
    state: () => net.parameters(),
  }
}

const classifier = (): Rows =>
  trainer(() => nn.sequential(nn.linear(6, 9), nn.relu(), nn.linear(9, 3)), nn.crossEntropy)

describe('One program gives the bits of eager calls at every size', () => {
  // The first two sizes teach; 1 is last, where one row may broadcast.
  const sizes = [33, 40, ...upTo(39).toReversed()]

  test.each<[string, () => Rows, (n: number) => readonly unknown[]]>([
    ['a training step with Adam', classifier, labelled],
    [
      'softmax and cross-entropy of rows',
      () => ({ fn: (x: Tensor, y: Tensor) => [softmax(x, -1), nn.crossEntropy(x, y)] }),
      labelled,
    ],
    [
      'a normalization over features',
      () => {
        const scale = randn([6], { requiresGrad: true })
        return {
          fn: (x: Tensor) => {
            const centred = x.sub(x.mean(-1, true))
            const normal = centred.div(centred.mul(centred).mean(-1, true).add(1e-5).sqrt())
            normal.mul(scale).pow(2).sum().backward()
            return normal
          },
          state: () => scale.grad,
        }
      },
      features(6),
    ],
    [
      'mean and variance over rows',
      () => ({ fn: (x: Tensor) => [x.mean(0), x.sub(x.mean(0, true)).pow(2).mean(0)] }),
      features(5),
    ],
    [
      'reductions over rows and over everything',
      () => ({ fn: (x: Tensor) => [x.sum(0), x.sum(), x.prod(0), x.max(0), x.min(), x.greater(0).sum(0)] }),
      features(3),
    ],
    [
      'an embedding that learns',
      () => {
        const table = randn([10, 4], { requiresGrad: true })
        return {
          fn: (i: Tensor) => {
            gather(table, i).pow(2).mean().backward()
            return noGrad(() => table.sub_(table.grad!.mul(0.1)).sum())
          },
          state: () => table,
        }
      },
      (n) => [randint(0, 10, [n])],
    ],
    [
      'positions of extremes',
      () => ({ fn: (x: Tensor) => [x.argmax(1), x.argmin(0), x.argmax(), gather(tensor([4, 5, 6, 7]), x.argmax(1))] }),
      features(4),
    ],
    ['dropout and random rows', () => ({ fn: (x: Tensor) => [dropout(x, 0.3), randn([x.shape[0]!, 2])] }), features(4)],
    [
      'attention between all rows',
      () => ({ fn: (x: Tensor) => matmul(softmax(matmul(x, x.transpose()), -1), x) }),
      features(4),
    ],
  ])('%s', (_, make, argsOf) => {
    const fast = sameAtSizes(make, argsOf, sizes, rowsAxis)
    expect(sharedSizes(fast).length).toBeGreaterThanOrEqual(38)
    expect(fast.stats.traces).toBeLessThanOrEqual(41) // one more where a gradient was null
    expect(fast.stats.compiles).toBeLessThanOrEqual(6)
  })

  test('a convolutional network', () => {
    const net = (): nn.Module & nn.Layer =>
      nn.sequential(
        nn.conv2d(1, 3, 3, { padding: 1 }),
        nn.relu(),
        nn.maxPool2d(2),
        nn.conv2d(3, 4, 3, { stride: 2 }),
        nn.relu(),
        nn.avgPool2d(2),
        nn.flatten(),
        nn.linear(4, 3),
      )
    const images = (n: number): unknown[] => [randn([n, 1, 12, 12]), randint(0, 3, [n])]
    const fast = sameAtSizes(() => trainer(net, nn.crossEntropy), images, [6, 8, 5, 7, 3], rowsAxis)
    expect(sharedSizes(fast)).toEqual([3, 5, 7, 8])
  })

  // Leaves of a reduction have 128 or 1024 elements, blocks of them 128 times as many.
  test.each<[string, (x: Tensor) => unknown, (n: number) => Tensor]>([
    ['columns', (x) => [x.sum(0), x.max(0), x.prod(0)], (n) => randn([n, 3]).mul(0.1).add(1)],
    ['rows', (x) => [x.sum(1), x.min(1), x.sum(0)], (n) => randn([2, n])],
    ['everything', (x) => [x.sum(), x.reshape([-1]).sum()], (n) => randn([n, 3])],
    ['two axes', (x) => x.sum([0, 2]), (n) => randn([n, 2, 3])],
    ['products', (x) => [matmul(x.transpose(), x), matmul(x, x.slice([[0, 4]]).transpose())], (n) => randn([n, 5])],
  ])('long reductions of %s', (_, fn, make) => {
    const sizes = [1500, 1000, 127, 128, 129, 255, 1023, 1024, 1025, 1152, 2047, 2048, 2049, 17000, 16384, 16385, 20000]
    const axes = { dynamicAxes: { 0: [0, 1] } }
    const fast = sameAtSizes(
      () => ({ fn }),
      (n) => [make(n)],
      sizes,
      axes,
    )
    expect(sharedSizes(fast)).toHaveLength(sizes.length - 1)
  })

  test('of sums of negative zeros and products with infinities', () => {
    const fn = (x: Tensor, y: Tensor): unknown => [x.sum(0), matmul(x.transpose(), y), x.max(0)]
    const zeros = (n: number): Tensor[] => [
      tensor(Array.from({ length: n }, () => [-0, -0])),
      tensor(Array.from({ length: n }, (_, i) => [i % 2 ? Infinity : 1, -0])),
    ]
    sameAtSizes(() => ({ fn }), zeros, [6, 8, 7, 5, 3, 2], rowsAxis)
  })

  test('of results and arguments whose other axes change', () => {
    const fn = (x: Tensor, { y }: { y: Tensor }): unknown => [x.transpose(), matmul(x, y), { both: x.sum(-1) }]
    const args = (n: number): unknown[] => [randn([3, n]).transpose().transpose(), { y: randn([2, n]).transpose() }]
    const fast = sameAtSizes(() => ({ fn }), args, [9, 12, 10, 16, 3], { dynamicAxes: { 0: [1], 1: [0] } })
    expect(sharedSizes(fast)).toEqual([3, 10, 12, 16])
  })
})

describe('So do programs for', () => {
  const sizes = [9, 12, 11, 16, 10]

  test.each([
    ['JavaScript', { target: 'js' }],
    ['two threads', { threads: 2, splitFrom: 1 }],
    ['calls that are verified', { verify: 1 }],
    ['calls that are profiled', { profile: true }],
    ['no fusion', { withoutPasses: ['fusion'] }],
  ] as const)('%s', (_, options) => {
    const fast = sameAtSizes(classifier, labelled, [...sizes, ...sizes], { ...rowsAxis, ...options })
    expect(fast.stats).toMatchObject({ traces: 5, compiles: 2, compiledCalls: 5 })
    expect(sharedSizes(fast)).toEqual([10, 11, 12, 16])
  })

  test('calls under a tape: gradients flow through them, and to their arguments', () => {
    const outcomes = (wrap: <F extends (...args: never[]) => unknown>(fn: F) => F): unknown[] => {
      const w = tensor([[1], [2]], { requiresGrad: true })
      const before = tensor(0.5, { requiresGrad: true })
      const through = wrap((x: Tensor) => matmul(x, w).tanh())
      const inside = wrap((x: Tensor) => x.square().mean().backward())
      return sizes.map((n) => {
        w.grad = before.grad = null
        const x = tensor(Array.from({ length: n }, (_, i) => [i, 1 / n]))
        mse(through(x), ones([n, 1])).backward()
        inside(x.mul(before))
        return bitsOf([w.grad, before.grad])
      })
    }
    const made: Fast[] = []
    const compiled = outcomes((fn) => {
      const fast = hybridize(fn, rowsAxis)
      made.push(fast as Fast) // looked at, never called as such
      return fast as unknown as typeof fn // it is called alike
    })
    expect(compiled).toEqual(outcomes((fn) => fn))
    for (const fast of made) expect(sharedSizes(fast)).toEqual([10, 11, 12, 16])
  })
})
