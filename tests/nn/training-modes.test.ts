import * as g from 'gryph'
import { describe, expect, test } from 'vitest'
import { bitsOf } from '../frontend/twice.ts'

const { nn } = g
type Wrap = <F extends (x: g.Tensor) => unknown>(f: F) => F
const wraps: readonly Wrap[] = [(f) => f, (f) => g.hybridize(f) as unknown as typeof f] // called like the original

describe('a network with batch normalization and dropout', () => {
  const history = (wrap: Wrap) => {
    g.manualSeed(4)
    const net = nn.sequential(nn.linear(3, 4), nn.batchNorm1d(4), nn.dropout(0.5), nn.linear(4, 1))
    const optimizer = g.optim.sgd(net.parameters(), { lr: 0.1 })
    const predict = wrap((x: g.Tensor) => net.forward(x).detach())
    const train = wrap((x: g.Tensor) => {
      const loss = net.forward(x).square().mean()
      loss.backward()
      optimizer.step()
      return loss
    })
    const x = g.randn([6, 3])
    const notes: unknown[] = []
    const note = (result: unknown): void => void notes.push(bitsOf([result, net.stateDict()]))
    for (let i = 0; i < 3; i++) note(train(x))
    net.eval()
    for (let i = 0; i < 2; i++) note(predict(x))
    net.train()
    for (let i = 0; i < 2; i++) note(predict(x))
    note(train(x))
    note(g.noGrad(() => predict(x)))
    return { notes, net }
  }

  test('has the same state and random numbers in both modes, through training and evaluation', () => {
    const [eager, compiled] = wraps.map(history)
    expect(compiled!.notes).toEqual(eager!.notes)
    expect(eager!.notes[3]).toEqual(eager!.notes[4])
    expect(eager!.notes[5]).not.toEqual(eager!.notes[6])
    // Forward passes in training are counted, whether or not they trained.
    expect(eager!.net.stateDict()['1.numBatchesTracked']!.item()).toBe(7)
  })

  test('keeps its running values in the state dictionary, under the names of PyTorch', () => {
    const net = nn.batchNorm2d(2)
    expect(Object.keys(net.stateDict())).toEqual(['weight', 'bias', 'runningMean', 'runningVar', 'numBatchesTracked'])
    expect(net.namedBuffers().map(([name]) => name)).toEqual(['runningMean', 'runningVar', 'numBatchesTracked'])
    expect(net.namedParameters().map(([name]) => name)).toEqual(['weight', 'bias'])
    expect(Object.keys(nn.batchNorm2d(2, { affine: false, trackRunningStats: false }).stateDict())).toEqual([])
  })
})

test('attention drops weights in training only, alike in both modes', () => {
  const [eager, compiled] = wraps.map((wrap) => {
    g.manualSeed(6)
    const layer = nn.transformerEncoderLayer(4, 2, { dimFeedforward: 8, dropout: 0.3 })
    const f = wrap((x: g.Tensor) => layer.forward(x, { isCausal: true }).detach())
    const x = g.randn([3, 2, 4])
    return [f(x), f(x), f(x), (layer.eval(), f(x)), f(x)].map(bitsOf)
  })
  expect(compiled).toEqual(eager)
  expect(eager![0]).not.toEqual(eager![1])
  expect(eager![3]).toEqual(eager![4])
})

test('a causal mask hides what comes later', () => {
  const layer = nn.transformerEncoderLayer(4, 2, { dimFeedforward: 8, batchFirst: true }).eval()
  const x = g.randn([1, 5, 4])
  const start = layer.forward(x.slice([null, [0, 3]]), { isCausal: true })
  const whole = layer.forward(x, { isCausal: true }).slice([null, [0, 3]])
  start.data().forEach((value, i) => expect(whole.data()[i]).toBeCloseTo(value, 5))
})

test('scaledDotProductAttention is the mean of values where scores are equal, and takes masks of bool and of numbers', () => {
  const [query, key] = [g.zeros([2, 3]), g.ones([4, 3])]
  const value = g.tensor([[1], [2], [3], [6]])
  const looks = g.tensor([
    [true, true, false, false],
    [false, false, false, true],
  ])
  expect(g.scaledDotProductAttention(query, key, value).toArray()).toEqual([[3], [3]])
  expect(g.scaledDotProductAttention(query, key, value, { attnMask: looks }).toArray()).toEqual([[1.5], [6]])
  const masked = g.scaledDotProductAttention(query, key, value, { attnMask: g.where(looks, 0, -Infinity) })
  expect(masked.toArray()).toEqual([[1.5], [6]])
  expect(g.scaledDotProductAttention(query, key, value, { isCausal: true }).toArray()).toEqual([[1], [1.5]])
})
