import { expect, test } from 'vitest'
import { conv2d, exp, hybridize, matmul, ones, type ProfileRow, type Tensor } from '../../src/index.ts'

/** The kernels of a compiled function, with what each has to do. */
function kernelsOf(fn: (...args: Tensor[]) => unknown, ...args: Tensor[]): ProfileRow[] {
  const fast = hybridize(fn, { profile: true })
  fast(...args)
  fast(...args)
  return fast.profile().programs[0]!.rows.filter(({ kind }) => kind === 'kernel')
}

test('a matrix product counts its products, not the idle lanes at its edges', () => {
  const [product] = kernelsOf((a, b) => matmul(a!, b!), ones([3, 7, 13]), ones([3, 13, 5]))
  expect(product!.flops).toBe(2 * 3 * 7 * 13 * 5)
})

test('a convolution counts the products of its windows', () => {
  const kernels = kernelsOf((x, w) => conv2d(x!, w!), ones([2, 3, 9, 9]), ones([5, 3, 4, 4]))
  const convolution = kernels.find(({ ops }) => ops.includes('conv2d'))!
  expect(convolution.flops).toBe(2 * (2 * 5 * 6 * 6) * (3 * 4 * 4))
})

test('what is fused into a product is counted with it', () => {
  const [product] = kernelsOf((a, b, c) => matmul(a!, b!).add(c!).relu(), ones([8, 4]), ones([4, 12]), ones([12]))
  expect(product!.ops).toEqual(['matmul', 'add', 'relu'])
  expect(product!.flops).toBe(2 * 8 * 4 * 12 + 2 * 8 * 12)
  expect(product!.bytes).toBe(4 * (8 * 4 + 4 * 12 + 12 + 8 * 12))
})

test('the work of functions of the host is not known', () => {
  const [kernel] = kernelsOf((x) => exp(x!), ones([8], { dtype: 'float64' }))
  expect(kernel).toMatchObject({ flops: undefined, gflops: undefined, bytes: 2 * 8 * 8 })
})
