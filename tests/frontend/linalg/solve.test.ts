import fc from 'fast-check'
import { expect, test } from 'vitest'
import { grad, gradCheck, hybridize, linalg, tensor, type Tensor } from '../../../src/index.ts'
import { sameTwice } from '../twice.ts'
import { solveFigures } from './figures.ts'

const double = (data: number[] | number[][]): Tensor => tensor(data, { dtype: 'float64' })
const largest = (x: Tensor): number => x.abs().max().item()
const matrix = double(solveFigures.matrix)
const right = double(solveFigures.right)

test('linalg.solve gives what NumPy gives', () => {
  expect(largest(linalg.solve(matrix, right).sub(double(solveFigures.solution)))).toBeLessThan(1e-12)
  const single = linalg.solve(matrix.cast('float32'), right.cast('float32').slice([null, 0]))
  expect(single.shape).toEqual([4])
  expect(largest(single.sub(double(solveFigures.solution.map(([first]) => first!))))).toBeLessThan(1e-4)
})

test('linalg.solve leaves a small residual, also where pivots begin with 0', () => {
  const element = fc.oneof(
    fc.integer({ min: -1000, max: 1000 }).map((i) => i / 1024),
    fc.constant(0),
  )
  fc.assert(
    fc.property(fc.array(element, { minLength: 20, maxLength: 20 }), (numbers) => {
      const a = double(numbers.slice(0, 16)).reshape([4, 4])
      const b = double(numbers.slice(16))
      let x: Tensor
      try {
        x = linalg.solve(a, b)
      } catch (error) {
        expect(error).toMatchObject({ code: 'MATRIX_SINGULAR' })
        return
      }
      expect(largest(a.matmul(x).sub(b))).toBeLessThanOrEqual(1e-14 * 4 * (largest(x) + 1))
    }),
    { numRuns: 30, seed: 11 },
  )
})

test('its gradients agree with differences, to the second order', () => {
  const f = (a: Tensor, b: Tensor): Tensor => linalg.solve(a, b).pow(3).sum()
  expect(String(gradCheck(f, [matrix, right]))).toContain('equal')
  expect(
    gradCheck(
      (b: Tensor) =>
        grad((c: Tensor) => f(matrix, c))(b)
          .square()
          .sum(),
      [right],
    ).ok,
  ).toBe(true)
})

test.each(['wasm', 'js'] as const)(
  'compiled to %s it has the bits of eager code, and so have its gradients',
  (target) => {
    const both = (a: Tensor, b: Tensor) => [
      linalg.solve(a, b),
      grad((x: Tensor, y: Tensor) => linalg.solve(x, y).exp().sum(), { argnums: [0, 1] })(a, b),
    ]
    sameTwice(
      {
        make: () => ({
          fn: both,
          calls: [
            [matrix, right],
            [matrix.transpose(), right.mul(3)],
          ],
        }),
      },
      target,
    )
  },
)

test('a singular matrix is an error in compiled code too', () => {
  const fast = hybridize((a: Tensor) => linalg.solve(a, double([1, 2])))
  fast(
    double([
      [1, 2],
      [3, 4],
    ]),
  )
  expect(() =>
    fast(
      double([
        [1, 2],
        [2, 4],
      ]),
    ),
  ).toThrow(expect.objectContaining({ code: 'MATRIX_SINGULAR' }))
})
