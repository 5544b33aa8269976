import { describe, expect, test } from 'vitest'
import * as gryph from '../../src/index.ts'
import { arange, concat, matmul, ones, tensor, Tensor } from '../../src/index.ts'
import { bitsOf } from './twice.ts'

describe('views', () => {
  const t = arange(24).reshape([2, 3, 4])
  test.each<[string, (t: Tensor) => Tensor, number[], number[]]>([
    ['reshape', (x) => x.reshape([4, -1]), [4, 6], [...Array(24).keys()]],
    ['flatten', (x) => x.flatten(), [24], [...Array(24).keys()]],
    ['transpose of all', (x) => x.slice([0]).transpose(), [4, 3], [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11]],
    ['transpose of two axes', (x) => x.transpose(0, -1).slice([3]), [3, 2], [3, 15, 7, 19, 11, 23]],
    ['permute', (x) => x.permute([2, 0, 1]).slice([0]), [2, 3], [0, 4, 8, 12, 16, 20]],
    ['expandDims', (x) => x.slice([1, 2]).expandDims(-1), [4, 1], [20, 21, 22, 23]],
    [
      'squeeze',
      (x) =>
        x
          .slice([
            [0, 1],
            [0, 1],
          ])
          .squeeze(),
      [4],
      [0, 1, 2, 3],
    ],
    [
      'squeeze of one axis',
      (x) =>
        x
          .slice([
            [0, 1],
            [0, 1],
          ])
          .squeeze(0),
      [1, 4],
      [0, 1, 2, 3],
    ],
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
    expect(matmul(a, b).toArray()).toEqual(
      matmul(
        tensor(a.toArray() as number[][], { dtype: 'int32' }),
        tensor(b.toArray() as number[][], { dtype: 'int32' }),
      ).toArray(),
    ) // both 2-D
    expect(concat([a, a], 1).sum(0).toArray()).toEqual([6, 22, 38, 6, 22, 38])
    expect(
      t
        .slice([null, null, [null, null, -2]])
        .sum([0, 2])
        .toArray(),
    ).toEqual([32, 48, 64])
  })
})

describe('every function that has a method', () => {
  const a = tensor([
    [0.5, -1.5, 2],
    [3, 0.25, -0.75],
  ])
  const b = tensor([
    [2, 1, -1],
    [0.5, 2, 4],
  ])
  const ints = tensor([1, 0], { dtype: 'int32' })
  /** Further arguments, for those that are not of one or two tensors of equal shape. */
  const further: Record<string, unknown[]> = {
    matmul: [b.transpose()],
    dot: [b],
    outer: [b],
    cast: ['int32'],
    reshape: [[3, 2]],
    permute: [[1, 0]],
    expandDims: [1],
    broadcastTo: [[2, 2, 3]],
    slice: [[[0, 1]]],
    pad: [1],
    gather: [ints],
    oneHot: [3],
    clamp: [-1, 1],
    argmax: [1],
    argmin: [0],
  }
  const binary = [
    'add',
    'sub',
    'mul',
    'div',
    'pow',
    'maximum',
    'minimum',
    'equal',
    'notEqual',
    'less',
    'lessEqual',
    'greater',
    'greaterEqual',
    'logicalAnd',
    'logicalOr',
    'logicalXor',
  ]
  const functions = Object.entries(gryph).filter(
    (entry): entry is [string, (...args: unknown[]) => Tensor] => typeof entry[1] === 'function',
  )
  const methods = functions.filter(([name]) => name !== 'grad' && name !== 'assign' && name in Tensor.prototype) // `grad` is a property, and `assign` changes its operand

  test('is found', () => expect(methods.length).toBeGreaterThan(55))
  test.each(methods)('%s gives the same as the method', (name, fn) => {
    const self = name === 'oneHot' ? ints : name === 'outer' ? a.flatten() : a
    const rest = name === 'outer' ? [b.flatten()] : (further[name] ?? (binary.includes(name) ? [b] : []))
    const method = (self as unknown as Record<string, (...args: unknown[]) => Tensor>)[name]! // names of the prototype
    expect(bitsOf(method.apply(self, rest))).toEqual(bitsOf(fn(self, ...rest)))
  })
})

test.each<[number[], number[], number[]]>([
  [[3], [3], []],
  [[3], [3, 2], [2]],
  [[2, 3], [3], [2]],
  [
    [2, 3],
    [3, 4],
    [2, 4],
  ],
  [
    [5, 2, 3],
    [3, 4],
    [5, 2, 4],
  ],
  [[5, 2, 3], [3], [5, 2]],
  [[3], [5, 3, 4], [5, 4]],
  [
    [5, 1, 2, 3],
    [4, 3, 6],
    [5, 4, 2, 6],
  ],
  [
    [2, 0],
    [0, 3],
    [2, 3],
  ],
  [
    [0, 3],
    [3, 2],
    [0, 2],
  ],
])('matmul of %j and %j has shape %j', (a, b, shape) => {
  const product = matmul(ones(a), ones(b))
  expect(product.shape).toEqual(shape)
  expect([...product.data()].every((value) => value === a.at(-1))).toBe(true)
})
describe('argmax, argmin, max and min', () => {
  const t = tensor([
    [1, 5, 5],
    [-2, -7, 0],
  ])
  test('go along an axis or over all, and take the first at ties', () => {
    expect([
      t.argmax(1).toArray(),
      t.argmin(0).toArray(),
      t.argmax().item(),
      t.argmin().item(),
      t.argmax(1, true).shape,
    ]).toEqual([[1, 2], [1, 1, 1], 1, 4, [2, 1]])
    expect([t.max(0).toArray(), t.min(1).toArray(), t.max().item(), t.max([0, 1], true).toArray()]).toEqual([
      [1, 5, 5],
      [1, -7],
      5,
      [[5]],
    ])
  })
  test('NaN wins', () => {
    const n = tensor([1, NaN, 3, NaN])
    expect([n.max().item(), n.min().item(), n.argmax().item(), n.argmin().item()]).toEqual([NaN, NaN, 1, 1])
  })
})

describe('softmax and losses', () => {
  const t = tensor([
    [1, 2, 3],
    [1000, 0, -1000],
  ])
  const close = (actual: Tensor, expected: readonly number[]): void =>
    [...actual.data()].forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 6))
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
