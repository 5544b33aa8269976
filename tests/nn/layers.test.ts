import * as g from 'gryph'
import { describe, expect, test } from 'vitest'
import { codeOf, modes } from './modes.ts'

const { nn } = g

describe('linear', () => {
  test('is x · weight + bias, with the gradients of that', () => {
    const layer = nn.linear(2, 3, { dtype: 'float64' })
    layer.loadStateDict({
      weight: g.tensor(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        { dtype: 'float64' },
      ),
      bias: g.tensor([10, 20, 30], { dtype: 'float64' }),
    })
    const x = g.tensor(
      [
        [1, -1],
        [2, 0.5],
      ],
      { dtype: 'float64', requiresGrad: true },
    )
    const y = layer.forward(x)
    expect(y.toArray()).toEqual([
      [7, 17, 27],
      [14, 26.5, 39],
    ])
    y.backward(
      g.tensor(
        [
          [1, 0, 2],
          [0, 1, 1],
        ],
        { dtype: 'float64' },
      ),
    )
    expect(layer.weight.grad!.toArray()).toEqual([
      [1, 2, 4],
      [-1, 0.5, -1.5],
    ])
    expect(layer.bias!.grad!.toArray()).toEqual([1, 1, 3])
    expect(x.grad!.toArray()).toEqual([
      [7, 16],
      [5, 11],
    ])
  })

  test('takes any number of axes before the features, and one row without any', () => {
    const layer = nn.linear(4, 3)
    expect(layer.forward(g.ones([4])).shape).toEqual([3])
    expect(layer.forward(g.ones([2, 5, 4])).shape).toEqual([2, 5, 3])
    expect(layer.forward(g.ones([0, 4])).shape).toEqual([0, 3])
  })

  test('starts uniform within one over the root of the number of inputs', () => {
    g.manualSeed(1)
    const { weight, bias } = nn.linear(100, 200)
    const values = [...weight.data()]
    expect(Math.max(...values)).toBeLessThanOrEqual(0.1)
    expect(Math.max(...values)).toBeGreaterThan(0.0999)
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-0.1)
    expect(Math.min(...values)).toBeLessThan(-0.0999)
    expect(values.reduce((sum, value) => sum + value) / values.length).toBeCloseTo(0, 2)
    expect(Math.max(...bias!.data().map(Math.abs))).toBeLessThanOrEqual(0.1)
    expect([weight.requiresGrad, bias!.requiresGrad]).toEqual([true, true])
  })

  test('the seed decides what it starts with', () => {
    const made = (): unknown => {
      g.manualSeed(9)
      return nn.linear(3, 2).weight.toArray()
    }
    expect(made()).toEqual(made())
  })

  test('without bias has one parameter', () => {
    const layer = nn.linear(2, 2, { bias: false, dtype: 'float64' })
    expect(layer.bias).toBe(null)
    expect(layer.parameters()).toEqual([layer.weight])
    expect(layer.weight.dtype).toBe('float64')
  })

  test('says what it was given and what it takes', () => {
    expect(() => nn.linear(784, 10).forward(g.ones([32, 28, 28]))).toThrow(
      '[linear] x is [32, 28, 28], and the layer takes 784 features along the last axis. Put flatten() before it.',
    )
    expect(codeOf(() => nn.linear(784, 10).forward(g.ones([])))).toBe('FEATURES_MISMATCH')
    expect(() => nn.linear(0, 10)).toThrow('[linear] inFeatures is 0. Use a whole number of at least 1.')
    expect(() => nn.linear(3, 1.5)).toThrow('[linear] outFeatures is 1.5. Use a whole number of at least 1.')
  })
})

describe('layers without parameters', () => {
  test('relu, sigmoid and tanh are the functions of those names', () => {
    const x = g.tensor([-2, -0, 0.5, Number.NaN])
    expect(nn.relu().forward(x).toArray()).toEqual(g.relu(x).toArray())
    expect(nn.sigmoid().forward(x).toArray()).toEqual(g.sigmoid(x).toArray())
    expect(nn.tanh().forward(x).toArray()).toEqual(g.tanh(x).toArray())
  })

  test('flatten keeps the batch axis and the order', () => {
    const x = g.arange(12).reshape([2, 3, 2])
    expect(nn.flatten().forward(x).toArray()).toEqual([
      [0, 1, 2, 3, 4, 5],
      [6, 7, 8, 9, 10, 11],
    ])
    expect(nn.flatten().forward(g.ones([3])).shape).toEqual([3, 1])
    expect(nn.flatten().forward(g.ones([0, 2, 2])).shape).toEqual([0, 4])
    expect(codeOf(() => nn.flatten().forward(g.ones([])))).toBe('FLATTEN_SCALAR')
  })

  test('sequential passes a value through its layers, and an empty one passes it on', () => {
    const x = g.tensor([[-1, 2]])
    expect(nn.sequential(nn.relu(), nn.flatten(), nn.relu()).forward(x).toArray()).toEqual([[0, 2]])
    expect(nn.sequential().forward(x)).toBe(x)
  })

  test('the losses are the functions of those names', () => {
    expect([nn.crossEntropy, nn.mse]).toEqual([g.crossEntropy, g.mse])
  })
})

describe('dropout', () => {
  test('in training drops a share p and scales the rest; in evaluation passes x on', () => {
    g.manualSeed(2)
    const layer = nn.dropout(0.25)
    const x = g.ones([10_000])
    const values = [...layer.forward(x).data()]
    const dropped = values.filter((value) => value === 0).length
    expect(dropped).toBeGreaterThan(2_300)
    expect(dropped).toBeLessThan(2_700)
    expect(values.every((value) => value === 0 || value === Math.fround(1 / 0.75))).toBe(true)
    expect(layer.eval().forward(x)).toBe(x)
  })

  test('drops the same elements from the gradient', () => {
    const x = g.ones([50], { requiresGrad: true })
    const y = nn.dropout(0.5).forward(x)
    y.sum().backward()
    expect(x.grad!.toArray()).toEqual(y.toArray())
  })

  test('of one seed drops the same elements eager and compiled, call after call', () => {
    const x = g.ones([100])
    const draws = [modes.eager, modes.js, modes.wasm].map((mode) => {
      const layer = nn.dropout(0.5)
      const f = mode((input: g.Tensor) => layer.forward(input))
      g.manualSeed(7)
      return [f(x), f(x), f(x)].map((y) => y.toArray())
    })
    expect(draws[1]).toEqual(draws[0])
    expect(draws[2]).toEqual(draws[0])
    expect(draws[0]![1]).not.toEqual(draws[0]![0])
  })

  test('refuses what is no probability to drop with', () => {
    for (const p of [1, -0.1, Number.NaN]) expect(codeOf(() => nn.dropout(p))).toBe('PROBABILITY_INVALID')
  })
})
