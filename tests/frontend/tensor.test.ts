import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import * as gryph from '../../src/index.ts'
import { add, arange, assign, concat, eye, full, linspace, matmul, ones, tensor, Tensor, variable, zeros, type Dtype } from '../../src/index.ts'
import { bitsOf } from './twice.ts'

const valuesOf = (t: Tensor): unknown => [t.dtype, t.toArray()]

describe('creation', () => {
  test.each<[string, () => Tensor, Dtype, unknown]>([
    ['a number', () => tensor(1.5), 'float32', 1.5],
    ['booleans', () => tensor([true, false]), 'bool', [true, false]],
    ['nested arrays', () => tensor([[1, 2], [3, 4]]), 'float32', [[1, 2], [3, 4]]],
    ['an empty array', () => tensor([]), 'float32', []],
    ['rows without elements', () => tensor([[], []]), 'float32', [[], []]],
    ['Float32Array', () => tensor(Float32Array.of(0.1)), 'float32', [Math.fround(0.1)]],
    ['Float64Array', () => tensor(Float64Array.of(0.1)), 'float64', [0.1]],
    ['Int32Array', () => tensor(Int32Array.of(-7)), 'int32', [-7]],
    ['Uint8Array', () => tensor(Uint8Array.of(255)), 'uint8', [255]],
    ['typed rows', () => tensor([Int32Array.of(1, 2), Int32Array.of(3, 4)]), 'int32', [[1, 2], [3, 4]]],
    ['a typed array of another dtype', () => tensor(Float64Array.of(2.7, -2.7), { dtype: 'int32' }), 'int32', [2, -2]],
    ['numbers as bool', () => tensor([0, -0.5, 2], { dtype: 'bool' }), 'bool', [false, true, true]],
    ['another shape', () => tensor([1, 2, 3, 4], { shape: [2, 2] }), 'float32', [[1, 2], [3, 4]]],
    ['a tensor', () => tensor(ones([2])), 'float32', [1, 1]],
    ['a tensor of another dtype', () => tensor(ones([2]), { dtype: 'int32' }), 'int32', [1, 1]],
    ['a tensor of another shape', () => tensor(arange(4), { shape: [2, 2] }), 'int32', [[0, 1], [2, 3]]],
    ['zeros', () => zeros([2, 0]), 'float32', [[], []]],
    ['ones', () => ones([], { dtype: 'bool' }), 'bool', true],
    ['full', () => full([2], -1, { dtype: 'int32' }), 'int32', [-1, -1]],
    ['eye', () => eye(2, 3), 'float32', [[1, 0, 0], [0, 1, 0]]],
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
    expect([made.toArray(), copy.toArray()]).toEqual([[1, 2], [1, 2]])
  })
  test('with requiresGrad makes leaves', () => {
    for (const leaf of [tensor([1], { requiresGrad: true }), zeros([1], { requiresGrad: true }), arange(0, 1, 1, { dtype: 'float32', requiresGrad: true }), tensor(ones([1]), { requiresGrad: true }), variable([1], { requiresGrad: true })]) {
      expect([leaf.requiresGrad, leaf.isVariable, leaf.grad]).toEqual([true, true, null])
      leaf.mul(2).sum().backward()
      expect(leaf.grad!.toArray()).toEqual([2])
    }
    expect(variable([1]).requiresGrad).toBe(false)
  })
  test('tells about itself', () => {
    expect(ones([2, 3])).toMatchObject({ shape: [2, 3], dtype: 'float32', size: 6, rank: 2, requiresGrad: false, isVariable: false, grad: null })
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
    expect([of(dtype).add(2).dtype, add(2, of(dtype)).dtype, of(dtype).mul(0.5).dtype, of(dtype).div(2).dtype]).toEqual([whole, whole, fraction, quotient])
  })
  test('0-d tensors count as tensors, not as numbers', () => expect(ones([2]).add(tensor(1, { dtype: 'float64' })).dtype).toBe('float64'))
})

