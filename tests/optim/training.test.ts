import * as g from 'gryph'
import { describe, expect, test } from 'vitest'
import { modes } from '../nn/modes.ts'

const { nn, optim } = g

/** Others are tried on a smaller network, in every-mode.test.ts. */
const optimizers: { readonly [name: string]: (parameters: g.Tensor[]) => g.optim.Optimizer } = {
  momentum: (parameters) => optim.sgd(parameters, { lr: 0.05, momentum: 0.9 }),
  adam: (parameters) => optim.adam(parameters, { lr: 0.01, weightDecay: 1e-2 }),
}

function build(
  makeOptimizer: (parameters: g.Tensor[]) => g.optim.Optimizer,
  mode: <F extends (...args: never[]) => unknown>(f: F) => F,
) {
  g.manualSeed(11)
  const net = nn.sequential(
    nn.flatten(),
    nn.linear(6, 9),
    nn.relu(),
    nn.dropout(0.2),
    nn.linear(9, 5),
    nn.tanh(),
    nn.linear(5, 3),
  )
  const optimizer = makeOptimizer(net.parameters())
  const step = mode(function step(x: g.Tensor, y: g.Tensor): g.Tensor {
    const loss = nn.crossEntropy(net.forward(x), y)
    loss.backward()
    optimizer.step()
    return loss
  })
  return { net, optimizer, step }
}

function batches(): [g.Tensor, g.Tensor][] {
  g.manualSeed(21)
  return [0, 1, 2].map(() => {
    const x = g.randn([13, 2, 3])
    return [
      x,
      x
        .reshape([13, 6])
        .slice([null, [0, 3]])
        .argmax(1),
    ]
  })
}

/** Bits of every tensor; NaN and −0 count. */
const bitsOf = (state: g.nn.StateDict): Record<string, number[]> =>
  Object.fromEntries(Object.entries(state).map(([name, tensor]) => [name, [...new Uint8Array(tensor.data().buffer)]]))

describe.each(Object.entries(optimizers))('100 steps with %s', (_, makeOptimizer) => {
  test('give the same bits eager, compiled to JavaScript and compiled to WebAssembly, and learn', () => {
    const data = batches()
    const runs = [modes.eager, modes.js, modes.wasm].map((mode) => {
      const { net, optimizer, step } = build(makeOptimizer, mode)
      const losses = Array.from({ length: 100 }, (_, i) => step(...data[i % 3]!).item())
      return {
        losses,
        parameters: bitsOf(net.stateDict()),
        state: bitsOf(optimizer.stateDict()),
        hasGrad: net.parameters().some(({ grad }) => grad !== null),
      }
    })
    expect(runs[1]).toEqual(runs[0])
    expect(runs[2]).toEqual(runs[0])
    const { losses } = runs[0]!
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value) / values.length
    expect(mean(losses.slice(-9))).toBeLessThan(mean(losses.slice(0, 9)))
    expect(losses.every(Number.isFinite)).toBe(true)
  })
})

test('the whole training step compiles once', () => {
  const data = batches()
  const { net, optimizer, step } = build(optimizers['adam']!, (f) => f)
  const fast = g.hybridize(step, { fullGraph: true })
  for (let i = 0; i < 10; i++) fast(...data[i % 3]!)
  expect(fast.stats).toMatchObject({ traces: 1, calls: 10, compiledCalls: 9 })
  const [report] = fast.explain().specialisations
  // Every parameter and every state but the learning rate, and the random counter.
  expect(report!.stateWrites).toBe(net.parameters().length + Object.keys(optimizer.stateDict()).length - 1 + 1)
  expect(report!.frozen.filter(({ kind }) => kind === 'tensor')).toEqual([])
})

test.each(['momentum', 'adam'])(
  'training with %s resumes from its state with the same bits, in another mode too',
  (name) => {
    const data = batches()
    const whole = build(optimizers[name]!, modes.wasm)
    whole.net.eval()
    const continued = Array.from({ length: 20 }, (_, i) => whole.step(...data[i % 3]!).item()).slice(10)

    const first = build(optimizers[name]!, modes.wasm)
    first.net.eval()
    for (let i = 0; i < 10; i++) first.step(...data[i % 3]!)
    const saved = { net: first.net.stateDict(), optimizer: first.optimizer.stateDict() }
    for (const mode of [modes.eager, modes.js, modes.wasm]) {
      const second = build(optimizers[name]!, mode)
      second.net.eval()
      second.step(...data[0]!) // to be overwritten
      second.optimizer.lr = 7
      second.net.loadStateDict(saved.net)
      second.optimizer.loadStateDict(saved.optimizer)
      expect(Array.from({ length: 10 }, (_, i) => second.step(...data[(10 + i) % 3]!).item())).toEqual(continued)
      expect(bitsOf(second.net.stateDict())).toEqual(bitsOf(whole.net.stateDict()))
    }
  },
)

test('several backward calls before a step accumulate, compiled as well', () => {
  const data = batches()
  const results = [modes.eager, modes.js, modes.wasm].map((mode) => {
    g.manualSeed(4)
    const net = nn.linear(6, 3)
    const optimizer = optim.sgd(net.parameters(), { lr: 0.1, momentum: 0.5 })
    const backward = mode((x: g.Tensor, y: g.Tensor) => {
      nn.crossEntropy(net.forward(x.reshape([13, 6])), y).backward()
    })
    const step = mode(() => optimizer.step())
    for (let i = 0; i < 6; i++) {
      for (const [x, y] of data) backward(x, y)
      step()
    }
    return bitsOf(net.stateDict())
  })
  expect(results[1]).toEqual(results[0])
  expect(results[2]).toEqual(results[0])
})

test('a failed check leaves parameters, state and gradients as they were', () => {
  const [x] = batches()[0]!
  const { net, optimizer, step } = build(optimizers['adam']!, modes.wasm)
  const y = g.zeros([13], { dtype: 'int32' })
  for (let i = 0; i < 3; i++) step(x, y)
  const before = [bitsOf(net.stateDict()), bitsOf(optimizer.stateDict())]
  expect(() => step(x, g.full([13], 3, { dtype: 'int32' }))).toThrow(g.GryphError)
  expect([bitsOf(net.stateDict()), bitsOf(optimizer.stateDict())]).toEqual(before)
  expect(net.parameters().every(({ grad }) => grad === null)).toBe(true)
})
