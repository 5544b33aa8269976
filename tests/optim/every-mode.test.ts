import * as g from 'gryph'
import { describe, expect, test } from 'vitest'
import { modes } from '../nn/modes.ts'
import { everyOptimizer, variants } from './every-optimizer.ts'

const steps = 500
const half = steps / 2

/** Bits of every tensor; NaN and −0 count. */
const bitsOf = (state: g.nn.StateDict): Record<string, string> =>
  Object.fromEntries(
    Object.entries(state).map(([name, tensor]) => [name, Buffer.from(tensor.data().buffer).toString('hex')]),
  )

type Mode = keyof typeof modes

function made([name, options]: (typeof variants)[number], mode: Mode) {
  g.manualSeed(7)
  const [hidden, output] = [g.nn.linear(3, 5), g.nn.linear(5, 2)]
  const net = g.nn.sequential(hidden, g.nn.tanh(), output)
  const optimizer = everyOptimizer[name](net.parameters(), options)
  const batches = [0, 1, 2].map(() => [g.randn([4, 3]), g.randint(0, 2, [4])] as const)
  const step = modes[mode](function step(x: g.Tensor, y: g.Tensor) {
    const loss = g.nn.crossEntropy(net.forward(x), y)
    loss.backward()
    optimizer.step()
    return loss
  })
  return {
    net,
    optimizer,
    /** Steps `from` + 1 … `to`: their losses. */
    train: (from: number, to: number): number[] =>
      Array.from({ length: to - from }, (_, i) => step(...batches[(from + i) % 3]!).item()),
    state: () => ({ ...bitsOf(net.stateDict()), ...bitsOf(optimizer.stateDict()) }),
  }
}

describe.each(variants)('500 steps of a small network with %s, %o', (...variant) => {
  const eager = made(variant, 'eager')
  let saved: readonly g.nn.StateDict[] = []
  let losses: readonly number[] = []

  test('change every parameter and lower the loss', () => {
    const before = bitsOf(eager.net.stateDict())
    const first = eager.train(0, half)
    saved = [eager.net.stateDict(), eager.optimizer.stateDict()]
    losses = [...first, ...eager.train(half, steps)]
    const after = bitsOf(eager.net.stateDict())
    for (const [name, bits] of Object.entries(before)) expect([name, after[name] === bits]).toEqual([name, false])
    expect(losses.at(-1)).toBeLessThan(losses[0]!)
  })

  test.each(['js', 'wasm'] as const)('give the same bits compiled: %s', (mode) => {
    const compiled = made(variant, mode)
    expect(compiled.train(0, steps)).toEqual(losses)
    expect(compiled.state()).toEqual(eager.state())
  })

  test.each(['eager', 'wasm'] as const)('go on from step 250 with the same bits: %s', (mode) => {
    const resumed = made(variant, mode)
    resumed.net.loadStateDict(saved[0]!)
    resumed.optimizer.loadStateDict(saved[1]!)
    expect(resumed.train(half, steps)).toEqual(losses.slice(half))
    expect(resumed.state()).toEqual(eager.state())
  })
})
