import * as g from 'gryph'
import { describe, expect, test } from 'vitest'
import { bitsOf, sameTwice } from '../frontend/twice.ts'

const { nn } = g

/** The same step by step, with one op after another and no loop. */
function unrolled(net: g.nn.Lstm, x: g.Tensor): g.Tensor {
  const [{ weightIh, weightHh, biasIh, biasHh }] = net.cells as [g.nn.CellWeights]
  let h = g.zeros([x.shape[1]!, net.hiddenSize])
  let c = h
  const outputs = Array.from({ length: x.shape[0]! }, (_, t) => {
    const gates = x.slice([t]).matmul(weightIh).add(biasIh!.add(biasHh!)).add(h.matmul(weightHh))
    const [i, f, n, o] = [0, 1, 2, 3].map((k) => gates.slice([null, [k * net.hiddenSize, (k + 1) * net.hiddenSize]]))
    c = f!.sigmoid().mul(c).add(i!.sigmoid().mul(n!.tanh()))
    h = o!.sigmoid().mul(c.tanh())
    return h
  })
  return g.stack(outputs)
}

describe('a recurrent layer', () => {
  test('over 32 steps is a program with one loop, and has the bits of the unrolled steps in both modes', () => {
    g.manualSeed(1)
    const net = nn.lstm(3, 8)
    const x = g.randn([32, 2, 3])
    const expected = unrolled(net, x)
    expect(bitsOf(net.forward(x)[0].detach())).toEqual(bitsOf(expected.detach()))
    const fast = g.hybridize((given: g.Tensor) => net.forward(given)[0])
    fast(x)
    expect(bitsOf(fast(x).detach())).toEqual(bitsOf(expected.detach()))
    const [report] = fast.explain().specialisations
    expect(String(fast.graphs()[0]!.optimized).match(/= (loop|while|for|scan)\b/g)).toHaveLength(1)
    expect(report!.kernels.length).toBeLessThan(15)
  })

  test('learns through the loop with the bits of eager', () => {
    // Whether the first of a row of signs was positive: only memory tells.
    const make = () => {
      const net = nn.gru(1, 6, { batchFirst: true })
      const head = nn.linear(6, 1)
      const optimizer = g.optim.adam([...net.parameters(), ...head.parameters()], { lr: 0.05 })
      const fn = (x: g.Tensor): g.Tensor => {
        const [, last] = net.forward(x)
        const target = x.slice([null, 0]).greater(0).cast('float32')
        const loss = nn.bceWithLogits(head.forward(last.squeeze(0)), target)
        loss.backward()
        optimizer.step()
        return loss
      }
      const x = g.randn([16, 6, 1]).sign()
      return { fn, calls: Array.from({ length: 3 }, () => [x]), state: () => net.parameters() }
    }
    sameTwice({ make }, 'wasm')
    g.manualSeed(2)
    const { fn, calls } = make()
    const fast = g.hybridize(fn)
    const losses = Array.from({ length: 80 }, () => fast(calls[0]![0]!).item())
    expect(losses[0]).toBeGreaterThan(0.5)
    expect(losses.at(-1)).toBeLessThan(0.1)
  })

  test('drops between layers in training only, with the same numbers in both modes', () => {
    const draws = (wrap: <F extends (x: g.Tensor) => g.Tensor>(f: F) => F) => {
      g.manualSeed(5)
      const net = nn.rnn(2, 3, { numLayers: 2, dropout: 0.5 })
      const f = wrap((x: g.Tensor) => net.forward(x)[0].detach())
      const x = g.ones([3, 2, 2])
      return [f(x), f(x), f(x), (net.eval(), f(x)), f(x)].map(bitsOf)
    }
    const eager = draws((f) => f)
    expect(draws((f) => g.hybridize(f) as unknown as typeof f)).toEqual(eager)
    expect(eager[0]).not.toEqual(eager[1])
    expect(eager[3]).toEqual(eager[4])
  })

  test('begins with a state that is given, and can go on from one it gave', () => {
    const net = nn.lstm(2, 3, { numLayers: 2, dtype: 'float64' })
    const x = g.randn([6, 2, 2], { dtype: 'float64' })
    const [whole] = net.forward(x)
    const [first, state] = net.forward(x.slice([[0, 4]]))
    const [second] = net.forward(x.slice([[4, 6]]), state)
    expect(bitsOf(g.concat([first, second]).detach())).toEqual(bitsOf(whole.detach()))
  })

  test('has parameters under the names of PyTorch, uniform within ±1/√hiddenSize', () => {
    const net = nn.sequential(nn.linear(1, 1), nn.linear(1, 1))
    expect(Object.keys(net.stateDict())).toEqual(['0.weight', '0.bias', '1.weight', '1.bias'])
    const lstm = nn.lstm(3, 4, { bidirectional: true })
    expect(lstm.namedParameters().map(([name, { shape }]) => [name, [...shape]])).toEqual([
      ['weightIhL0', [3, 16]],
      ['weightHhL0', [4, 16]],
      ['biasIhL0', [16]],
      ['biasHhL0', [16]],
      ['weightIhL0Reverse', [3, 16]],
      ['weightHhL0Reverse', [4, 16]],
      ['biasIhL0Reverse', [16]],
      ['biasHhL0Reverse', [16]],
    ])
    const values = lstm.parameters().flatMap((parameter) => Array.from(parameter.data()))
    expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(0.5)
    expect(Math.max(...values.map(Math.abs))).toBeGreaterThan(0.49)
  })
})
