import { describe, expect, test } from 'vitest'
import type { TensorType } from '../../src/base/shape.ts'
import { inferType, recordOf, registry } from '../../src/ops/registry.ts'
import type { Attrs, OpName } from '../../src/ops/table.ts'
import { bool, f32, f64, i32, u8, type HostArray } from './host-array.ts'
import { samples } from './samples.ts'

const names = Object.keys(registry) as OpName[] // the keys of the registry
const type = (dtype: TensorType['dtype'], ...shape: number[]): TensorType => ({ dtype, shape })
const float = (...shape: number[]): TensorType => type('float32', ...shape)
const int = (...shape: number[]): TensorType => type('int32', ...shape)

describe('the type rule', () => {
  test.each(names)('of %s gives the dtype and shape of its samples', (op) => {
    for (const { operands, attrs, expected } of samples[op] as readonly {
      operands: readonly HostArray[]
      attrs: Attrs
      expected: HostArray
    }[]) {
      expect(
        inferType(
          op,
          operands.map(({ dtype, shape }) => ({ dtype, shape })),
          attrs,
        ),
      ).toEqual({ dtype: expected.dtype, shape: expected.shape })
    }
  })

  test('makes no new type when an elementwise op changes nothing', () => {
    const x = float(2, 3)
    expect(inferType('add', [x, float(3)], {})).toBe(x)
    expect(inferType('mul', [float(), x], {})).toBe(x)
    expect(inferType('exp', [x], {})).toBe(x)
  })

  test('broadcasts both ways', () => {
    expect(inferType('sub', [float(4, 1, 3), float(5, 1)], {})).toEqual(float(4, 5, 3))
    expect(inferType('where', [type('bool', 2, 1), float(3), float()], {})).toEqual(float(2, 3))
  })
})

const unaryFloat = ['sqrt', 'floor', 'exp', 'expm1', 'log', 'log1p', 'sin', 'cos', 'tanh', 'sigmoid', 'erf'] as const
const arithmetic = ['add', 'sub', 'mul', 'maximum', 'minimum'] as const
const comparisons = ['equal', 'notEqual', 'less', 'lessEqual', 'greater', 'greaterEqual'] as const
const logical = ['logicalAnd', 'logicalOr', 'logicalXor'] as const
const binary = [...arithmetic, 'div', 'pow', ...comparisons, ...logical] as const

