import { expect, test } from 'vitest'
import { customVjp, gradCheck, tensor, type Tensor } from '../../../src/index.ts'

const a = tensor([
  [1, -2],
  [0.5, 3],
])
const b = tensor([0.25, -1.5])

test('gradCheck finds gradients right, of every argument and of results with several elements', () => {
  const found = gradCheck((x: Tensor, y: Tensor, n: number) => x.sin().matmul(y).pow(n), [a, b, 3])
  expect(found).toMatchObject({ ok: true, count: 6 })
  expect(found.maxRelativeError).toBeLessThan(1e-7)
  expect(gradCheck((x: Tensor, y: Tensor) => x.mul(y), [a, b], { argnums: 1 }).count).toBe(2)
})

test('gradCheck names the worst element of a wrong gradient', () => {
  const wrong = customVjp(
    (x: Tensor) => [x.square(), x],
    (x, cotangent: Tensor) => [
      cotangent
        .mul(x)
        .mul(2)
        .add(
          tensor([
            [0, 0],
            [0.125, 0],
          ]).mul(cotangent),
        ),
    ],
  )
  const found = gradCheck((x: Tensor) => wrong(x).sum(), [a])
  expect(found).toMatchObject({ ok: false, worst: { argument: 0, index: [1, 0], analytic: 1.125 } })
  expect(found.worst!.numeric).toBeCloseTo(1, 8)
  expect(found.worst!.relativeError).toBeCloseTo(0.111, 3)
  expect(String(found)).toMatch(
    /^gradCheck: different, 4 elements; the worst is \[1, 0\] of argument 0: gradient 1.125, differences /,
  )
  expect(gradCheck((x: Tensor) => wrong(x).sum(), [a], { tolerance: 0.2 }).ok).toBe(true)
})

test('gradCheck does not take rounding for an error, where the gradient is 0 or small', () => {
  expect(gradCheck((x: Tensor) => x.mul(1e-9).add(1000).sum(), [a]).ok).toBe(true)
  expect(gradCheck((x: Tensor) => x.square().sum(), [tensor([0, 1e-12])]).ok).toBe(true)
})
