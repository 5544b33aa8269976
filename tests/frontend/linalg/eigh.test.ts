import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eye, grad, gradCheck, hessian, hybridize, linalg, stack, tensor, type Tensor } from '../../../src/index.ts'
import { bitsOf, sameTwice } from '../twice.ts'
import { eigenFigures } from './figures.ts'

const double = (data: number[] | number[][]): Tensor => tensor(data, { dtype: 'float64' })
const largest = (x: Tensor): number => x.abs().max().item()

/** Symmetric matrices of any scale, some with equal or no eigenvalues. */
const symmetric = fc
  .integer({ min: 2, max: 5 })
  .chain((n) =>
    fc.tuple(
      fc.array(
        fc.array(
          fc.oneof(
            fc.integer({ min: -1000, max: 1000 }).map((i) => i / 1024),
            fc.constant(0),
          ),
          { minLength: n, maxLength: n },
        ),
        {
          minLength: n,
          maxLength: n,
        },
      ),
      fc.constantFrom(1e-30, 1, 1e30),
    ),
  )
  .map(([rows, scale]) => rows.map((row, i) => row.map((_, j) => rows[Math.max(i, j)]![Math.min(i, j)]! * scale)))

describe('linalg.eigh', () => {
  test.each(eigenFigures)('gives what NumPy gives for $matrix', ({ matrix, values, vectors }) => {
    for (const [dtype, tolerance] of [
      ['float64', 1e-13],
      ['float32', 3e-6],
    ] as const) {
      const [w, v] = linalg.eigh(tensor(matrix, { dtype }))
      const scale = Math.max(...values.map(Math.abs))
      expect(largest(w.sub(double(values)))).toBeLessThan(tolerance * scale)
      expect(largest(v.sub(double(vectors)))).toBeLessThan(tolerance * 10)
      expect(bitsOf(linalg.eigvalsh(tensor(matrix, { dtype })))).toEqual(bitsOf(w))
    }
  })

  test('V Λ Vᵀ is the matrix, V is orthogonal and the values ascend', () => {
    fc.assert(
      fc.property(symmetric, (rows) => {
        const a = double(rows)
        const [w, v] = linalg.eigh(a)
        const bound = 1e-14 * rows.length
        expect(largest(v.mul(w).matmul(v.transpose()).sub(a))).toBeLessThanOrEqual(bound * largest(a) * 2)
        expect(largest(v.transpose().matmul(v).sub(eye(rows.length)))).toBeLessThan(bound)
        const values = [...w.data()]
        expect(values).toEqual(values.toSorted((x, y) => x - y))
      }),
      { numRuns: 40, seed: 5 },
    )
  })

  test('reads the lower triangle only', () => {
    const given = double([
      [1, 99],
      [2, 1],
    ])
    expect(linalg.eigvalsh(given).toArray()).toEqual([-1, 3])
  })

  test('of a diagonal matrix gives the diagonal, exactly', () => {
    const diagonal = double([0.7, -0.1, 0, 1e-200, 0.7])
    const [w, v] = linalg.eigh(diagonal.expandDims(0).mul(eye(5)))
    expect(w.toArray()).toEqual([-0.1, 0, 1e-200, 0.7, 0.7])
    expect(v.abs().sum().item()).toBe(5)
  })

  test('takes batches, single numbers and nothing', () => {
    const [one, two] = [eigenFigures[1]!, eigenFigures[1]!].map(({ matrix }) => double(matrix)) as [Tensor, Tensor]
    const both = linalg.eigh(stack([one, two.mul(2)]).reshape([2, 1, 3, 3]))
    expect(both.map(({ shape }) => shape)).toEqual([
      [2, 1, 3],
      [2, 1, 3, 3],
    ])
    expect(both[0].slice([0, 0]).toArray()).toEqual(linalg.eigvalsh(one).toArray())
    expect(linalg.eigh(double([[-4]])).map((x) => x.toArray())).toEqual([[-4], [[1]]])
    expect(linalg.eigh(tensor([], { shape: [0, 0] })).map(({ shape }) => shape)).toEqual([[0], [0, 0]])
  })

  test('eigenvalues of a saddle are −2 and 2', () => {
    expect(
      linalg
        .eigvalsh(
          hessian((x: Tensor) =>
            x
              .square()
              .mul(double([1, -1]))
              .sum(),
          )(double([0, 0])),
        )
        .toArray(),
    ).toEqual([-2, 2])
  })
})

describe('gradients of linalg.eigh', () => {
  const matrix = double(eigenFigures[1]!.matrix)
  const symmetrized = (a: Tensor): Tensor => a.add(a.transpose())

  test('agree with differences along symmetric matrices, those of vectors too', () => {
    const weights = double([1, -2, 3])
    const f = (a: Tensor): Tensor => {
      const [w, v] = linalg.eigh(symmetrized(a))
      return w.mul(weights).sum().add(v.pow(3).sum())
    }
    expect(gradCheck(f, [matrix]).worst).toMatchObject({ relativeError: expect.closeTo(0, 6) })
    const second = (a: Tensor): Tensor => grad(f)(a).square().sum()
    expect(gradCheck(second, [matrix]).worst).toMatchObject({ relativeError: expect.closeTo(0, 5) })
  })

  test('are V diag(g) Vᵀ: symmetric, and finite where eigenvalues are equal', () => {
    const trace = grad((a: Tensor) => linalg.eigvalsh(a).sum())(eye(3, 3, { dtype: 'float64' }))
    expect(trace.toArray()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ])
  })

  test.each(['wasm', 'js'] as const)('have the bits of eager code in %s, around hybridize and inside', (target) => {
    const f = (a: Tensor): Tensor => {
      const [w, v] = linalg.eigh(a)
      return w
        .exp()
        .sum()
        .add(v.slice([0]).sum())
    }
    sameTwice(
      { make: () => ({ fn: (a: Tensor) => [linalg.eigh(a), grad(f)(a)], calls: [[matrix], [matrix.mul(2)]] }) },
      target,
    )
    const leaf = tensor(matrix, { requiresGrad: true })
    f(leaf).backward()
    const expected = bitsOf(leaf.grad)
    const fast = hybridize(f, { target })
    for (let i = 0; i < 2; i++) {
      leaf.grad = null
      fast(leaf).backward()
      expect(bitsOf(leaf.grad)).toEqual(expected)
    }
  })
})
