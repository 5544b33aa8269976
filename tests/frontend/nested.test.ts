import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { runInNewContext } from 'node:vm'
import { parseNested, toNested, type NestedArray, type TensorData } from '../../src/frontend/nested.ts'

describe('parseNested', () => {
  test.each<[TensorData, number[], number[], 'bool' | 'number']>([
    [3, [], [3], 'number'],
    [true, [], [1], 'bool'],
    [[], [0], [], 'number'],
    [[[], []], [2, 0], [], 'number'],
    [[1, 2.5, -0], [3], [1, 2.5, -0], 'number'],
    [
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [2, 3],
      [1, 2, 3, 4, 5, 6],
      'number',
    ],
    [
      [
        [[1], [2]],
        [[3], [4]],
      ],
      [2, 2, 1],
      [1, 2, 3, 4],
      'number',
    ],
    [[[true, false]], [1, 2], [1, 0], 'bool'],
    [[true, 2, false], [3], [1, 2, 0], 'number'],
  ])('%j has shape %j', (data, shape, values, kind) => {
    expect(parseNested(data, 'tensor')).toEqual({ shape, values, kind })
  })

  test('a typed array is taken as it is', () => {
    const data = new Int32Array([1, 2])
    const parsed = parseNested(data, 'tensor')
    expect(parsed).toEqual({ shape: [2], values: data, kind: 'number' })
    expect(parsed.values).toBe(data)
  })

  test('typed rows of one type are joined in that type', () => {
    const parsed = parseNested([[new Float64Array([0.1, 2])], [new Float64Array([3, 4])]], 'tensor')
    expect(parsed).toEqual({ shape: [2, 1, 2], values: new Float64Array([0.1, 2, 3, 4]), kind: 'number' })
  })

  test('rows of several types become plain numbers', () => {
    const parsed = parseNested([new Float64Array([0.1]), new Uint8Array([2]), [true]], 'tensor')
    expect(parsed).toEqual({ shape: [3, 1], values: [0.1, 2, 1], kind: 'number' })
  })

  test('arrays of another realm count', () => {
    const data = runInNewContext('[new Float32Array([1, 2]), [3, 4]]') as TensorData // what the script evaluates to
    expect(parseNested(data, 'tensor')).toEqual({ shape: [2, 2], values: [1, 2, 3, 4], kind: 'number' })
  })

  const advice = 'Nest the same number of elements everywhere on a level.'
  test.each<[TensorData, string]>([
    [
      [
        [
          [1, 2],
          [3, 4],
        ],
        [
          [5, 6],
          [7, 8],
          [9, 0],
        ],
      ],
      'data[1] has 3 elements, data[0] has 2 elements',
    ],
    [
      [
        [
          [1, 2],
          [3, 4],
        ],
        [
          [5, 6],
          [7, 8, 9],
        ],
      ],
      'data[1][1] has 3 elements, data[0][0] has 2 elements',
    ],
    [[[], [1]], 'data[1] has 1 element, data[0] has 0 elements'],
    [[new Float32Array(2), [1]], 'data[1] has 1 element, data[0] has 2 elements'],
    [[[1], 2], 'data[1] is a number, data[0] has 1 element'],
    [[true, [1, 2]], 'data[1] has 2 elements, data[0] is a boolean'],
    [
      [
        [1, 2],
        [3, [4, 5]],
      ],
      'data[1][1] has 2 elements, data[0][0] is a number',
    ],
  ])('%j is ragged', (data, what) => {
    expect(() => parseNested(data, 'tensor')).toThrow(
      expect.objectContaining({ code: 'RAGGED_ARRAY', message: `[tensor] ${what}. ${advice}` }),
    )
  })

  const cyclic: unknown[] = []
  cyclic.push(cyclic)
  test.each<[string, unknown, string]>([
    ['a string', 'text', 'data is a string'],
    ['nothing', undefined, 'data is undefined'],
    ['a bigint element', [[1], [2n]], 'data[1][0] is a bigint'],
    ['a hole', [1, , 3], 'data[1] is undefined'], // oxlint-disable-line no-sparse-arrays
    ['null among arrays', [[1], null], 'data[1] is null'],
    ['an object first', [[new Date(0), 1]], 'data[0][0] is an object (Date)'],
    ['an object without class', [Object.create(null)], 'data[0] is an object (without class)'],
    ['an unsupported typed array', new Int8Array(2), 'data is an object (Int8Array)'],
    ['an array within itself', cyclic, 'data is nested more than 64 levels deep'],
  ])('%s is refused', (_, data, what) => {
    const given = data as TensorData // what a caller without types may pass
    expect(() => parseNested(given, 'full')).toThrow(
      expect.objectContaining({
        code: 'DATA_INVALID',
        message: `[full] ${what}. Give numbers, booleans, or nested arrays of them; of typed arrays, Float32Array, Float64Array, Int32Array and Uint8Array.`,
      }),
    )
  })
})

describe('toNested', () => {
  test.each<[number[], number[], NestedArray]>([
    [[3], [], 3],
    [
      [1, 2, 3, 4, 5, 6],
      [2, 3],
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ],
    [
      [1, 2],
      [2, 1, 1],
      [[[1]], [[2]]],
    ],
    [[], [0, 3], []],
    [[], [2, 0], [[], []]],
  ])('%j of shape %j is %j', (values, shape, expected) => {
    expect(toNested(new Float32Array(values), shape, 'float32')).toEqual(expected)
  })

  test('bool becomes booleans', () => {
    expect(toNested(new Uint8Array([1, 0]), [2], 'bool')).toEqual([true, false])
    expect(toNested(new Uint8Array([1]), [], 'bool')).toBe(true)
  })

  test('parseNested reads back what toNested makes', () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 })
    fc.assert(
      fc.property(shapes, fc.double(), (shape, start) => {
        const count = shape.reduce((product, size) => product * size, 1)
        const values = Float64Array.from({ length: count }, (_, i) => start - i)
        expect(parseNested(toNested(values, shape, 'float64'), 'tensor')).toEqual({
          shape,
          values: [...values],
          kind: 'number',
        })
      }),
    )
  })
})
