import { describe, expect, test } from 'vitest'
import { concat, grad, hybridize, ones, stack, tensor, where, type Tensor } from '../../src/index.ts'

const count = 2500
const many = Array.from({ length: count }, (_, i) => tensor([i, -i]))

describe('more tensors than a function has parameters', () => {
  test('are stacked in order', () => {
    expect(stack(many).toArray()).toEqual(many.map((each) => each.toArray()))
    expect(stack(many, 1).shape).toEqual([2, count])
  })
  test('are joined in order, whatever their sizes', () => {
    const parts = Array.from({ length: count }, (_, i) => ones([i % 3]).mul(i))
    expect(concat(parts).toArray()).toEqual(parts.flatMap((each) => each.toArray()))
  })
  test('get their gradients', () => {
    const slope = grad((x: Tensor) =>
      stack(many.map((each, i) => (i === 1700 ? x : each)))
        .mul(3)
        .sum(),
    )
    expect((slope(tensor([1, 2])) as Tensor).toArray()).toEqual([3, 3])
  })
  test('with an odd one among them are refused', () => {
    expect(() => stack([...many, ones([3])])).toThrow('[stack] shapes are [2] and [3]. Make them equal.')
  })
  test('are joined by a compiled function too', () => {
    const joined = hybridize((x: Tensor) => concat(Array.from({ length: 1500 }, (_, i) => x.add(i))))
    expect(joined(ones([2])).data()).toEqual(joined(ones([2])).data())
    expect(joined.stats.compiledCalls).toBe(1)
  })
})

describe('plain numbers alone', () => {
  const mask = tensor([true, false])
  test('are float32 in where and stack', () => {
    expect([where(mask, 1, 0).dtype, where(true, 0.1, 0).dtype, stack([1, 2]).dtype]).toEqual([
      'float32',
      'float32',
      'float32',
    ])
    expect(where(mask, 1, 0).toArray()).toEqual([1, 0])
  })
  test('as arguments of a hybridized function give the same dtype and bits in every call', () => {
    const choose = hybridize((m: Tensor, a: number, b: number) => [where(m, a, b), stack([a, b, 2]), where(m, a, 1)])
    for (const [a, b] of [
      [0.1, 2],
      [0.1, 2],
      [0.3, 7],
    ] as const) {
      const [chosen, stacked, mixed] = choose(mask, a, b)
      expect([chosen!.dtype, stacked!.dtype, mixed!.dtype]).toEqual(['float32', 'float32', 'float32'])
      expect(chosen!.data()).toEqual(Float32Array.of(a, b))
      expect(stacked!.data()).toEqual(Float32Array.of(a, b, 2))
    }
    expect(choose.stats.compiledCalls).toBe(2)
  })
  test('take the dtype of a tensor that they meet', () => {
    expect(where(mask, 1, tensor(2, { dtype: 'float64' })).dtype).toBe('float64')
    expect(where(mask, 1, tensor(2, { dtype: 'int32' })).dtype).toBe('int32')
  })
})
