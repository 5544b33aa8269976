import { describe, expect, test } from 'vitest'
import {
  add,
  arange,
  assign,
  eye,
  full,
  linspace,
  ones,
  tensor,
  type Tensor,
  variable,
  zeros,
  type Dtype,
} from '../../src/index.ts'

const valuesOf = (t: Tensor): unknown => [t.dtype, t.toArray()]

describe('creation', () => {
  test.each<[string, () => Tensor, Dtype, unknown]>([
    ['a number', () => tensor(1.5), 'float32', 1.5],
    ['booleans', () => tensor([true, false]), 'bool', [true, false]],
    [
      'nested arrays',
      () =>
        tensor([
          [1, 2],
          [3, 4],
        ]),
      'float32',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['an empty array', () => tensor([]), 'float32', []],
    ['rows without elements', () => tensor([[], []]), 'float32', [[], []]],
    ['Float32Array', () => tensor(Float32Array.of(0.1)), 'float32', [Math.fround(0.1)]],
    ['Float64Array', () => tensor(Float64Array.of(0.1)), 'float64', [0.1]],
    ['Int32Array', () => tensor(Int32Array.of(-7)), 'int32', [-7]],
    ['Uint8Array', () => tensor(Uint8Array.of(255)), 'uint8', [255]],
    [
      'typed rows',
      () => tensor([Int32Array.of(1, 2), Int32Array.of(3, 4)]),
      'int32',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['a typed array of another dtype', () => tensor(Float64Array.of(2.7, -2.7), { dtype: 'int32' }), 'int32', [2, -2]],
    ['numbers as bool', () => tensor([0, -0.5, 2], { dtype: 'bool' }), 'bool', [false, true, true]],
    [
      'another shape',
      () => tensor([1, 2, 3, 4], { shape: [2, 2] }),
      'float32',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['a tensor', () => tensor(ones([2])), 'float32', [1, 1]],
    ['a tensor of another dtype', () => tensor(ones([2]), { dtype: 'int32' }), 'int32', [1, 1]],
    [
      'a tensor of another shape',
      () => tensor(arange(4), { shape: [2, 2] }),
      'int32',
      [
        [0, 1],
        [2, 3],
      ],
    ],
    ['zeros', () => zeros([2, 0]), 'float32', [[], []]],
    ['ones', () => ones([], { dtype: 'bool' }), 'bool', true],
    ['full', () => full([2], -1, { dtype: 'int32' }), 'int32', [-1, -1]],
    [
      'eye',
      () => eye(2, 3),
      'float32',
      [
        [1, 0, 0],
        [0, 1, 0],
      ],
    ],
    ['arange up to', () => arange(3), 'int32', [0, 1, 2]],
    ['arange from, to, step', () => arange(3, 0, -1), 'int32', [3, 2, 1]],
    ['arange of fractions', () => arange(0, 1, 0.25), 'float32', [0, 0.25, 0.5, 0.75]],
    ['arange of nothing', () => arange(0), 'int32', []],
    ['linspace', () => linspace(0, 1, 3, { dtype: 'float64' }), 'float64', [0, 0.5, 1]],
    ['linspace of one', () => linspace(2, 5, 1), 'float32', [2]],
  ])('from %s', (_, make, dtype, values) => expect(valuesOf(make())).toEqual([dtype, values]))

  test('copies what it is given', () => {
    const data = Float32Array.of(1, 2)
    const made = tensor(data)
    data[0] = 9
    expect(made.toArray()).toEqual([1, 2])
    const w = variable(made)
    const copy = tensor(w)
    assign(w, made.add(1))
    expect([made.toArray(), copy.toArray()]).toEqual([
      [1, 2],
      [1, 2],
    ])
  })
  test('with requiresGrad makes leaves', () => {
    for (const leaf of [
      tensor([1], { requiresGrad: true }),
      zeros([1], { requiresGrad: true }),
      arange(0, 1, 1, { dtype: 'float32', requiresGrad: true }),
      tensor(ones([1]), { requiresGrad: true }),
      variable([1], { requiresGrad: true }),
    ]) {
      expect([leaf.requiresGrad, leaf.isVariable, leaf.grad]).toEqual([true, true, null])
      leaf.mul(2).sum().backward()
      expect(leaf.grad!.toArray()).toEqual([2])
    }
    expect(variable([1]).requiresGrad).toBe(false)
  })
  test('tells about itself', () => {
    expect(ones([2, 3])).toMatchObject({
      shape: [2, 3],
      dtype: 'float32',
      size: 6,
      rank: 2,
      requiresGrad: false,
      isVariable: false,
      grad: null,
    })
    expect([tensor(1).size, tensor(1).rank, zeros([0, 2]).size]).toEqual([1, 0, 0])
  })
})

describe('promotion follows PyTorch:', () => {
  const order: Dtype[] = ['bool', 'uint8', 'int32', 'float32', 'float64']
  const of = (dtype: Dtype): Tensor => ones([2], { dtype })
  test('two tensors meet in the stronger dtype', () => {
    const table = order.map((a) => order.map((b) => of(a).add(of(b)).dtype))
    expect(table).toEqual([
      ['int32', 'uint8', 'int32', 'float32', 'float64'], // PyTorch adds bools as a logical or; gryph counts
      ['uint8', 'uint8', 'int32', 'float32', 'float64'],
      ['int32', 'int32', 'int32', 'float32', 'float64'],
      ['float32', 'float32', 'float32', 'float32', 'float64'],
      ['float64', 'float64', 'float64', 'float64', 'float64'],
    ])
  })
  test.each<[Dtype, Dtype, Dtype, Dtype]>([
    ['bool', 'int32', 'float32', 'float32'],
    ['uint8', 'uint8', 'float32', 'float32'],
    ['int32', 'int32', 'float32', 'float32'],
    ['float32', 'float32', 'float32', 'float32'],
    ['float64', 'float64', 'float64', 'float64'],
  ])('%s meets 2 as %s and 0.5 as %s; its quotient is %s', (dtype, whole, fraction, quotient) => {
    expect([of(dtype).add(2).dtype, add(2, of(dtype)).dtype, of(dtype).mul(0.5).dtype, of(dtype).div(2).dtype]).toEqual(
      [whole, whole, fraction, quotient],
    )
  })
  test('0-d tensors count as tensors, not as numbers', () =>
    expect(ones([2]).add(tensor(1, { dtype: 'float64' })).dtype).toBe('float64'))
})

describe('broadcasting', () => {
  test.each<[number[], number[], number[]]>([
    [[2, 3], [3], [2, 3]],
    [
      [2, 1],
      [1, 3],
      [2, 3],
    ],
    [[2, 3], [], [2, 3]],
    [
      [4, 1, 3],
      [2, 1],
      [4, 2, 3],
    ],
    [
      [0, 3],
      [1, 3],
      [0, 3],
    ],
    [[1], [0], [0]],
  ])('%j with %j is %j', (a, b, shape) => {
    expect(ones(a).add(ones(b)).shape).toEqual(shape)
    expect(ones(b).add(ones(a)).shape).toEqual(shape)
  })
  test('repeats along axes of size 1', () => {
    expect(
      tensor([[1], [2]])
        .mul(tensor([10, 100]))
        .toArray(),
    ).toEqual([
      [10, 100],
      [20, 200],
    ])
    expect(tensor([1, 2]).broadcastTo([2, 2]).toArray()).toEqual([
      [1, 2],
      [1, 2],
    ])
  })
})
