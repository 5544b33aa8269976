import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dtypeInfo, type Dtype } from '../../src/base/dtype.ts'
import { elementCount } from '../../src/base/shape.ts'
import { formatTensor } from '../../src/frontend/format.ts'

const print = (values: readonly number[], shape: readonly number[], dtype: Dtype): string =>
  formatTensor(new dtypeInfo[dtype].array(values), shape, dtype)

const counted = (shape: readonly number[], dtype: Dtype): string =>
  print(
    Array.from({ length: elementCount(shape) }, (_, i) => i),
    shape,
    dtype,
  )

// All literal expectations here are what NumPy 2.4 prints, with `tensor(` for `array(` and the dtype always said.

test('a matrix stands in columns', () => {
  expect(print([1, 2, 3, 4], [2, 2], 'float32')).toBe('tensor([[1., 2.],\n        [3., 4.]], dtype=float32)')
})

describe('a row of floats', () => {
  test.each<[string, Dtype, number[], string]>([
    ['lines up its points', 'float32', [-1.5, 0.25, 100], '[ -1.5 ,   0.25, 100.  ]'],
    ['has as few digits as read back in float32', 'float32', [0.1, 0.2, 0.3], '[0.1, 0.2, 0.3]'],
    ['has nine digits where float32 needs them', 'float32', [1 / 3, 2 / 3], '[0.33333334, 0.6666667 ]'],
    ['has at most eight digits after the point', 'float64', [1 / 3, 2 / 3], '[0.33333333, 0.66666667]'],
    ['rounds a tie to the even digit', 'float32', [2 ** -9, 1], '[0.00195312, 1.        ]'],
    ['rounds a shortest text to the even digit', 'float32', [2.33203125, 1], '[2.3320312, 1.       ]'],
    [
      'pads nan, infinities and negative zero',
      'float32',
      [NaN, Infinity, -Infinity, -0, 1.5],
      '[ nan,  inf, -inf, -0. ,  1.5]',
    ],
    ['may hold nothing finite', 'float32', [NaN, Infinity], '[nan, inf]'],
    ['may hold only zeros', 'float32', [0, -0], '[ 0., -0.]'],
    ['has exponents from 1e6 in float32', 'float32', [1e6, 1], '[1.e+06, 1.e+00]'],
    ['has none below 1e6 in float32', 'float32', [999999, 1000], '[999999.,   1000.]'],
    ['has exponents from 1e8 in float64', 'float64', [1e8, 1], '[1.e+08, 1.e+00]'],
    ['has none below 1e8 in float64', 'float64', [99999999, 1e6], '[99999999.,  1000000.]'],
    ['has exponents below 0.0001', 'float32', [0.00009, 0.01], '[9.e-05, 1.e-02]'],
    ['has none from 0.0001', 'float32', [0.0001, 0.01], '[0.0001, 0.01  ]'],
    ['has exponents where the ratio is over 1000', 'float32', [3, 3001], '[3.000e+00, 3.001e+03]'],
    ['has none where the ratio is 1000', 'float32', [3, 3000], '[   3., 3000.]'],
    ['has exponents of one width', 'float64', [1e100, -1.5], '[ 1.0e+100, -1.5e+000]'],
    ['has mantissas of one width', 'float64', [0.1, 1.2345678912e-9], '[1.00000000e-01, 1.23456789e-09]'],
    ['holds the ends of float32', 'float32', [1e-45, 3.4028234663852886e38], '[1.4012985e-45, 3.4028235e+38]'],
  ])('%s', (_, dtype, values, expected) => {
    expect(print(values, [values.length], dtype)).toBe(`tensor(${expected}, dtype=${dtype})`)
  })
})

test('integers are aligned to the right', () => {
  expect(print([1, -20, 300, 4], [2, 2], 'int32')).toBe('tensor([[  1, -20],\n        [300,   4]], dtype=int32)')
  expect(print([0, 255, 7], [3], 'uint8')).toBe('tensor([  0, 255,   7], dtype=uint8)')
})