type BadCall = readonly [op: OpName, operands: readonly TensorType[], attrs: Attrs, code: string]
const badCalls: readonly BadCall[] = [
  ...unaryFloat.flatMap((op): BadCall[] => [
    [op, [int(2)], {}, 'DTYPE_UNSUPPORTED'],
    [op, [type('bool', 2)], {}, 'DTYPE_UNSUPPORTED'],
  ]),
  ...(['neg', 'abs', 'sign', 'relu'] as const).map((op): BadCall => [op, [type('bool', 2)], {}, 'DTYPE_UNSUPPORTED']),
  ...binary.flatMap((op): BadCall[] => [
    [
      op,
      logical.some((name) => name === op) ? [type('bool', 2), type('bool', 3)] : [float(2), float(3)],
      {},
      'SHAPE_MISMATCH',
    ],
    [op, [float(2), type('float64', 2)], {}, 'DTYPE_MISMATCH'],
  ]),
  ...arithmetic.map((op): BadCall => [op, [type('bool'), type('bool')], {}, 'DTYPE_UNSUPPORTED']),
  ...logical.map((op): BadCall => [op, [int(), int()], {}, 'DTYPE_UNSUPPORTED']),
  ['div', [int(), int()], {}, 'DTYPE_UNSUPPORTED'],
  ['pow', [int(), int()], {}, 'DTYPE_UNSUPPORTED'],
  ['logicalNot', [int()], {}, 'DTYPE_UNSUPPORTED'],
  ['cast', [int()], { dtype: 'float16' }, 'DTYPE_UNSUPPORTED'],
  ['where', [int(), float(), float()], {}, 'DTYPE_UNSUPPORTED'],
  ['where', [type('bool', 2), float(3), float()], {}, 'SHAPE_MISMATCH'],
  ['where', [type('bool'), float(), int()], {}, 'DTYPE_MISMATCH'],
  ['add', [float(2 ** 20, 1), float(2 ** 20)], {}, 'SIZE_INVALID'],
  ['iota', [], { shape: [2], axis: 1, dtype: 'int32' }, 'AXIS_OUT_OF_RANGE'],
  ['iota', [], { shape: [2], axis: 0, dtype: 'bool' }, 'DTYPE_UNSUPPORTED'],
  ['iota', [], { shape: [2.5], axis: 0, dtype: 'int32' }, 'SIZE_INVALID'],
  ['oneHot', [float(2)], { depth: 3, dtype: 'float32' }, 'DTYPE_UNSUPPORTED'],
  ['oneHot', [int(2)], { depth: -1, dtype: 'float32' }, 'SIZE_INVALID'],
  ['gather', [float(2), float(2)], { axis: 0 }, 'DTYPE_UNSUPPORTED'],
  ['gather', [float(2), int(2)], { axis: 1 }, 'AXIS_OUT_OF_RANGE'],
  ['assertion', [float(2)], { test: 'true', message: 'm' }, 'DTYPE_UNSUPPORTED'],
  ['assertion', [int(2)], { test: 'finite', message: 'm' }, 'DTYPE_UNSUPPORTED'],
  ['assertion', [int(2)], { test: 'pivot', message: 'm' }, 'DTYPE_UNSUPPORTED'],
  ['random', [int(3)], { shape: [2], distribution: 'bits', dtype: 'int32' }, 'SHAPE_MISMATCH'],
  ['random', [float(4)], { shape: [2], distribution: 'bits', dtype: 'int32' }, 'DTYPE_UNSUPPORTED'],
  ['random', [int(4)], { shape: [2], distribution: 'normal', dtype: 'int32' }, 'DTYPE_UNSUPPORTED'],
  ['random', [int(4)], { shape: [NaN], distribution: 'normal', dtype: 'float32' }, 'SIZE_INVALID'],
  ['permutation', [int(4)], { size: -1 }, 'SIZE_INVALID'],
  ['permutation', [int(5)], { size: 1 }, 'SHAPE_MISMATCH'],
  ['reshape', [float(2, 3)], { shape: [4] }, 'RESHAPE_SIZES'],
  ['permute', [float(2, 3)], { axes: [0, 0] }, 'AXES_NOT_PERMUTATION'],
  ['broadcastTo', [float(2)], { shape: [3] }, 'SHAPE_MISMATCH'],
  ['broadcastTo', [float(2)], { shape: [1] }, 'SHAPE_MISMATCH'],
  ['slice', [float(3)], { starts: [2], sizes: [2], steps: [1] }, 'SLICE_INVALID'],
  ['slice', [float(3)], { starts: [0], sizes: [2], steps: [-1] }, 'SLICE_INVALID'],
  ['slice', [float(3)], { starts: [], sizes: [], steps: [] }, 'SHAPE_MISMATCH'],
  ['sum', [float(3)], { axes: [1], keepDims: false }, 'AXIS_OUT_OF_RANGE'],
  ['sum', [float(3, 3)], { axes: [0, 0], keepDims: false }, 'AXIS_REPEATED'],
  ['sum', [type('uint8', 3)], { axes: [0], keepDims: false }, 'DTYPE_UNSUPPORTED'],
  ['prod', [type('bool', 3)], { axes: [0], keepDims: false }, 'DTYPE_UNSUPPORTED'],
  ['max', [float(0, 3)], { axes: [0], keepDims: false }, 'REDUCE_EMPTY'],
  ['min', [type('bool', 3)], { axes: [0], keepDims: false }, 'DTYPE_UNSUPPORTED'],
  ['matmul', [float(2, 3), float(4, 5)], {}, 'MATMUL_INNER_SIZES'],
  ['matmul', [float(2, 3), type('float64', 3, 5)], {}, 'DTYPE_MISMATCH'],
  ['matmul', [type('uint8', 2, 3), type('uint8', 3, 5)], {}, 'DTYPE_UNSUPPORTED'],
  ['matmul', [float(2, 3), float(1, 3, 5)], {}, 'SHAPE_MISMATCH'],
  ['matmul', [float(2, 2, 3), float(1, 3, 5)], {}, 'SHAPE_MISMATCH'],
  ['matmul', [float(3), float(3)], {}, 'MATMUL_RANK'],
  ['concat', [], { axis: 0 }, 'OPERANDS_MISSING'],
  ['concat', [float(2), float(2, 1)], { axis: 0 }, 'SHAPE_MISMATCH'],
  ['concat', [float(2, 3), float(3, 3)], { axis: 1 }, 'SHAPE_MISMATCH'],
  ['concat', [float(2), int(2)], { axis: 0 }, 'DTYPE_MISMATCH'],
  ['concat', [float(2)], { axis: 1 }, 'AXIS_OUT_OF_RANGE'],
  ['assemble', [], { shape: [3], starts: [], steps: [] }, 'OPERANDS_MISSING'],
  ['assemble', [float(2), int(2)], { shape: [4], starts: [[0], [2]], steps: [[1], [1]] }, 'DTYPE_MISMATCH'],
  ['assemble', [float(2)], { shape: [3], starts: [[2]], steps: [[1]] }, 'SLICE_INVALID'],
  ['assemble', [float(2)], { shape: [3], starts: [], steps: [] }, 'SHAPE_MISMATCH'],
  ['pad', [float(2)], { shape: [3], starts: [2], steps: [1], value: 0 }, 'SLICE_INVALID'],
  ['pad', [int(2)], { shape: [3], starts: [0], steps: [1], value: 0.5 }, 'NUMBER_OUT_OF_RANGE'],
  ['pad', [float(2)], { shape: [3, 1], starts: [0], steps: [1], value: 0 }, 'SHAPE_MISMATCH'],
  ['dynamicSlice', [float(3), int()], { starts: [2], sizes: [2], steps: [1], axes: [0] }, 'SLICE_INVALID'],
  ['dynamicSlice', [float(3), float()], { starts: [0], sizes: [2], steps: [1], axes: [0] }, 'DTYPE_UNSUPPORTED'],
  ['dynamicSlice', [float(3), int(1)], { starts: [0], sizes: [2], steps: [1], axes: [0] }, 'SHAPE_MISMATCH'],
  ['dynamicSlice', [float(3), int()], { starts: [0], sizes: [2], steps: [1], axes: [] }, 'AXES_NOT_PERMUTATION'],
  ['dynamicSlice', [float(3), int()], { starts: [0], sizes: [2], steps: [1], axes: [1] }, 'AXIS_OUT_OF_RANGE'],
  ['setSlice', [float(3), int(1), int()], { starts: [0], steps: [1], axes: [0] }, 'DTYPE_MISMATCH'],
  ['setSlice', [float(3), float(4), int()], { starts: [0], steps: [1], axes: [0] }, 'SLICE_INVALID'],
  ['setSlice', [float(3), float(1, 1), int()], { starts: [0], steps: [1], axes: [0] }, 'SHAPE_MISMATCH'],
  ['checkedIndex', [float(2)], { axis: 0, size: 3, extent: 1 }, 'DTYPE_UNSUPPORTED'],
  ['scatter', [float(3, 2), float(2, 2), float(2)], { axis: 0, combine: 'set' }, 'DTYPE_UNSUPPORTED'],
  ['scatter', [type('bool', 3), type('bool', 2), int(2)], { axis: 0, combine: 'add' }, 'DTYPE_UNSUPPORTED'],
  ['scatter', [float(3, 2), int(2, 2), int(2)], { axis: 0, combine: 'set' }, 'DTYPE_MISMATCH'],
  ['scatter', [float(3, 2), float(2, 2), int(2, 1)], { axis: 0, combine: 'set' }, 'SHAPE_MISMATCH'],
  ['scatter', [float(3, 2), float(2), int(2)], { axis: 0, combine: 'set' }, 'SHAPE_MISMATCH'],
  ['scatter', [float(3, 2), float(2, 3), int(2)], { axis: 0, combine: 'set' }, 'SHAPE_MISMATCH'],
  ['scatter', [float(3), float(3), int(3)], { axis: 1, combine: 'set' }, 'AXIS_OUT_OF_RANGE'],
  ['scatterAdd', [float(2), int(1, 2)], { axis: 0, size: 3 }, 'SHAPE_MISMATCH'],
  ['scatterAdd', [float(2), int(3)], { axis: 0, size: 3 }, 'SHAPE_MISMATCH'],
  ['scatterAdd', [float(2), float(2)], { axis: 0, size: 3 }, 'DTYPE_UNSUPPORTED'],
  ['scatterAdd', [float(2), int(2)], { axis: 1, size: 3 }, 'AXIS_OUT_OF_RANGE'],
]

