import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  cond,
  forLoop,
  grad,
  hessian,
  hvp,
  hybridize,
  jacobian,
  jvp,
  tensor,
  vjp,
  type Tensor,
} from '../../../src/index.ts'
import { sameTwice } from '../twice.ts'

type Data = number | number[] | number[][]
const double = (data: Data): Tensor => tensor(data, { dtype: 'float64' })
const x = double([0.3, -1.2, 2])
const wide = double([0.5, -1, 2, 0.25, -0.75])
const matrix = double([
  [1, 2, 0.5],
  [-1, 0.25, 3],
])

/** 100·(b − a²)² + (1 − a)². */
const rosenbrock = (at: Tensor): Tensor => {
  const [a, b] = [at.slice([0]), at.slice([1])]
  return b.sub(a.square()).square().mul(100).add(a.neg().add(1).square())
}

describe('jacobian', () => {
  test('has the shape of the result, then that of the argument', () => {
    const f = (a: Tensor, b: Tensor): Tensor => a.matmul(b)
    expect(jacobian(f)(matrix, x.abs()).toArray()).toEqual([
      [
        [0.3, 1.2, 2],
        [0, 0, 0],
      ],
      [
        [0, 0, 0],
        [0.3, 1.2, 2],
      ],
    ])
    expect(jacobian(f, { argnums: 1 })(matrix, x).toArray()).toEqual(matrix.toArray())
    const both = jacobian(f, { argnums: [1, 0] })(matrix, x)
    expect(both.map(({ shape }) => shape)).toEqual([
      [2, 3],
      [2, 2, 3],
    ])
  })

  test('is 0 where the result does not depend on the argument, and takes scalars and results without elements', () => {
    expect(jacobian((_unused: Tensor) => matrix)(x).toArray()).toEqual([
      [Array(3).fill(0), Array(3).fill(0), Array(3).fill(0)],
      [Array(3).fill(0), Array(3).fill(0), Array(3).fill(0)],
    ])
    expect(jacobian((a: Tensor) => a.square())(double(3)).toArray()).toBe(6)
    expect(jacobian((a: Tensor) => a.slice([[0, 0]]))(x).shape).toEqual([0, 3])
  })

  test('of many rows is one loop, whose program does not grow with their number', () => {
    const nodes = [6, 60].map((size) => {
      const fast = hybridize(jacobian((a: Tensor) => a.exp().mul(a.sum())))
      const at = double(Array.from({ length: size }, (_, i) => i / size))
      fast(at)
      fast(at)
      expect(fast.stats.compiledCalls).toBe(1)
      return fast.source('ir').split('\n').length
    })
    expect(nodes[0]).toBe(nodes[1])
  })
})

describe('hessian', () => {
  test('of the Rosenbrock function is the known one', () => {
    const [a, b] = [-1.2, 1]
    const expected = [
      [1200 * a * a - 400 * b + 2, -400 * a],
      [-400 * a, 200],
    ]
    const found = hessian(rosenbrock)(double([a, b])).toArray() as number[][]
    found.flat().forEach((each, i) => expect(each).toBeCloseTo(expected.flat()[i]!, 9))
  })

  test('of several arguments is a matrix of Hessians', () => {
    const f = (a: Tensor, b: Tensor): Tensor => a.square().sum().mul(b)
    const [[aa, ab], [ba, bb]] = hessian(f, { argnums: [0, 1] })(double([1, 2]), double(3)) as [
      [Tensor, Tensor],
      [Tensor, Tensor],
    ]
    expect([aa, ab, ba, bb].map((each) => each.toArray())).toEqual([
      [
        [6, 0],
        [0, 6],
      ],
      [2, 4],
      [2, 4],
      0,
    ])
  })

  test('of random polynomials is that of their formulas, and hvp is its product', () => {
    // Σ c · Π xᵢ^pᵢ, whose second derivatives are sums of the same kind.
    const term = fc.record({
      c: fc.integer({ min: -5, max: 5 }),
      powers: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 3, maxLength: 3 }),
    })
    const at = [1.5, -0.5, 2]
    fc.assert(
      fc.property(fc.array(term, { minLength: 1, maxLength: 4 }), (terms) => {
        const f = (point: Tensor): Tensor =>
          terms
            .map(({ c, powers }) =>
              powers.reduce((product, power, i) => product.mul(repeated(point.slice([i]), power)), double(c)),
            )
            .reduce((a, b) => a.add(b))
        const h = hessian(f)(double(at)).toArray() as number[][]
        const expected = at.map((_, i) => at.map((__, j) => terms.reduce((sum, each) => sum + secondOf(each, i, j), 0)))
        const close = (a: number, b: number): void => expect(Math.abs(a - b)).toBeLessThan(1e-9 * (1 + Math.abs(b)))
        h.forEach((row, i) => row.forEach((each, j) => close(each, expected[i]![j]!)))
        const v = [1, -2, 0.5]
        const product = hvp(f, double(at), double(v)).toArray() as number[]
        product.forEach((each, i) =>
          close(
            each,
            expected[i]!.reduce((sum, entry, j) => sum + entry * v[j]!, 0),
          ),
        )
      }),
      { numRuns: 25, seed: 3 },
    )

    function repeated(base: Tensor, power: number): Tensor {
      return Array.from({ length: power }).reduce<Tensor>((product) => product.mul(base), double(1))
    }
    function secondOf({ c, powers }: { c: number; powers: number[] }, i: number, j: number): number {
      const left = [...powers]
      let factor = c
      for (const k of [i, j]) factor *= left[k]!-- // a power below 0 comes with a factor of 0
      return factor === 0 ? 0 : left.reduce((product, power, k) => product * at[k]! ** power, factor)
    }
  })
})

