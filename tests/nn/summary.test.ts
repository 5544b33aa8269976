import * as g from 'gryph'
import { expect, test } from 'vitest'
import { bitsOf } from '../frontend/twice.ts'
import { codeOf } from './modes.ts'

const { nn } = g

test('a summary is a table of layers with output shapes, parameters and bytes', () => {
  const net = nn.sequential(nn.conv2d(1, 6, 5), nn.batchNorm2d(6), nn.relu(), nn.flatten(), nn.linear(3456, 10))
  const result = nn.summary(net, [2, 1, 28, 28])
  expect(String(result).split('\n')).toEqual([
    'layer              output shape    parameters    bytes',
    'Sequential         [2, 10]                  0        0',
    '  (0) Conv2d       [2, 6, 24, 24]         156      624',
    '  (1) BatchNorm2d  [2, 6, 24, 24]          12      100',
    '  (2) ReLU         [2, 6, 24, 24]           0        0',
    '  (3) Flatten      [2, 3456]                0        0',
    '  (4) Linear       [2, 10]             34,570  138,280',
    'total                                  34,738  139,004',
  ])
  expect(result.rows[5]).toEqual({
    name: '4',
    depth: 1,
    layer: 'Linear',
    outputShapes: [[2, 10]],
    parameters: 34570,
    bytes: 138280,
  })
  expect(result.parameters).toBe(net.parameters().reduce((sum, { size }) => sum + size, 0))
})

test('several outputs are all shown, several inputs are given in an array, and a module that is not called has no shape', () => {
  const { rows } = nn.summary(nn.lstm(3, 4, { numLayers: 2 }), [[5, 2, 3]])
  expect(rows[0]!.outputShapes).toEqual([
    [5, 2, 4],
    [2, 2, 4],
    [2, 2, 4],
  ])
  const across = nn.summary(nn.multiheadAttention(4, 2), [[3, 1, 4], g.ones([5, 1, 4])])
  expect(across.rows.map(({ name, outputShapes }) => [name, outputShapes[0]])).toEqual([
    ['', [3, 1, 4]],
    ['outProj', [1, 3, 4]],
  ])
  class Lazy extends nn.Module {
    readonly used = nn.embedding(5, 2)
    readonly unused = nn.moduleList([nn.relu()])
    forward(ids: g.Tensor): g.Tensor {
      return this.used.forward(ids)
    }
  }
  const lazy = nn.summary(new Lazy(), [3], { dtype: 'int32' })
  expect(lazy.rows.map(({ name, outputShapes }) => [name, outputShapes])).toEqual([
    ['', [[3, 2]]],
    ['used', [[3, 2]]],
    ['unused', []],
    ['unused.0', []],
  ])
})

/** Draws, counts and fails in evaluation too, unlike layers of this library. */
class Restless extends nn.Module {
  readonly calls = nn.buffer(0, { dtype: 'int32' })
  readonly norm = nn.batchNorm1d(2)
  isFailing = false
  forward(x: g.Tensor): g.Tensor {
    this.calls.assign(this.calls.add(1))
    if (this.isFailing) throw new Error('failed')
    return this.norm.forward(x).add(g.rand(x.shape))
  }
}

test('leaves no trace in state, modes, random numbers, recordings and gradients', () => {
  g.manualSeed(3)
  const expected = g.rand([3]).toArray()
  const net = new Restless()
  net.norm.eval()
  const fast = g.hybridize((x: g.Tensor) => net.forward(x))
  const x = g.ones([4, 2])
  for (let i = 0; i < 2; i++) fast(x)
  const before = bitsOf(net.stateDict())
  const { traces } = fast.stats
  g.manualSeed(3)
  nn.summary(net, [4, 2])
  expect(g.rand([3]).toArray()).toEqual(expected)
  expect(bitsOf(net.stateDict())).toEqual(before)
  expect([net.training, net.norm.training]).toEqual([true, false])
  expect(Object.keys(net)).toEqual(['calls', 'norm', 'isFailing'])
  fast(x)
  expect(fast.stats.traces).toBe(traces)
  net.isFailing = true
  const after = bitsOf(net.stateDict())
  expect(() => nn.summary(net, [4, 2])).toThrow('failed')
  expect(bitsOf(net.stateDict())).toEqual(after)
  expect(Object.keys(net)).toEqual(['calls', 'norm', 'isFailing'])
})

test('a module that compiles itself runs eagerly, and is compiled afterwards as before', () => {
  const net = nn.sequential(nn.linear(3, 2), nn.relu()).hybridize()
  const x = g.ones([1, 3])
  for (let i = 0; i < 2; i++) net.forward(x)
  const { calls, traces } = net.forward.stats
  expect(nn.summary(net, [7, 3]).rows.map(({ outputShapes }) => outputShapes)).toEqual([[[7, 2]], [[7, 2]], [[7, 2]]])
  expect(net.forward.stats).toMatchObject({ calls, traces })
  net.forward(x)
  expect(net.forward.stats).toMatchObject({ calls: calls + 1, traces })
})

test('refuses what is no module and no shape', () => {
  expect(codeOf(() => nn.summary('net' as never, [1]))).toBe('SUMMARY_INPUT')
  expect(codeOf(() => nn.summary(nn.relu(), 'x' as never))).toBe('SUMMARY_INPUT')
  expect(codeOf(() => nn.summary(nn.relu(), [1.5]))).toBe('SIZE_INVALID')
})