describe('broadcasting', () => {
  test.each<[number[], number[], number[]]>([
    [[2, 3], [3], [2, 3]],
    [[2, 1], [1, 3], [2, 3]],
    [[2, 3], [], [2, 3]],
    [[4, 1, 3], [2, 1], [4, 2, 3]],
    [[0, 3], [1, 3], [0, 3]],
    [[1], [0], [0]],
  ])('%j with %j is %j', (a, b, shape) => {
    expect(ones(a).add(ones(b)).shape).toEqual(shape)
    expect(ones(b).add(ones(a)).shape).toEqual(shape)
  })
  test('repeats along axes of size 1', () => {
    expect(tensor([[1], [2]]).mul(tensor([10, 100])).toArray()).toEqual([[10, 100], [20, 200]])
    expect(tensor([1, 2]).broadcastTo([2, 2]).toArray()).toEqual([[1, 2], [1, 2]])
  })
})

describe('views', () => {
  const t = arange(24).reshape([2, 3, 4])
  test.each<[string, (t: Tensor) => Tensor, number[], number[]]>([
    ['reshape', (x) => x.reshape([4, -1]), [4, 6], [...Array(24).keys()]],
    ['flatten', (x) => x.flatten(), [24], [...Array(24).keys()]],
    ['transpose of all', (x) => x.slice([0]).transpose(), [4, 3], [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]],
    ['transpose of two axes', (x) => x.transpose(0, -1).slice([3]), [3, 2], [3, 15, 7, 19, 11, 23]],
    ['permute', (x) => x.permute([2, 0, 1]).slice([0]), [2, 3], [0, 4, 8, 12, 16, 20]],
    ['expandDims', (x) => x.slice([1, 2]).expandDims(-1), [4, 1], [20, 21, 22, 23]],
    ['squeeze', (x) => x.slice([[0, 1], [0, 1]]).squeeze(), [4], [0, 1, 2, 3]],
    ['squeeze of one axis', (x) => x.slice([[0, 1], [0, 1]]).squeeze(0), [1, 4], [0, 1, 2, 3]],
    ['slice', (x) => x.slice([1, [0, 2], [1, 3]]), [2, 2], [13, 14, 17, 18]],
    ['slice with a step', (x) => x.slice([null, 0, [null, null, 2]]), [2, 2], [0, 2, 12, 14]],
    ['slice backwards', (x) => x.slice([0, 0, [null, null, -1]]), [4], [3, 2, 1, 0]],
    ['slice backwards with bounds', (x) => x.slice([0, 0, [2, 0, -1]]), [2], [2, 1]],
    ['slice with negative positions', (x) => x.slice([-1, -1, [-3, -1]]), [2], [21, 22]],
    ['slice beyond the edges', (x) => x.slice([0, [-9, 9], [2, 99, 5]]), [3, 1], [2, 6, 10]],
    ['slice of nothing', (x) => x.slice([[1, 1]]), [0, 3, 4], []],
    ['slice of a slice', (x) => x.slice([null, [null, null, 2]]).slice([1, 1, [null, null, -2]]), [2], [23, 21]],
    ['broadcastTo', (x) => x.slice([0, 0]).broadcastTo([2, 4]), [2, 4], [0, 1, 2, 3, 0, 1, 2, 3]],
  ])('%s gives what NumPy does', (_, view, shape, values) => {
    const result = view(t)
    expect(result.shape).toEqual(shape)
    expect([...result.data()]).toEqual(values)
    expect([...result.add(0).data()]).toEqual(values)
    expect(result.storage).toBe(t.storage)
  })
  test('a reshape that strides cannot express is a copy', () => {
    const flat = t.transpose().reshape([24])
    expect(flat.storage).not.toBe(t.storage)
    expect([...flat.slice([[0, 4]]).data()]).toEqual([0, 12, 4, 16])
  })
  test('clone has memory of its own', () => expect(t.clone().storage).not.toBe(t.storage))
  test('ops take any view', () => {
    const [a, b] = [t.slice([0]).transpose(), t.slice([1, null, [null, null, -1]])]
    expect(matmul(a, b).toArray()).toEqual(matmul(tensor(a.toArray() as number[][], { dtype: 'int32' }), tensor(b.toArray() as number[][], { dtype: 'int32' })).toArray()) // both 2-D
    expect(concat([a, a], 1).sum(0).toArray()).toEqual([6, 22, 38, 6, 22, 38])
    expect(t.slice([null, null, [null, null, -2]]).sum([0, 2]).toArray()).toEqual([32, 48, 64])
  })
})