test('booleans are printed as in JavaScript', () => {
  expect(print([1, 0, 0, 0], [2, 2], 'bool')).toBe('tensor([[ true, false],\n        [false, false]], dtype=bool)')
})

test.each<[number, Dtype, string]>([
  [3.5, 'float32', 'tensor(3.5, dtype=float32)'],
  [1, 'bool', 'tensor(true, dtype=bool)'],
  [-7, 'int32', 'tensor(-7, dtype=int32)'],
  [NaN, 'float64', 'tensor(nan, dtype=float64)'],
])('a 0-d %d of %s has no brackets', (value, dtype, expected) => {
  expect(print([value], [], dtype)).toBe(expected)
})

test('an empty tensor tells its shape where the brackets do not', () => {
  expect(print([], [0], 'float32')).toBe('tensor([], dtype=float32)')
  expect(print([], [0, 3], 'float32')).toBe('tensor([], shape=[0, 3], dtype=float32)')
})

test('higher axes are set apart by empty lines', () => {
  expect(counted([2, 2, 1, 2], 'int32')).toBe(`tensor([[[[0, 1]],

         [[2, 3]]],


        [[[4, 5]],

         [[6, 7]]]], dtype=int32)`)
})

test('lines are at most 75 wide, the dtype included', () => {
  expect(counted([20], 'float32')).toBe(`tensor([ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12.,
        13., 14., 15., 16., 17., 18., 19.], dtype=float32)`)
  expect(counted([30], 'int32')).toBe(`tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15,
        16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29],
       dtype=int32)`)
})

test('1000 elements are printed in full, 1001 are summarised', () => {
  expect(counted([1000], 'int32')).not.toContain('...')
  expect(counted([1001], 'int32')).toBe(`tensor([   0,    1,    2, ...,  998,  999, 1000],
       shape=[1001], dtype=int32)`)
})

test('a summary shortens only the long axes', () => {
  expect(counted([2, 600], 'int32')).toBe(`tensor([[   0,    1,    2, ...,  597,  598,  599],
        [ 600,  601,  602, ..., 1197, 1198, 1199]],
       shape=[2, 600], dtype=int32)`)
})

test('a summary decides on exponents by the elements it shows', () => {
  expect(counted([40, 40], 'float32')).toBe(`tensor([[0.000e+00, 1.000e+00, 2.000e+00, ..., 3.700e+01, 3.800e+01,
         3.900e+01],
        [4.000e+01, 4.100e+01, 4.200e+01, ..., 7.700e+01, 7.800e+01,
         7.900e+01],
        [8.000e+01, 8.100e+01, 8.200e+01, ..., 1.170e+02, 1.180e+02,
         1.190e+02],
        ...,
        [1.480e+03, 1.481e+03, 1.482e+03, ..., 1.517e+03, 1.518e+03,
         1.519e+03],
        [1.520e+03, 1.521e+03, 1.522e+03, ..., 1.557e+03, 1.558e+03,
         1.559e+03],
        [1.560e+03, 1.561e+03, 1.562e+03, ..., 1.597e+03, 1.598e+03,
         1.599e+03]], shape=[40, 40], dtype=float32)`)
})

test('every float32 printed with an exponent reads back as itself', () => {
  const sizes = fc.float({ noNaN: true, noDefaultInfinity: true }).filter((value) => Math.abs(value) >= 1e6)
  fc.assert(
    fc.property(sizes, (value) => {
      const text = print([value], [], 'float32').replace(/tensor\(|, dtype.*/g, '')
      expect(Math.fround(Number(text))).toBe(value)
    }),
  )
})

test('the lines of one tensor keep its elements in columns', () => {
  const rows = fc.array(fc.tuple(fc.float(), fc.float(), fc.float()), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(rows, (values) => {
      const lines = print(values.flat(), [values.length, 3], 'float32')
        .replace(/,\s+dtype.*$/s, '')
        .split('\n')
      const commas = lines.map((line) => line.slice(8).replace(/\]*,?\)?$/, '').length)
      expect(new Set(commas).size).toBe(1)
    }),
  )
})
