import { describe, expect, test } from 'vitest'
import {
  avgPool2d,
  conv2d,
  grad,
  hybridize,
  manualSeed,
  maxPool2d,
  nn,
  optim,
  rand,
  randn,
  tensor,
  type Tensor,
} from 'gryph'
import { bitsOf, sameTwice } from '../frontend/twice.ts'
import { codeOf } from './modes.ts'

const targets = ['wasm', 'js'] as const

describe.each(targets)('compiled to %s', (target) => {
  test.each([
    ['a plain convolution', [2, 3, 9, 9], [5, 3, 3, 3], {}],
    ['padding and stride', [2, 3, 9, 8], [4, 3, 3, 3], { padding: 1, stride: 2 }],
    ['dilation', [1, 2, 11, 10], [3, 2, 3, 2], { dilation: [2, 3] }],
    ['groups', [3, 4, 7, 7], [6, 2, 3, 3], { groups: 2, padding: 1 }],
    ['one channel in a group', [2, 5, 6, 19], [5, 1, 3, 3], { groups: 5 }],
  ] as const)('%s and its gradients have the bits of eager', (_, x, weight, options) => {
    manualSeed(3)
    const args = [randn(x), randn(weight), randn([weight[0]])] as const
    const f = (a: Tensor, w: Tensor, b: Tensor): Tensor => {
      const y = conv2d(a, w, b, options)
      return y.mul(y.tanh()).sum()
    }
    const gradients = (a: Tensor, w: Tensor, b: Tensor): readonly Tensor[] => [
      conv2d(a, w, b, options).relu(),
      grad((p: Tensor) => f(p, w, b))(a),
      grad((p: Tensor) => f(a, p, b))(w),
      grad((p: Tensor) => f(a, w, p))(b),
    ]
    sameTwice({ make: () => ({ fn: gradients, calls: [args, args] }) }, target)
  })

  test('pools and their gradients have the bits of eager', () => {
    manualSeed(4)
    const x = randn([2, 3, 9, 10])
    const f = (a: Tensor): readonly Tensor[] => [
      maxPool2d(a, 2),
      grad((p: Tensor) => maxPool2d(p, 3, { stride: 2, padding: 1 }).square().sum())(a),
      grad((p: Tensor) => avgPool2d(p, [3, 2], { stride: 1, padding: 1 }).square().sum())(a),
    ]
    sameTwice({ make: () => ({ fn: f, calls: [[x], [x]] }) }, target)
  })

  test('a network of convolutions learns with the bits of eager', () => {
    manualSeed(5)
    const batch = [randn([4, 1, 12, 12]), tensor([0, 1, 2, 0], { dtype: 'int32' })] as const
    const make = () => {
      const net = nn.sequential(
        nn.conv2d(1, 4, 3, { padding: 1 }),
        nn.relu(),
        nn.maxPool2d(2),
        nn.conv2d(4, 6, 3),
        nn.relu(),
        nn.avgPool2d(2),
        nn.flatten(),
        nn.linear(24, 3),
      )
      const optimizer = optim.sgd(net.parameters(), { lr: 0.3 })
      const fn = (x: Tensor, y: Tensor): Tensor => {
        const loss = nn.crossEntropy(net.forward(x), y)
        loss.backward()
        optimizer.step()
        return loss
      }
      return { fn, calls: [batch, batch, batch], state: () => net.parameters() }
    }
    sameTwice({ make }, target)
    const { fn } = make()
    const losses = Array.from({ length: 40 }, () => fn(...batch).item())
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2)
  })
})

test('compiled gradients of float64 are those of central differences', () => {
  manualSeed(6)
  const [x, w] = [randn([2, 4, 7, 6], { dtype: 'float64' }), randn([6, 2, 3, 2], { dtype: 'float64' })]
  const f = (a: Tensor, b: Tensor): Tensor =>
    conv2d(a, b, null, { padding: [1, 2], stride: [2, 1], dilation: [1, 2], groups: 2 })
      .tanh()
      .sum()
  const compiled = hybridize((a: Tensor, b: Tensor) => [
    grad((p: Tensor) => f(p, b))(a),
    grad((p: Tensor) => f(a, p))(b),
  ])
  compiled(x, w)
  const [forX, forW] = compiled(x, w)
  const h = 1e-5
  const differences = (of: Tensor, at: (moved: Tensor) => Tensor): number[] => {
    const elements = Array.from(of.data())
    const moved = (i: number, by: number): number =>
      at(tensor(elements.with(i, elements[i]! + by), { dtype: 'float64', shape: of.shape })).item()
    return elements.map((_, i) => (moved(i, h) - moved(i, -h)) / (2 * h))
  }
  const expectClose = (actual: Tensor, expected: readonly number[]): void => {
    const wrong = Array.from(actual.data()).filter(
      (value, i) => Math.abs(value - expected[i]!) > 1e-7 * (1 + Math.abs(value)),
    )
    expect(wrong).toEqual([])
  }
  expectClose(
    forX!,
    differences(x, (moved) => f(moved, w)),
  )
  expectClose(
    forW!,
    differences(w, (moved) => f(x, moved)),
  )
})

describe('layers of images', () => {
  test('conv2d starts within ±1/√(numbers in a filter) and is the same for the same seed', () => {
    const make = () => {
      manualSeed(1)
      return nn.conv2d(4, 8, [3, 5], { groups: 2 })
    }
    const layer = make()
    expect(layer.weight.shape).toEqual([8, 2, 3, 5])
    expect(layer.bias?.shape).toEqual([8])
    const largest = Math.max(...Array.from(layer.weight.data(), Math.abs))
    expect(largest).toBeLessThanOrEqual(1 / Math.sqrt(30))
    expect(largest).toBeGreaterThan(0.9 / Math.sqrt(30))
    expect(bitsOf(make().weight)).toEqual(bitsOf(layer.weight))
  })
  test('they compute what the functions do', () => {
    const x = rand([2, 3, 8, 8])
    const layer = nn.conv2d(3, 4, 3, { stride: 2, padding: 1, bias: false })
    expect(bitsOf(layer.forward(x))).toEqual(bitsOf(conv2d(x, layer.weight, null, { stride: 2, padding: 1 })))
    expect(bitsOf(nn.maxPool2d(3, { stride: 2 }).forward(x))).toEqual(bitsOf(maxPool2d(x, 3, { stride: 2 })))
    expect(bitsOf(nn.avgPool2d(2).forward(x))).toEqual(bitsOf(avgPool2d(x, 2)))
  })
  test.each([
    ['FEATURES_INVALID', () => nn.conv2d(0, 1, 1)],
    ['FEATURES_INVALID', () => nn.conv2d(1, 1.5, 1)],
    ['GROUPS_INVALID', () => nn.conv2d(3, 4, 1, { groups: 2 })],
    ['WINDOW_OPTION', () => nn.conv2d(1, 1, 0)],
    ['WINDOW_OPTION', () => nn.maxPool2d(-1).forward(rand([1, 1, 4, 4]))],
    ['CHANNELS_MISMATCH', () => nn.conv2d(3, 4, 1).forward(rand([1, 2, 4, 4]))],
    ['CHANNELS_MISMATCH', () => nn.conv2d(3, 4, 1).forward(rand([3, 4, 4]))],
  ])('%s is thrown for what does not fit (%#)', (code, call) => {
    expect(codeOf(call)).toBe(code)
  })
})
