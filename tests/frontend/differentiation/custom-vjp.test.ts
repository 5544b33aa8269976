import { describe, expect, test } from 'vitest'
import {
  cond,
  customVjp,
  forLoop,
  grad,
  hessian,
  hybridize,
  jvp,
  noGrad,
  scan,
  tensor,
  variable,
  whileLoop,
  type Tensor,
} from '../../../src/index.ts'
import { bitsOf, sameTwice } from '../twice.ts'

const double = (data: number | number[]): Tensor => tensor(data, { dtype: 'float64' })
const x = double([0.3, -1.2, 2])
const y = double(3)

/** eˣ·y, with ten times its gradient by x. */
const scaled = customVjp(
  (a: Tensor, b: Tensor) => {
    const e = a.exp()
    return [e.mul(b), { e, b }]
  },
  ({ e, b }, cotangent: Tensor) => [cotangent.mul(e).mul(b).mul(10), cotangent.mul(e).sum()],
)
const round = customVjp(
  (a: Tensor) => [a.add(0.5).floor(), null],
  (_, cotangent: Tensor) => [cotangent],
)
/** Two results, of which gradients of gradients go through the results. */
const polar = customVjp(
  (a: Tensor, b: Tensor) => {
    const [r, ratio] = noGrad(() => [a.square().add(b.square()).sqrt(), b.div(a)])
    return [
      { r, ratio },
      { a, b, r, ratio },
    ]
  },
  ({ a, b, r, ratio }, cotangent: { r: Tensor; ratio: Tensor }) => [
    cotangent.r.mul(a).div(r).sub(cotangent.ratio.mul(ratio).div(a)),
    cotangent.r.mul(b).div(r).add(cotangent.ratio.div(a)).sum(),
  ],
)

describe('customVjp', () => {
  test('gives the value of the forward function and the gradient of the backward one', () => {
    const [byX, byY] = grad((a: Tensor, b: Tensor) => scaled(a, b).sum(), { argnums: [0, 1] })(x, y)
    const e = x.exp()
    expect(byX!.toArray()).toEqual(e.mul(3).mul(10).toArray())
    expect(byY!.item()).toBe(e.sum().item())
    expect(grad((a: Tensor) => round(a).mul(a).sum())(double([1.2])).toArray()).toEqual([2.2])
  })

  test('leaves arguments without a cotangent alone', () => {
    const first = customVjp(
      (a: Tensor, _b: Tensor, power: number) => [a.pow(power), { a, power }],
      ({ a, power }, cotangent: Tensor) => [cotangent.mul(a).mul(power), null, undefined],
    )
    const [byX, byY] = grad((a: Tensor, b: Tensor) => first(a, b, 2).sum(), { argnums: [0, 1] })(x, y)
    expect([byX!.toArray(), byY!.item()]).toEqual([x.mul(2).toArray(), 0])
  })

  test('can give an argument back with another gradient', () => {
    const reversed = customVjp(
      (a: Tensor) => [a, null],
      (_, cotangent: Tensor) => [cotangent.neg()],
    )
    const w = variable([1, 2], { requiresGrad: true })
    reversed(w).mul(w).sum().backward()
    expect(w.grad!.toArray()).toEqual([0, 0])
  })

  test('is differentiated again through its residuals: arguments, values and what was computed on the way', () => {
    const square = customVjp(
      (a: Tensor) => [a.square(), a],
      (a, cotangent: Tensor) => [cotangent.mul(a).mul(2)],
    )
    expect(hessian((a: Tensor) => square(a).pow(2).sum())(double([1, 2])).toArray()).toEqual([
      [12, 0],
      [0, 48],
    ])
    const exp = customVjp(
      (a: Tensor) => {
        const value = noGrad(() => a.exp())
        return [value, value]
      },
      (value, cotangent: Tensor) => [cotangent.mul(value)],
    )
    const third = grad((a: Tensor) => grad((b: Tensor) => grad(exp)(b))(a))(double(1))
    expect(third.item()).toBe(double(1).exp().item())
    expect(jvp((a: Tensor) => exp(a), [x], [x])[1].toArray()).toEqual(x.mul(x.exp()).toArray())
    const first = (a: Tensor): Tensor => grad((b: Tensor) => scaled(b, y).sum())(a).sum() // 10·y·eᵃ
    const expected = x.exp().mul(3).mul(10)
    expect(grad(first)(x).sub(expected).div(expected).abs().max().item()).toBeLessThan(1e-15)
  })

  test('notices a variable that has changed before the gradient is asked for', () => {
    const w = variable([1, 2], { requiresGrad: true })
    const loss = scaled(w, tensor(2)).sum()
    w.assign(tensor([3, 4]))
    expect(() => loss.backward()).toThrow(expect.objectContaining({ code: 'CHANGED_BEFORE_BACKWARD' }))
  })
})

const gradients: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  alone: (a, b) => scaled(a, b).square().sum(),
  'with several values': (a, b) => {
    const { r, ratio } = polar(a, b)
    return r.mul(ratio).sum()
  },
  'of which one value is used': (a, b) => polar(a, b).r.sum(),
  'in a loop': (a, b) => forLoop(0, 3, (_, s) => scaled(s.mul(0.1), b).mul(0.1), a).sum(),
  'in a loop of unknown length': (a, b) =>
    whileLoop(
      (s) => s.sum().abs().greater(0.01),
      (s) => scaled(s.mul(0.1), b).sub(b).mul(0.1),
      a,
    ).sum(),
  'in a scan': (a, b) => scan((s: Tensor, each: Tensor) => [scaled(s, each).mul(0.1), s], b, a)[1].sum(),
  'in a branch': (a, b) =>
    cond(
      a.sum().greater(0),
      () => scaled(a, b),
      () => a,
    ).sum(),
  'that calls itself to be differentiated': (a, b) =>
    grad((c: Tensor) => polar(polar(c, b).r, b).r.sum())(a)
      .square()
      .sum(),
}

describe('compiled, customVjp', () => {
  test.each(Object.entries(gradients))('%s has the bits of eager code', (_, f) => {
    const fn = grad(f, { argnums: [0, 1] })
    for (const target of ['wasm', 'js'] as const)
      sameTwice(
        {
          make: () => ({
            fn,
            calls: [
              [x, y],
              [x.mul(2), y],
            ],
          }),
        },
        target,
      )
  })

  test.each(['wasm', 'js'] as const)('has them where the tape goes through a compiled call, in %s', (target) => {
    for (const f of [gradients['alone']!, gradients['in a loop']!, gradients['with several values']!]) {
      const w = tensor(x, { requiresGrad: true })
      f(w, y).backward()
      const expected = bitsOf(w.grad)
      const fast = hybridize(f, { target })
      for (let call = 0; call < 3; call++) {
        w.grad = null
        fast(w, y).backward()
        expect(bitsOf(w.grad)).toEqual(expected)
      }
      expect(fast.stats.compiledCalls).toBe(2)
    }
  })

  test('becomes ops of the program like any other', () => {
    const fast = hybridize(grad((a: Tensor, b: Tensor) => scaled(a, b).sum()))
    fast(x, y)
    expect(fast.source('ir')).not.toContain('customVjp')
    expect(fast.explain().specialisations[0]!.kernels).toHaveLength(1)
  })
})