describe('every function that has a method', () => {
  const a = tensor([[0.5, -1.5, 2], [3, 0.25, -0.75]])
  const b = tensor([[2, 1, -1], [0.5, 2, 4]])
  const ints = tensor([1, 0], { dtype: 'int32' })
  /** Further arguments, for those that are not of one or two tensors of equal shape. */
  const further: Record<string, unknown[]> = {
    matmul: [b.transpose()], dot: [b], outer: [b], cast: ['int32'], reshape: [[3, 2]], permute: [[1, 0]], expandDims: [1], broadcastTo: [[2, 2, 3]], slice: [[[0, 1]]], pad: [1], gather: [ints], oneHot: [3], clamp: [-1, 1], argmax: [1], argmin: [0],
  }
  const binary = ['add', 'sub', 'mul', 'div', 'pow', 'maximum', 'minimum', 'equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual', 'logicalAnd', 'logicalOr', 'logicalXor']
  const functions = Object.entries(gryph).filter((entry): entry is [string, (...args: unknown[]) => Tensor] => typeof entry[1] === 'function')
  const methods = functions.filter(([name]) => name !== 'grad' && name !== 'assign' && name in Tensor.prototype) // `grad` is a property, and `assign` changes its operand

  test('is found', () => expect(methods.length).toBeGreaterThan(55))
  test.each(methods)('%s gives the same as the method', (name, fn) => {
    const self = name === 'oneHot' ? ints : name === 'outer' ? a.flatten() : a
    const rest = name === 'outer' ? [b.flatten()] : (further[name] ?? (binary.includes(name) ? [b] : []))
    const method = (self as unknown as Record<string, (...args: unknown[]) => Tensor>)[name]! // names of the prototype
    expect(bitsOf(method.apply(self, rest))).toEqual(bitsOf(fn(self, ...rest)))
  })
})

describe('reading', () => {
  const t = tensor([[1, 2.5], [-0, NaN]])
  test('item is the only element', () => {
    expect([tensor([[3]]).item(), tensor(true).item(), tensor([5, 6]).slice([1]).item()]).toEqual([3, 1, 6])
    expect(() => t.item()).toThrow('[item] the tensor has shape [2, 2], not one element.')
  })
  test('data is a copy in row-major order', async () => {
    const data = t.transpose().data()
    expect(data).toEqual(Float32Array.of(1, -0, 2.5, NaN))
    data[0] = 9
    t.data()[0] = 9
    expect(t.toArray()).toEqual([[1, 2.5], [-0, NaN]])
    expect(await t.dataAsync()).toEqual(t.data())
    expect(tensor([true]).data()).toEqual(Uint8Array.of(1))
  })
  test('printing shows values as NumPy does, whoever prints', () => {
    const text = 'tensor([[ 1. ,  2.5],\n        [-0. ,  nan]], dtype=float32)'
    expect([String(t), `${t}`, inspect(t)]).toEqual([text, text, text])
    expect(String(arange(3))).toBe('tensor([0, 1, 2], dtype=int32)')
  })
  test('JSON is nested arrays', () => expect(JSON.stringify({ t: tensor([[1, 2]]), b: tensor(true) })).toBe('{"t":[[1,2]],"b":true}'))
  test.each<[string, (x: never) => unknown]>([
    ['t > 0', (x) => x > 0],
    ['t + 1', (x) => x + 1],
    ['-t', (x) => -x],
    ['t == 1', (x) => x == 1],
    ['Math.max(t)', (x) => Math.max(x)],
    ['Number(t)', (x) => Number(x)],
  ])('%s is an error', (_, use) => expect(() => use(tensor(1) as never)).toThrow('was used where JavaScript wants a number')) // to check what happens at run time
})