test.each(badCalls)('%s of %j with %j is refused with %s', (op, operands, attrs, code) => {
  expect(() => inferType(op, operands, attrs)).toThrow(expect.objectContaining({ name: 'GryphError', code }))
})

test('only operands whose order cannot matter, −0 included, may be swapped', () => {
  expect(names.filter((op) => recordOf(op).commutative === true).toSorted()).toEqual([
    'add',
    'equal',
    'logicalAnd',
    'logicalOr',
    'logicalXor',
    'mul',
    'notEqual',
  ])
})

test('ops that read at given positions check them, or take checked ones; assertions check', () => {
  expect(names.filter((op) => recordOf(op).checks === true).toSorted()).toEqual([
    'assertion',
    'checkedIndex',
    'gather',
    'oneHot',
    'scatterAdd',
  ])
})

test('a failed check names the index, its axis and the range', async () => {
  const { evaluateLowering } = await import('./lowering-evaluator.ts')
  const message = (op: OpName, operands: readonly HostArray[], attrs: Attrs): string => {
    try {
      evaluateLowering(op, operands, attrs)
      return 'no error'
    } catch (error) {
      return (error as Error).message
    }
  }
  const x = f64([2, 3], 1, 2, 3, 4, 5, 6)
  expect(message('gather', [x, i32([1], 3)], { axis: 1 })).toBe(
    '[gather] index 3 is out of range for axis 1 of size 3. Use -3 … 2.',
  )
  expect(message('gather', [x, i32([1], -3)], { axis: 0 })).toBe(
    '[gather] index -3 is out of range for axis 0 of size 2. Use -2 … 1.',
  )
  expect(message('gather', [x, i32([1], -(2 ** 31))], { axis: 0 })).toMatch('index -2147483648 is out of range')
  expect(message('gather', [f32([0]), i32([1], 0)], { axis: 0 })).toBe(
    '[gather] index 0 is out of range for axis 0 of size 0. An empty axis has no elements to take.',
  )
  expect(message('oneHot', [i32([1], -1)], { depth: 3, dtype: 'float32' })).toBe(
    '[oneHot] label -1 is out of range for 3 classes. Use 0 … 2.',
  )
  expect(message('oneHot', [i32([1], 3)], { depth: 3, dtype: 'float32' })).toBe(
    '[oneHot] label 3 is out of range for 3 classes. Use 0 … 2.',
  )
  expect(message('checkedIndex', [i32([1], -4)], { axis: 1, size: 3, extent: 1 })).toBe(
    '[at] index -4 is out of range for axis 1 of size 3. Use -3 … 2.',
  )
  expect(message('checkedIndex', [i32([], 4)], { axis: 0, size: 5, extent: 2 })).toBe(
    '[at] a block of 2 at 4 is out of range for axis 0 of size 5. Begin at -5 … -2 or 0 … 3.',
  )
  expect(message('scatterAdd', [f32([1], 1), i32([1], 2)], { axis: 0, size: 2 })).toBe(
    '[scatterAdd] index 2 is out of range for axis 0 of size 2. Use -2 … 1.',
  )
  const [holds, finite] = [
    { test: 'true', message: 'x is positive.' },
    { test: 'finite', message: 'x' },
  ]
  expect(message('assertion', [bool([2, 2], 1, 1, 0, 1)], holds)).toBe(
    '[debug.assert] x is positive. The condition is false at [1, 0] of shape [2, 2].',
  )
  expect(message('assertion', [bool([], 0)], holds)).toBe('[debug.assert] x is positive. The condition is false.')
  const advice = 'Check what it is computed from in the same way, or print it.'
  expect(message('assertion', [f64([], NaN)], finite)).toBe(`[debug.checkFinite] x is NaN. ${advice}`)
  expect(message('assertion', [f32([3], 1, Infinity, 2)], finite)).toBe(
    `[debug.checkFinite] x is Infinity at [1] of shape [3]. ${advice}`,
  )
  expect(message('assertion', [f32([1, 3], 1, 3, -Infinity)], finite)).toBe(
    `[debug.checkFinite] x is -Infinity at [0, 2] of shape [1, 3]. ${advice}`,
  )
  expect(message('gather', [bool([1], 1), i32([1], 0)], { axis: 0 })).toBe('no error')
  expect(message('gather', [u8([1], 1), i32([0])], { axis: 0 })).toBe('no error')
})
