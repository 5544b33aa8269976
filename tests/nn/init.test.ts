import * as g from 'gryph'
import { describe, expect, test } from 'vitest'

const { nn } = g

const statistics = (tensor: g.Tensor) => {
  const values = Array.from(tensor.data())
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, deviation: Math.sqrt(variance), largest: Math.max(...values.map(Math.abs)) }
}
const target = (shape: readonly number[]): g.Tensor => {
  g.manualSeed(1)
  return nn.parameter(g.zeros(shape))
}
const [matrix, filters] = [
  [200, 100],
  [40, 20, 5, 5],
]

describe('initialisers', () => {
  // The deviations of PyTorch 1.13 for weights of 100 × 200 (its [out, in]) and 40 × 20 × 5 × 5.
  test.each([
    ['uniform', matrix, (t: g.Tensor) => nn.init.uniform(t, -2, 2), 2, 4 / Math.sqrt(12)],
    ['normal', matrix, (t: g.Tensor) => nn.init.normal(t, 0, 3), Infinity, 3],
    ['xavierUniform', matrix, (t: g.Tensor) => nn.init.xavierUniform(t), Math.sqrt(6 / 300), Math.sqrt(2 / 300)],
    ['xavierNormal', matrix, (t: g.Tensor) => nn.init.xavierNormal(t, { gain: 2 }), Infinity, 2 * Math.sqrt(2 / 300)],
    ['xavierUniform', filters, (t: g.Tensor) => nn.init.xavierUniform(t), Math.sqrt(6 / 1500), Math.sqrt(2 / 1500)],
    ['kaimingUniform', matrix, (t: g.Tensor) => nn.init.kaimingUniform(t), Math.sqrt(6 / 200), Math.sqrt(2 / 200)],
    [
      'kaimingNormal',
      filters,
      (t: g.Tensor) => nn.init.kaimingNormal(t, { mode: 'fanOut', nonlinearity: 'relu' }),
      Infinity,
      Math.sqrt(2 / 1000),
    ],
  ] as const)('%s of %j has the bounds and the deviation of PyTorch', (_, shape, fill, bound, deviation) => {
    const tensor = target(shape!)
    expect(fill(tensor)).toBe(tensor)
    const found = statistics(tensor)
    expect(found.largest).toBeLessThanOrEqual(bound * (1 + 1e-6))
    if (bound < Infinity) expect(found.largest).toBeGreaterThan(0.99 * bound)
    expect(Math.abs(found.mean)).toBeLessThan(0.03 * deviation)
    expect(found.deviation / deviation).toBeCloseTo(1, 1)
    expect(Math.abs(found.deviation / deviation - 1)).toBeLessThan(0.02)
  })

  test('constants fill parameters and buffers of any dtype', () => {
    expect(nn.init.zeros(nn.parameter([1, 2])).toArray()).toEqual([0, 0])
    expect(nn.init.ones(nn.buffer([3], { dtype: 'int32' })).toArray()).toEqual([1])
    expect(nn.init.constant(nn.parameter([1, 2], { dtype: 'float64' }), 0.1).toArray()).toEqual([0.1, 0.1])
  })

  test('calculateGain gives the factors of PyTorch', () => {
    const names = ['linear', 'conv2d', 'sigmoid', 'tanh', 'relu', 'leakyRelu', 'selu'] as const
    expect(names.map((name) => nn.init.calculateGain(name))).toEqual([
      1,
      1,
      1,
      5 / 3,
      Math.SQRT2,
      Math.sqrt(2 / 1.0001),
      0.75,
    ])
    expect(nn.init.calculateGain('leakyRelu', 1)).toBe(1)
  })

  test('draw the same numbers for the same seed', () => {
    expect(nn.init.normal(target([3])).toArray()).toEqual(nn.init.normal(target([3])).toArray())
  })
})

describe('parameters start as in PyTorch', () => {
  test.each([
    ['embedding', () => nn.embedding(100, 50).weight, Infinity, 1],
    ['multiheadAttention', () => nn.multiheadAttention(60, 2).inProjWeight, Math.sqrt(6 / 240), Math.sqrt(2 / 240)],
    ['its last map', () => nn.multiheadAttention(100, 2).outProj.weight, 0.1, 0.1 / Math.sqrt(3)],
    ['gru', () => nn.gru(50, 25).cells[0]!.weightHh, 0.2, 0.2 / Math.sqrt(3)],
  ] as const)('%s', (_, make, bound, deviation) => {
    g.manualSeed(2)
    const found = statistics(make())
    expect(found.largest).toBeLessThanOrEqual(bound)
    expect(Math.abs(found.mean)).toBeLessThan(0.05 * deviation)
    expect(Math.abs(found.deviation / deviation - 1)).toBeLessThan(0.03)
  })

  test('biases of attention and the padding of an embedding are 0, norms begin as 1 and 0', () => {
    const attention = nn.multiheadAttention(4, 2)
    expect(new Set([...attention.inProjBias!.data(), ...attention.outProj.bias!.data()])).toEqual(new Set([0]))
    expect(nn.embedding(3, 2, { paddingIdx: -1 }).weight.slice([2]).toArray()).toEqual([0, 0])
    const norm = nn.batchNorm1d(2)
    expect([norm.weight, norm.bias, norm.runningMean, norm.runningVar].map((t) => t!.toArray())).toEqual([
      [1, 1],
      [0, 0],
      [0, 0],
      [1, 1],
    ])
  })
})

describe('lists of modules', () => {
  test('name their modules by position and are gone over', () => {
    const list = nn.moduleList([nn.linear(2, 2), nn.linear(2, 1)])
    expect([list.length, [...list].length, list.at(-1)!.outFeatures]).toEqual([2, 2, 1])
    expect(Object.keys(list.stateDict())).toEqual(['0.weight', '0.bias', '1.weight', '1.bias'])
    expect(list.eval().at(0)!.training).toBe(false)
  })

  test('flatten joins the axes that are asked for', () => {
    const x = g.ones([2, 3, 4, 5])
    expect(nn.flatten(2).forward(x).shape).toEqual([2, 3, 20])
    expect(nn.flatten(0, 1).forward(x).shape).toEqual([6, 4, 5])
    expect(nn.flatten(0).forward(x).shape).toEqual([120])
  })
})
