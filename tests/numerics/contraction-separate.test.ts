import { expect, test } from 'vitest'
import { tensor, matmul, variable, hybridize, type Tensor } from '../../src/index.ts'
import { fmaRule } from '../../src/runtime/engine.ts'
import { expectWrittenOrder } from './contraction-cases.ts'
import { inEveryMode, spread } from './same-bits.ts'

test(
  'an element of a contraction adds products in increasing k into one accumulator, by the rule of the process',
  expectWrittenOrder,
)

test('the rule is two roundings on an engine without relaxed SIMD', () => {
  const x = Math.fround(1 + 2 ** -12)
  const [product] = inEveryMode(
    (a, b) => matmul(a!, b!),
    tensor([[x, 1]]),
    tensor([
      [x, 0],
      [-(1 + 2 ** -11), 0],
    ]),
  )
  // (1 + 2⁻¹²)² = 1 + 2⁻¹¹ + 2⁻²⁴, whose last term a product of its own loses; here it is the first product, so that both rules lose it.
  expect(product).toBe(0)
  const [added] = inEveryMode(
    (a, b) => matmul(a!, b!),
    tensor([[1, x]]),
    tensor([
      [-(1 + 2 ** -11), 0],
      [x, 0],
    ]),
  )
  expect(added).toBe(fmaRule() === 'fused' ? 2 ** -24 : 0)
})

test('one column is a product and a sum, in the order of sums', () => {
  const [a, b] = [spread(3 * 1100), spread(1100, 5)]
  const [x, y] = [tensor(a, { shape: [3, 1100] }), tensor(b, { shape: [1100, 1] })]
  const product = inEveryMode((p, q) => matmul(p!, q!), x, y)
  expect(product).toEqual(inEveryMode((p, q) => p!.mul(q!.reshape([1100])).sum(1), x, y))
})

test('a contraction whose update replaces a state in place keeps the old state until it is read, also with long k', () => {
  for (const [m, k, n] of [
    [64, 700, 1031],
    [100, 1031, 30],
    [5, 600, 12],
  ] as const) {
    const [x, y] = [
      tensor(spread(m * k), { shape: [m, k] }),
      tensor(spread(n * k, 3), { shape: [n, k] }).permute([1, 0]),
    ]
    const make = (): { w: Tensor; step: (a: Tensor, b: Tensor) => void } => {
      const w = variable(spread(m * n, 9), { shape: [m, n] })
      return { w, step: (a, b) => void w.assign(w.sub(matmul(a, b).mul(0.01))) }
    }
    const [eager, compiled] = [make(), make()]
    const fast = hybridize(compiled.step)
    for (let call = 0; call < 3; call++) {
      eager.step(x, y)
      fast(x, y)
    }
    expect(fast.stats.compiledCalls).toBe(2)
    expect(compiled.w.data()).toEqual(eager.w.data())
  }
})
