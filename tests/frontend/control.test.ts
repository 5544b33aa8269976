import { describe, expect, test } from 'vitest'
import {
  assign,
  cond,
  forLoop,
  gather,
  grad,
  hybridize,
  isTraced,
  tensor,
  variable,
  whileLoop,
  zeros,
  type Tensor,
} from '../../src/index.ts'
import { gradients, secondGradients, states, values } from './control-programs.ts'
import { bitsOf, sameTwice, type Program } from './twice.ts'

const [up, down] = [tensor([1, 2, 3]), tensor([-1, -2, -3])]

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

describe.each(Object.entries(gradients))('the gradient %s', (_name, { f }) => {
  test('is the same under an outer tape, where the compiled call is one step', () => {
    const fast = hybridize(f)
    for (const x of [up, down, up]) {
      const [value, gradient] = backwardThrough(f, x)
      // Where eager JavaScript takes a branch that no gradient flows through, the compiled gradient is 0.
      expect(bitsOf(backwardThrough(fast, x))).toEqual(bitsOf([value, gradient ?? zeros([3])]))
    }
  })

  test('is that of central differences in float64', () => {
    const x = up.cast('float64')
    const slope = hybridize((y: Tensor) => grad((leaf: Tensor) => f(leaf, x))(y))
    const at = [0.6, 1.1, 0.7]
    const gradient = slope(tensor(at, { dtype: 'float64' })).data()
    const h = 1e-6
    at.forEach((_value, i) => {
      const moved = (by: number): number =>
        f(tensor(at.with(i, at[i]! + by), { dtype: 'float64' }), x).item()
      // What is detached or decided by a value is no part of the slope.
      if (!/detached|inside a loop/.test(_name)) expect(gradient[i]).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 4)
    })
  })
})

function backwardThrough(f: (y: Tensor, x: Tensor) => Tensor, x: Tensor): [Tensor, Tensor | null] {
  const leaf = variable(x.mul(0.5), { requiresGrad: true })
  const value = f(leaf.mul(1), x)
  if (value.requiresGrad) value.backward()
  return [value.detach(), leaf.grad]
}

test.each(Object.entries(secondGradients))('second gradients %s are those of eager JavaScript, but for rounding', (_name, program) => {
  const { fn, calls } = program.make()
  const fast = hybridize(fn)
  for (const args of [...calls, ...calls] as never[][]) {
    const [eager, compiled] = [fn(...args) as Tensor, fast(...args) as Tensor]
    const differences = eager.data().map((value, i) => Math.abs(compiled.data()[i]! - value) / (1 + Math.abs(value)))
    expect(Math.max(...differences)).toBeLessThan(1e-6)
  }
})

test('what a recorded call puts off is computed with its control ops, when something wants it before the call ends', () => {
  const make = () => {
    const w = variable([1, 2, 3])
    const fn = (x: Tensor, at: Tensor): Tensor => {
      assign(w, cond(x.sum().greater(0), () => w.add(x), () => x))
      return gather(w, at).add(forLoop(0, 3, (i, s) => s.add(i), x))
    }
    return { fn, calls: [up, down, up].map((x) => [x, tensor([2, 0, 1], { dtype: 'int32' })]), state: () => w }
  }
  sameTwice({ make }, 'wasm')
})

test('after a host read, control functions run the JavaScript', () => {
  const ran: string[] = []
  const fn = (x: Tensor): Tensor => {
    const before = cond(x.sum().greater(0), () => x.mul(2), () => x.neg())
    const size = before.sum().item()
    return cond(
      x.sum().greater(0),
      () => {
        ran.push('up')
        return before.add(size)
      },
      () => {
        ran.push('down')
        return before.sub(size)
      },
    )
  }
  const fast = hybridize(fn)
  for (const x of [up, down, up]) expect(fast(x).toArray()).toEqual(fn(x).toArray())
  expect(ran).toEqual(['up', 'up', 'down', 'down', 'up', 'up'])
})

test('eagerly, control functions run what they are given, with values to look at', () => {
  const seen: unknown[] = []
  cond(tensor(1).greater(0), () => seen.push('true'), () => seen.push('false'))
  forLoop(1, 3, (i, s) => (seen.push(i.item()), s.add(i)), tensor(0))
  whileLoop((n) => n < 2, (n) => (seen.push(n), n + 1), 0)
  expect(seen).toEqual(['true', 1, 2, 0, 1])
  expect(isTraced(tensor(1))).toBe(false)
  expect(hybridize((x: Tensor) => x.mul(Number(isTraced(x))))(up).toArray()).toEqual([1, 2, 3])
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
