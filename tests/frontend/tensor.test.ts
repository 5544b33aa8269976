import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { arange, assign, ones, tensor, type Tensor, variable } from '../../src/index.ts'

describe('reading', () => {
  const t = tensor([
    [1, 2.5],
    [-0, NaN],
  ])
  test('item is the only element', () => {
    expect([tensor([[3]]).item(), tensor(true).item(), tensor([5, 6]).slice([1]).item()]).toEqual([3, 1, 6])
    expect(() => t.item()).toThrow('[item] the tensor has shape [2, 2], not one element.')
  })
  test('data is a copy in row-major order', async () => {
    const data = t.transpose().data()
    expect(data).toEqual(Float32Array.of(1, -0, 2.5, NaN))
    data[0] = 9
    t.data()[0] = 9
    expect(t.toArray()).toEqual([
      [1, 2.5],
      [-0, NaN],
    ])
    expect(await t.dataAsync()).toEqual(t.data())
    expect(tensor([true]).data()).toEqual(Uint8Array.of(1))
  })
  test('printing shows values as NumPy does, whoever prints', () => {
    const text = 'tensor([[ 1. ,  2.5],\n        [-0. ,  nan]], dtype=float32)'
    expect([String(t), inspect(t)]).toEqual([text, text])
    expect(String(arange(3))).toBe('tensor([0, 1, 2], dtype=int32)')
  })
  test('JSON is nested arrays', () =>
    expect(JSON.stringify({ t: tensor([[1, 2]]), b: tensor(true) })).toBe('{"t":[[1,2]],"b":true}'))
  test.each<[string, (x: never) => unknown]>([
    ['t > 0', (x) => x > 0],
    ['t + 1', (x) => x + 1],
    ['-t', (x) => -x],
    ['t ** 2', (x) => x ** 2],
    ['Math.max(t)', (x) => Math.max(x)],
    ['Number(t)', (x) => Number(x)],
  ])('%s is an error', (_, use) =>
    expect(() => use(tensor(1) as never)).toThrow('was used where JavaScript wants a number'),
  ) // to check what happens at run time
})

describe('variables', () => {
  test('assign replaces the values for everyone who holds the variable', () => {
    const w = variable([
      [1, 2],
      [3, 4],
    ])
    assign(w, w.transpose())
    expect(w.toArray()).toEqual([
      [1, 3],
      [2, 4],
    ])
    assign(w, w)
    assign(
      w,
      tensor([
        [9, 9, 8],
        [7, 7, 6],
      ]).slice([null, [1, 3]]),
    )
    expect(w.add(1).toArray()).toEqual([
      [10, 9],
      [8, 7],
    ])
  })
  test.each<[string, (w: Tensor) => Tensor]>([
    ['reshape', (w) => w.reshape([4])],
    ['transpose', (w) => w.transpose()],
    ['slice', (w) => w.slice([0])],
    ['detach', (w) => w.detach()],
  ])('a view by %s cannot be used after an assignment', (_, view) => {
    const w = variable([
      [1, 2],
      [3, 4],
    ])
    const [shown, copy] = [view(w), view(w).clone()]
    expect(shown.toArray()).toEqual(copy.toArray())
    assign(w, w.add(1))
    for (const use of [() => shown.add(1), () => shown.toArray(), () => shown.reshape([-1]), () => assign(w, shown)])
      expect(use).toThrow('shows a variable whose values have been replaced since')
    expect(copy.size).toBeGreaterThan(0)
    expect(view(w).toArray()).toEqual(
      view(
        tensor([
          [2, 3],
          [4, 5],
        ]),
      ).toArray(),
    )
  })
  test.each<[string, () => void]>([
    ['NOT_A_VARIABLE', () => assign(ones([2]), ones([2]))],
    ['NOT_A_VARIABLE', () => assign(variable([1, 2]).reshape([2, 1]), ones([2, 1]))],
    ['ASSIGN_MISMATCH', () => assign(variable([1, 2]), ones([3]))],
    ['ASSIGN_MISMATCH', () => assign(variable([1, 2]), ones([2, 1]))],
    ['ASSIGN_MISMATCH', () => assign(variable([1, 2]), ones([2], { dtype: 'int32' }))],
    ['NOT_A_TENSOR', () => assign(variable([1, 2]), 5 as unknown as Tensor)], // what JavaScript users may do
  ])('%s', (code, call) => {
    try {
      call()
      expect.fail('nothing was thrown')
    } catch (error) {
      expect(error).toMatchObject({ code })
    }
  })
})
