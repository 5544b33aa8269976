import { createHash } from 'node:crypto'
import * as g from 'gryph'
import { expect, test } from 'vitest'
import { modes } from '../nn/modes.ts'

const { nn, optim } = g
const steps = 100
/** A step takes 40 ms in JavaScript, and up to 200 ms where the engine fuses multiply-adds, which JavaScript has to emulate. */
const stepsInJavaScript = 40
const batch = 32

const optimizers: { readonly [name: string]: (parameters: g.Tensor[]) => g.optim.Optimizer } = {
  sgd: (parameters) => optim.sgd(parameters, { lr: 0.1 }),
  momentum: (parameters) => optim.sgd(parameters, { lr: 0.03, momentum: 0.9 }),
  adam: (parameters) => optim.adam(parameters, { lr: 1e-3 }),
}

/** Of names and bits; NaN and −0 count. */
function digest(state: g.nn.StateDict): string {
  const hash = createHash('sha256')
  for (const [name, tensor] of Object.entries(state)) hash.update(name).update(new Uint8Array(tensor.data().buffer))
  return hash.digest('hex')
}

function train(makeOptimizer: (parameters: g.Tensor[]) => g.optim.Optimizer, mode: keyof typeof modes, count: number) {
  g.manualSeed(3)
  const net = nn.sequential(nn.linear(784, 256), nn.relu(), nn.linear(256, 128), nn.relu(), nn.linear(128, 10))
  const optimizer = makeOptimizer(net.parameters())
  function trainStep(x: g.Tensor, y: g.Tensor): g.Tensor {
    const loss = nn.crossEntropy(net.forward(x), y)
    loss.backward()
    optimizer.step()
    return loss
  }
  const step = modes[mode](trainStep)
  const batches = Array.from({ length: 4 }, () => [g.rand([batch, 784]), g.randint(0, 10, [batch])] as const)
  const losses: number[] = []
  const states: string[] = []
  for (let i = 1; i <= count; i++) {
    const [x, y] = batches[i % batches.length]!
    losses.push(step(x, y).item())
    if (i % 10 === 0) states.push(digest({ ...net.stateDict(), ...optimizer.stateDict() }))
  }
  return { losses, states }
}

test.each(Object.entries(optimizers))(
  'the 784-256-128-10 network with %s keeps the same bits eager, in WebAssembly and in JavaScript',
  (_, makeOptimizer) => {
    const eager = train(makeOptimizer, 'eager', steps)
    expect(train(makeOptimizer, 'wasm', steps)).toEqual(eager)
    const inJavaScript = train(makeOptimizer, 'js', stepsInJavaScript)
    expect(inJavaScript.losses).toEqual(eager.losses.slice(0, stepsInJavaScript))
    expect(inJavaScript.states).toEqual(eager.states.slice(0, stepsInJavaScript / 10))
    expect(eager.states).toHaveLength(steps / 10)
    expect(new Set(eager.states).size).toBe(steps / 10)
  },
  60_000,
)
