import { describe, expect, test } from 'vitest'
import { grad, hybridize, tensor, variable, whileLoop, type Tensor } from '../../src/index.ts'
import { gradients, secondGradients, states, values } from './control-programs.ts'
import { sameTwice, type Program } from './twice.ts'

const modes = [
  ['WebAssembly', 'wasm', {}],
  ['JavaScript', 'js', {}],
  ['two threads', 'wasm', { threads: 2, splitFrom: 1 }],
] as const

describe.each(modes)('control flow in %s has the bits of eager JavaScript', (_, target, options) => {
  const same = (program: Program): void =>
    void sameTwice({ ...program, options: { ...options, ...program.options } }, target)
  test.each(Object.entries(values))('%s', (_name, program) => same(program))
  test.each(Object.entries(states))('state: %s', (_name, program) => same(program))
  test.each(Object.entries(gradients))('the gradient %s', (_name, program) => same(program))
})

test.each(Object.entries(secondGradients))('second gradients %s are those of eager JavaScript', (_name, program) => {
  sameTwice(program, 'wasm')
})

test('a loop of unknown length has as much room for its gradient as it turns out to need', () => {
  const repeated = (y: Tensor, times: Tensor): Tensor =>
    whileLoop(
      ({ n }) => n.less(times),
      ({ s, n }) => ({ s: s.mul(y).sin(), n: n.add(1) }),
      { s: y, n: tensor(0) },
    ).s.sum()
  const inside = (y: Tensor, times: Tensor): Tensor => grad((leaf: Tensor) => repeated(leaf, times))(y)
  const fast = hybridize(inside)
  const y = tensor([0.9, 1.1])
  for (const passes of [3, 70, 300, 64]) {
    const times = tensor(passes)
    expect(fast(y, times).toArray()).toEqual(inside(y, times).toArray())
  }
  const under = hybridize(repeated)
  for (const passes of [5, 5, 2000]) {
    const times = tensor(passes)
    const [value, gradient] = valueAndGradOf(under, y, times)
    expect([value, gradient]).toEqual(valueAndGradOf(repeated, y, times))
  }
})

/** By an outer tape, that a compiled call is one step of. */
function valueAndGradOf(f: (y: Tensor, times: Tensor) => Tensor, y: Tensor, times: Tensor): unknown[] {
  const leaf = variable(y, { requiresGrad: true })
  const value = f(leaf.mul(1), times)
  value.backward()
  return [value.item(), leaf.grad!.toArray()]
}
