import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contiguousStrides, elementCount, type Shape } from '../../../src/base/shape.ts'
import { paddingOf } from '../../../src/ops/padding/padding-of.ts'
import { keepsPositions } from '../../../src/ops/padding/rule.ts'
import { inferType, registry } from '../../../src/ops/registry.ts'
import type { Attrs, OpName } from '../../../src/ops/table.ts'

test('every op that is not elementwise says how it goes with sizes', () => {
  const silent = Object.entries(registry).filter(([, { kind, padding }]) => kind !== 'elementwise' && !padding)
  expect(silent.map(([op]) => op)).toEqual([])
})

const float = (shape: Shape) => ({ dtype: 'float32', shape }) as const
const int = (shape: Shape) => ({ dtype: 'int32', shape }) as const
type Type = ReturnType<typeof float> | ReturnType<typeof int>

/** What the rule says of an op at a small size and at a large one. */
function said(op: OpName, small: [Type[], Attrs], large: [Type[], Attrs]): ReturnType<typeof paddingOf> {
  const sized = ([operands, attrs]: [Type[], Attrs]) => ({ operands, attrs, result: inferType(op, operands, attrs) })
  return paddingOf(op, sized(small), sized(large))
}

describe('The rule of', () => {
  const sum = (axes: readonly number[]): Attrs => ({ axes, keepDims: false })

  test.each<[string, ReturnType<typeof said>, unknown]>([
    [
      'a sum over the rows',
      said('sum', [[float([5, 3])], sum([0])], [[float([8, 3])], sum([0])]),
      [{ value: -0, axes: [0] }],
    ],
    ['a sum of each row', said('sum', [[float([5, 3])], sum([1])], [[float([8, 3])], sum([1])]), [undefined]],
    [
      'a sum of the only row',
      said('sum', [[float([1, 3])], sum([0])], [[float([8, 3])], sum([0])]),
      'its order of additions changes with the size',
    ],
    [
      'a largest of the only row',
      said('max', [[float([1, 3])], sum([0])], [[float([8, 3])], sum([0])]),
      [{ value: -Infinity, axes: [0] }],
    ],
    [
      'a sum of rows and columns where there is one row',
      said('sum', [[float([1, 2, 3])], sum([0, 2])], [[float([8, 2, 3])], sum([0, 2])]),
      [{ value: -0, axes: [0] }],
    ],
    [
      'a sum along which lanes lie at one size only',
      said('max', [[float([5, 1])], sum([0])], [[float([5, 8])], sum([0])]),
      'its order of additions changes with the size',
    ],
    [
      'a sum of everything whose second axis grows',
      said('sum', [[float([3, 5])], sum([0, 1])], [[float([3, 8])], sum([0, 1])]),
      'its order of additions changes with the size',
    ],
    [
      'a largest of integers',
      said('max', [[int([5])], sum([0])], [[int([8])], sum([0])]),
      [{ value: -(2 ** 31), axes: [0] }],
    ],
    [
      'a product that sums over the size',
      said('matmul', [[float([2, 5]), float([5, 3])], {}], [[float([2, 8]), float([8, 3])], {}]),
      [
        { value: -0, axes: [1] },
        { value: 0, axes: [0] },
      ],
    ],
    [
      'a product of rows',
      said('matmul', [[float([5, 2]), float([2, 3])], {}], [[float([8, 2]), float([2, 3])], {}]),
      [undefined, undefined],
    ],
    [
      'one row that broadcasts',
      said('add', [[float([1, 3]), float([4, 3])], {}], [[float([4, 3]), float([4, 3])], {}]),
      'an axis of size 1 broadcasts',
    ],
    [
      'indices',
      said('gather', [[float([9]), int([5])], { axis: 0 }], [[float([9]), int([8])], { axis: 0 }]),
      [undefined, { value: 0, axes: [0] }],
    ],
    [
      'random rows',
      said(
        'random',
        [[int([4])], { shape: [5, 3], distribution: 'uniform', dtype: 'float32' }],
        [[int([4])], { shape: [8, 3], distribution: 'uniform', dtype: 'float32' }],
      ),
      [],
    ],
    [
      'random columns',
      said(
        'random',
        [[int([4])], { shape: [3, 5], distribution: 'uniform', dtype: 'float32' }],
        [[int([4])], { shape: [3, 8], distribution: 'uniform', dtype: 'float32' }],
      ),
      'elements of other axes than the first get other numbers when the size changes',
    ],
  ])('%s', (_, actual, expected) => expect(actual).toEqual(expected))
})

/** The row-major positions in `shape` of the elements of a smaller one. */
function lowPositions(small: Shape, shape: Shape): number[] {
  const [own, strides] = [contiguousStrides(small), contiguousStrides(shape)]
  return Array.from({ length: elementCount(small) }, (_, position) =>
    small.reduce((sum, size, axis) => sum + (Math.floor(position / own[axis]!) % size) * strides[axis]!, 0),
  )
}

test('a reshape that passes keeps every element, of shapes at random', () => {
  const factor = fc.constantFrom(1, 2, 3, 'n' as const)
  let passed = 0
  const property = fc.property(
    fc.array(factor, { minLength: 1, maxLength: 4 }),
    fc.nat(99),
    fc.nat(99),
    (factors, cut, other) => {
      // Neighbouring factors make an axis on either side.
      const shapeAt = (n: number, cuts: number): Shape =>
        factors.reduce<number[]>((shape, each, i) => {
          const size = each === 'n' ? n : each
          if (i > 0 && (cuts >> i) % 2 === 0) shape[shape.length - 1]! *= size
          else shape.push(size)
          return shape
        }, [])
      for (const [n, capacity] of [
        [2, 5],
        [1, 4],
        [3, 4],
      ] as const) {
        const [from, to, wideFrom, wideTo] = [
          shapeAt(n, cut),
          shapeAt(n, other),
          shapeAt(capacity, cut),
          shapeAt(capacity, other),
        ]
        const rule = said('reshape', [[float(from)], { shape: to }], [[float(wideFrom)], { shape: wideTo }])
        const isKept = String(lowPositions(from, wideFrom)) === String(lowPositions(to, wideTo))
        if (typeof rule !== 'string') passed++
        if (typeof rule !== 'string' && !isKept) return false
      }
      return true
    },
  )
  fc.assert(property, { numRuns: 400, seed: 1 })
  expect(passed).toBeGreaterThan(400)
})

test('positions are kept exactly where it says so', () => {
  const shapes = fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 2 })), { maxLength: 4 })
  fc.assert(
    fc.property(shapes, (sizes) => {
      const [small, large] = [sizes.map(([size]) => size), sizes.map(([size, more]) => size + more)]
      return keepsPositions(small, large) === lowPositions(small, large).every((position, i) => position === i)
    }),
    { numRuns: 400, seed: 1 },
  )
})
