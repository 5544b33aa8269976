import * as g from 'gryph'
import { expect, test } from 'vitest'
import { codeOf } from './modes.ts'

test.each([{}, { dtype: 'float32' }] as const)(
  'a parameter made of a tensor with %o has memory of its own',
  (options) => {
    const source = g.ones([2])
    const weight = g.nn.parameter(source, options)
    g.assign(weight, g.zeros([2]))
    expect(source.toArray()).toEqual([1, 1])
    expect([source.isVariable, weight.isVariable]).toEqual([false, true])
  },
)

test('a parameter made of a computed tensor is a leaf', () => {
  const source = g.nn.parameter([1, 2])
  const weight = g.nn.parameter(source.mul(2))
  weight.sum().backward()
  expect(weight.grad!.toArray()).toEqual([1, 1])
  expect(source.grad).toBe(null)
})

test('a buffer is a variable without gradient, of any dtype', () => {
  const count = g.nn.buffer(0, { dtype: 'int32' })
  expect([count.isVariable, count.requiresGrad, count.dtype]).toEqual([true, false, 'int32'])
  expect(codeOf(() => g.nn.parameter([1], { dtype: 'int32' }))).toBe('DTYPE_NOT_DIFFERENTIABLE')
})