describe('variables', () => {
  test('assign replaces the values for everyone who holds the variable', () => {
    const w = variable([[1, 2], [3, 4]])
    assign(w, w.transpose())
    expect(w.toArray()).toEqual([[1, 3], [2, 4]])
    assign(w, w)
    assign(w, tensor([[9, 9, 8], [7, 7, 6]]).slice([null, [1, 3]]))
    expect(w.add(1).toArray()).toEqual([[10, 9], [8, 7]])
  })
  test.each<[string, (w: Tensor) => Tensor]>([
    ['reshape', (w) => w.reshape([4])],
    ['transpose', (w) => w.transpose()],
    ['slice', (w) => w.slice([0])],
    ['detach', (w) => w.detach()],
  ])('a view by %s cannot be used after an assignment', (_, view) => {
    const w = variable([[1, 2], [3, 4]])
    const [shown, copy] = [view(w), view(w).clone()]
    expect(shown.toArray()).toEqual(copy.toArray())
    assign(w, w.add(1))
    for (const use of [() => shown.add(1), () => shown.toArray(), () => shown.reshape([-1]), () => assign(w, shown)]) expect(use).toThrow('shows a variable whose values have been replaced since')
    expect(copy.size).toBeGreaterThan(0)
    expect(view(w).toArray()).toEqual(view(tensor([[2, 3], [4, 5]])).toArray())
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

describe('argmax, argmin, max and min', () => {
  const t = tensor([[1, 5, 5], [-2, -7, 0]])
  test('go along an axis or over all, and take the first at ties', () => {
    expect([t.argmax(1).toArray(), t.argmin(0).toArray(), t.argmax().item(), t.argmin().item(), t.argmax(1, true).shape]).toEqual([[1, 2], [1, 1, 1], 1, 4, [2, 1]])
    expect([t.max(0).toArray(), t.min(1).toArray(), t.max().item(), t.max([0, 1], true).toArray()]).toEqual([[1, 5, 5], [1, -7], 5, [[5]]])
  })
  test('NaN wins', () => {
    const n = tensor([1, NaN, 3, NaN])
    expect([n.max().item(), n.min().item(), n.argmax().item(), n.argmin().item()]).toEqual([NaN, NaN, 1, 1])
  })
})

describe('softmax and losses', () => {
  const t = tensor([[1, 2, 3], [1000, 0, -1000]])
  const close = (actual: Tensor, expected: readonly number[]): void => [...actual.data()].forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6))
  test('have the values of the textbook, also far from 0', () => {
    close(t.softmax(), [0.09003057, 0.24472847, 0.66524096, 1, 0, 0])
    close(t.logSoftmax().slice([0]), [-2.4076059, -1.4076059, -0.40760596])
    close(t.logSumExp(1), [3.407606, 1000])
    expect(t.logSoftmax().slice([1]).toArray()).toEqual([0, -1000, -2000])
    expect(tensor([-Infinity, -Infinity]).logSumExp().item()).toBe(-Infinity)
  })
  test('cross entropy takes labels or probabilities', () => {
    const labels = tensor([2, 0], { dtype: 'int32' })
    close(gryph.crossEntropy(t, labels), [0.20380298])
    expect(gryph.crossEntropy(t, labels.oneHot(3)).item()).toBe(gryph.crossEntropy(t, labels).item())
    close(gryph.mse(t.slice([0]), tensor([0, 0, 0])), [14 / 3])
  })
})

test.each<[number[], number[], number[]]>([
  [[3], [3], []],
  [[3], [3, 2], [2]],
  [[2, 3], [3], [2]],
  [[2, 3], [3, 4], [2, 4]],
  [[5, 2, 3], [3, 4], [5, 2, 4]],
  [[5, 2, 3], [3], [5, 2]],
  [[3], [5, 3, 4], [5, 4]],
  [[5, 1, 2, 3], [4, 3, 6], [5, 4, 2, 6]],
  [[2, 0], [0, 3], [2, 3]],
  [[0, 3], [3, 2], [0, 2]],
])('matmul of %j and %j has shape %j', (a, b, shape) => {
  const product = matmul(ones(a), ones(b))
  expect(product.shape).toEqual(shape)
  expect([...product.data()].every((value) => value === a.at(-1))).toBe(true)
})