describe('jvp and vjp', () => {
  const f = (a: Tensor, b: Tensor): Tensor =>
    a
      .sin()
      .outer(b.mul(a).exp())
      .slice([null, [0, 2]])
      .softmax(0)
  const g = (a: Tensor, b: Tensor): Tensor =>
    cond(
      a.sum().greater(0),
      () => forLoop(0, 3, (_, s) => s.mul(b).tanh(), a),
      () => a,
    )

  test('give the value and the derivative', () => {
    const [value, tangent] = jvp((a: Tensor) => a.square(), [double([1, 2])], [double([1, 10])])
    expect([value.toArray(), tangent.toArray()]).toEqual([
      [1, 4],
      [2, 40],
    ])
    const [same, pullback] = vjp((a: Tensor, b: Tensor) => a.mul(b), double([1, 2]), double([3, 4]))
    expect(same.toArray()).toEqual([3, 8])
    expect(pullback(double([1, 10])).map((each) => each.toArray())).toEqual([
      [3, 40],
      [1, 20],
    ])
    expect(jvp((_unused: Tensor) => double(1), [x], [x])[1].item()).toBe(0)
  })

  test.each([
    ['elementwise functions and products', f],
    ['control flow', g],
  ])('keep ⟨J·v, u⟩ = ⟨v, Jᵀ·u⟩ through %s', (_, each) => {
    const numbers = fc.array(fc.integer({ min: -8, max: 8 }), { minLength: 18, maxLength: 18 })
    fc.assert(
      fc.property(numbers, (drawn) => {
        const [a, b, v, w] = [0, 3, 6, 9].map((i) => double(drawn.slice(i, i + 3).map((n) => n / 8))) as [
          Tensor,
          Tensor,
          Tensor,
          Tensor,
        ]
        const [value, tangent] = jvp(each, [a, b], [v, w])
        const u = double(drawn.slice(0, value.size)).reshape(value.shape)
        const [, pullback] = vjp(each, a, b)
        const [ofA, ofB] = pullback(u) as [Tensor, Tensor]
        const left = tangent.mul(u).sum().item()
        const right = ofA.mul(v).sum().item() + ofB.mul(w).sum().item()
        expect(Math.abs(left - right)).toBeLessThan(1e-12 * (1 + Math.abs(left)))
      }),
      { numRuns: 20, seed: 9 },
    )
  })

  test('are differentiable themselves', () => {
    const along = (a: Tensor): Tensor => jvp((b: Tensor) => b.pow(3), [a], [a])[1].sum() // 3a³
    expect(grad(along)(double([1, 2])).toArray()).toEqual([9, 36])
    const back = (a: Tensor): Tensor => vjp((b: Tensor) => b.pow(3), a)[1](a)[0]!.sum()
    expect(grad(back)(double([1, 2])).toArray()).toEqual([9, 36])
  })
})

const programs: Readonly<Record<string, (a: Tensor) => unknown>> = {
  'a Jacobian of few rows': jacobian((a: Tensor) =>
    a
      .slice([[0, 3]])
      .exp()
      .mul(a.sum()),
  ),
  'a Jacobian of many rows': jacobian((a: Tensor) => a.exp().mul(a.sum())),
  'a Jacobian through a loop': jacobian((a: Tensor) => forLoop(0, 3, (_, s) => s.mul(a).add(s), a)),
  'a Hessian': hessian((a: Tensor) => a.tanh().sum().square().add(a.pow(3).sum())),
  'a step against the gradient and the Hessian': (a) => {
    const f = (b: Tensor): Tensor => b.pow(4).sum().add(b.prod())
    return a.sub(hvp(f, a, grad(f)(a)))
  },
  'a gradient of a Hessian': grad((a: Tensor) =>
    hessian((b: Tensor) => b.pow(4).sum().mul(b.sum()))(a)
      .square()
      .sum(),
  ),
  'a product with a Jacobian from the right': (a) => jvp((b: Tensor) => b.softmax(0), [a], [a.square()]),
  'a product with a Jacobian from the left': (a) => vjp((b: Tensor) => b.softmax(0), a)[1](a.square()),
}

describe('compiled', () => {
  test.each(Object.entries(programs))('%s has the bits of eager code', (_, fn) => {
    for (const target of ['wasm', 'js'] as const)
      sameTwice({ make: () => ({ fn, calls: [[wide], [wide.mul(0.5)]] }) }, target)
  })
})

test('the derivative of tanh at 4 is the figure of the book', () => {
  expect(grad((a: Tensor) => a.tanh())(double(4)).item()).toBeCloseTo(0.001340950683, 12)
})
