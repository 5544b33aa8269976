import { describe, expect, test } from 'vitest'
import {
  add,
  arange,
  argmax,
  broadcastTo,
  cast,
  clamp,
  concat,
  crossEntropy,
  div,
  exp,
  expandDims,
  eye,
  full,
  gather,
  linspace,
  logSumExp,
  matmul,
  max,
  mean,
  mse,
  mul,
  oneHot,
  pad,
  permute,
  randomUniform,
  reshape,
  slice,
  softmax,
  squeeze,
  stack,
  sum,
  transpose,
  variance,
  where,
  zeros,
} from '../../src/ops/calls/index.ts'
import type { Value } from '../../src/ops/interpreter.ts'
import { bool, f32, i32, u8 } from './host-array.ts'
import { byReference, reference } from './reference-interpreter.ts'

const x = reference(f32([2, 3], 1, 2, 3, 4, 5, 6))
const ints = reference(i32([3], 1, 2, 3))
const bytes = reference(u8([2], 1, 2))
const empty = reference(f32([0, 3]))
const scalar = reference(f32([], 1))
const rest = (...sizes: number[]): Value =>
  reference(f32(sizes, ...new Array<number>(sizes.reduce((n, size) => n * size, 1)).fill(1)))
/** What a caller without types may pass. */
const wrong = (given: unknown): never => given as never // to check what happens at run time

type BadCall = readonly [code: string, message: string, call: () => Value]
const badCalls: readonly BadCall[] = [
  [
    'SHAPE_MISMATCH',
    '[add] shapes [2, 3] and [2] do not broadcast. Make their sizes equal or 1, counted from the last axis.',
    () => add(x, bytes),
  ],
  [
    'SHAPE_MISMATCH',
    '[where] shapes [3] and [2] do not broadcast. Make their sizes equal or 1, counted from the last axis.',
    () => where(reference(bool([3], 1, 0, 1)), bytes, 0),
  ],
  [
    'SHAPE_MISMATCH',
    '[broadcastTo] shape [2, 3] does not broadcast to [3, 2]. Only axes of size 1 can grow, and new axes are added in front.',
    () => broadcastTo(x, [3, 2]),
  ],
  [
    'SHAPE_MISMATCH',
    '[squeeze] axis 1 of shape [2, 3] has size 3. Only axes of size 1 can be removed.',
    () => squeeze(x, -1),
  ],
  ['SHAPE_MISMATCH', '[stack] shapes are [2, 3] and [3]. Make them equal.', () => stack([x, ints])],
  [
    'SHAPE_MISMATCH',
    '[concat] shapes, but for axis 0, are [2, 3] and [1, 2]. Make them equal.',
    () => concat([x, rest(1, 2)]),
  ],
  [
    'SHAPE_MISMATCH',
    '[concat] shapes [2, 3] and [3] have different ranks. Make them equal.',
    () => concat([x, rest(3)]),
  ],
  ['SHAPE_MISMATCH', '[mse] prediction and target are [2, 3] and [3]. Make them equal.', () => mse(x, ints)],
  [
    'SHAPE_MISMATCH',
    '[crossEntropy] logits are [2, 3] and targets are int32 [3]. Pass class numbers of shape [2], int32 or uint8, or probabilities of the shape of the logits.',
    () => crossEntropy(x, ints),
  ],
  [
    'SHAPE_MISMATCH',
    "[crossEntropy] logits are [2, 3] and targets are float32 [2]. Pass class numbers of shape [2], int32 or uint8, or probabilities of the shape of the logits. These are floats: make class numbers of them with targets.cast('int32').",
    () => crossEntropy(x, rest(2)),
  ],
  [
    'SHAPE_MISMATCH',
    '[crossEntropy] logits are [2, 3, 4, 4] and targets are int32 [2, 4, 4]. Pass class numbers of shape [2, 3, 4], int32 or uint8, or probabilities of the shape of the logits. Classes are the last axis: logits.permute([0, 2, 3, 1]).',
    () => crossEntropy(rest(2, 3, 4, 4), cast(rest(2, 4, 4), 'int32')),
  ],
  [
    'SHAPE_MISMATCH',
    '[random] a generator state has shape [3]. Pass int32 of shape [4].',
    () => randomUniform(ints, [2]),
  ],
  ['AXIS_OUT_OF_RANGE', '[sum] axis 3 is out of range for shape [2, 3]. Use -2 … 1.', () => sum(x, 3)],
  ['AXIS_OUT_OF_RANGE', '[max] axis -3 is out of range for shape [2, 3]. Use -2 … 1.', () => max(x, [-3, 0])],
  ['AXIS_OUT_OF_RANGE', '[mean] axis 0.5 is out of range for shape [2, 3]. Use -2 … 1.', () => mean(x, 0.5)],
  ['AXIS_OUT_OF_RANGE', '[variance] axis NaN is out of range for shape [2, 3]. Use -2 … 1.', () => variance(x, NaN)],
  [
    'AXIS_OUT_OF_RANGE',
    '[argmax] axis 0 is out of range for shape []. Leave the axis out: a scalar has none.',
    () => argmax(scalar, 0),
  ],
  ['AXIS_OUT_OF_RANGE', '[softmax] axis 2 is out of range for shape [2, 3]. Use -2 … 1.', () => softmax(x, 2)],
  ['AXIS_OUT_OF_RANGE', '[expandDims] axis 3 is out of range for shape [2, 3, 1]. Use -3 … 2.', () => expandDims(x, 3)],
  ['AXIS_OUT_OF_RANGE', '[transpose] axis 2 is out of range for shape [2, 3]. Use -2 … 1.', () => transpose(x, 0, 2)],
  ['AXIS_OUT_OF_RANGE', '[gather] axis 2 is out of range for shape [2, 3]. Use -2 … 1.', () => gather(x, ints, 2)],
  ['AXIS_REPEATED', '[sum] axes [0, -2] name an axis twice. Name each axis once.', () => sum(x, [0, -2])],
  [
    'AXES_NOT_PERMUTATION',
    '[permute] axes [0, 0] do not reorder shape [2, 3]. Name each of its 2 axes once.',
    () => permute(x, [0, 0]),
  ],
  [
    'AXES_NOT_PERMUTATION',
    '[permute] axes [0] do not reorder shape [2, 3]. Name each of its 2 axes once.',
    () => permute(x, [0]),
  ],
  [
    'MATMUL_INNER_SIZES',
    '[matmul] a is [2, 3] and b is [4, 5], so a row of a has 3 elements and a column of b has 4. Make them equal, or transpose one operand.',
    () => matmul(x, rest(4, 5)),
  ],
  [
    'MATMUL_INNER_SIZES',
    '[matmul] a is [2, 3] and b is [2], so a row of a has 3 elements and a column of b has 2. Make them equal, or transpose one operand.',
    () => matmul(x, bytes),
  ],
  [
    'MATMUL_RANK',
    '[matmul] a is [2, 3] and b is []. Both need at least one axis; use mul for scalars.',
    () => matmul(x, 2),
  ],
  [
    'SHAPE_MISMATCH',
    '[matmul] shapes [2, 1, 3] and [3, 3, 2] do not broadcast. Make their sizes equal or 1, counted from the last axis.',
    () => matmul(rest(2, 1, 3), rest(3, 3, 2)),
  ],
  ['DTYPE_UNSUPPORTED', '[matmul] an operand is uint8. Use int32, float32 or float64.', () => matmul(bytes, bytes)],
  [
    'DTYPE_UNSUPPORTED',
    '[cast] the dtype is float16. Use bool, uint8, int32, float32 or float64.',
    () => cast(x, wrong('float16')),
  ],
  [
    'DTYPE_UNSUPPORTED',
    '[full] the dtype is string. Use bool, uint8, int32, float32 or float64.',
    () => full([2], 1, wrong('string')),
  ],
  ['DTYPE_UNSUPPORTED', '[gather] the dtype of the indices is float32. Use int32.', () => gather(x, rest(2))],
  ['DTYPE_UNSUPPORTED', '[oneHot] the dtype of the labels is float32. Use int32.', () => oneHot(rest(2), 3)],
  [
    'RESHAPE_SIZES',
    '[reshape] shape [2, 3] cannot become [4, -1]: the numbers of elements differ. Keep the product of the sizes, or give one size as -1.',
    () => reshape(x, [4, -1]),
  ],
  [
    'RESHAPE_SIZES',
    '[reshape] shape [0, 3] cannot become [0, -1]: the numbers of elements differ. Keep the product of the sizes, or give one size as -1.',
    () => reshape(empty, [0, -1]),
  ],
  [
    'RESHAPE_SIZES',
    '[reshape] the new shape [-1, -1] has -1 more than once. Give one size as -1 at most.',
    () => reshape(x, [-1, -1]),
  ],
  ['SIZE_INVALID', '[zeros] a size is NaN. Use a whole number from 0 to 2147483647.', () => zeros([NaN])],
  ['SIZE_INVALID', '[reshape] a size is -2. Use a whole number from 0 to 2147483647.', () => reshape(x, [-2, 3])],
  [
    'SIZE_INVALID',
    '[broadcastTo] a size is 2.5. Use a whole number from 0 to 2147483647.',
    () => broadcastTo(x, [2.5, 3]),
  ],
  ['SIZE_INVALID', '[reshape] the shape is 6. Pass an array of sizes.', () => reshape(x, wrong(6))],
  [
    'SIZE_INVALID',
    '[zeros] shape [65536, 65536] has more than 2147483647 elements. Use a smaller one.',
    () => zeros([65536, 65536]),
  ],
  ['SIZE_INVALID', '[eye] a size is -1. Use a whole number from 0 to 2147483647.', () => eye(-1)],
  ['SIZE_INVALID', '[oneHot] the depth is 1.5. Use a whole number from 0 to 2147483647.', () => oneHot(ints, 1.5)],
  [
    'SIZE_INVALID',
    '[arange] the number of elements is 10000000000. Use a whole number from 0 to 2147483647.',
    () => arange(1e10),
  ],
  [
    'SIZE_INVALID',
    '[linspace] the number of elements is 2.5. Use a whole number from 0 to 2147483647.',
    () => linspace(0, 1, 2.5),
  ],
  ['RANGE_INVALID', '[arange] the stop is NaN. Use a finite number.', () => arange(NaN)],
  ['RANGE_INVALID', '[arange] the step is 0. Use a step that is not 0.', () => arange(0, 3, 0)],
  ['RANGE_INVALID', '[linspace] the start is Infinity. Use a finite number.', () => linspace(Infinity, 1, 3)],
  ['RANGE_INVALID', '[clamp] the lower bound 2 is above the upper bound 1. Swap them.', () => clamp(x, 2, 1)],
  ['RANGE_INVALID', '[slice] the step is 0. Use a step that is not 0.', () => slice(x, [[0, 2, 0]])],
  [
    'SLICE_INVALID',
    '[slice] the start for axis 0 is 0.5. Use a whole number, or null for the edge.',
    () => slice(x, [[0.5, 1]]),
  ],
  [
    'SLICE_INVALID',
    '[slice] the position for axis 1 is NaN. Use a whole number, or null for the edge.',
    () => slice(x, [null, NaN]),
  ],
  [
    'SLICE_INVALID',
    '[slice] 3 ranges were given for shape [2, 3]. Give at most one per axis (2).',
    () => slice(x, [0, 0, 0]),
  ],
  ['INDEX_OUT_OF_RANGE', '[slice] index 2 is out of range for axis 0 of size 2. Use -2 … 1.', () => slice(x, [2])],
  [
    'REDUCE_EMPTY',
    '[max] shape [0, 3] has no elements along the reduced axes, and max of nothing is not defined. Reduce at least one element.',
    () => max(empty, 0),
  ],
  [
    'REDUCE_EMPTY',
    '[argmax] shape [0, 3] has no elements along the reduced axes, and argmax of nothing is not defined. Reduce at least one element.',
    () => argmax(empty),
  ],
  [
    'REDUCE_EMPTY',
    '[max] shape [0, 3] has no elements along the reduced axes, and max of nothing is not defined. Reduce at least one element.',
    () => logSumExp(empty),
  ],
  ['OPERANDS_MISSING', '[concat] no tensors were given. Pass at least one.', () => concat([])],
  ['OPERANDS_MISSING', '[stack] no tensors were given. Pass at least one.', () => stack([])],
  [
    'NUMBER_OUT_OF_RANGE',
    '[mul] 300 does not fit uint8. Cast the tensor to a wider dtype first.',
    () => mul(bytes, 300),
  ],
  [
    'NUMBER_OUT_OF_RANGE',
    '[add] 2147483648 does not fit int32. Cast the tensor to a wider dtype first.',
    () => add(ints, 2 ** 31),
  ],
  [
    'OPERAND_INVALID',
    '[add] an operand is an array. Pass a tensor, a number or a boolean.',
    () => add(x, wrong([1, 2])),
  ],
  ['OPERAND_INVALID', '[div] an operand is null. Pass a tensor, a number or a boolean.', () => div(wrong(null), x)],
  [
    'OPERAND_INVALID',
    '[exp] an operand is undefined. Pass a tensor, a number or a boolean.',
    () => exp(wrong(undefined)),
  ],
  [
    'OPERAND_INVALID',
    '[where] an operand is the string "1". Pass a tensor, a number or a boolean.',
    () => where(true, wrong('1'), x),
  ],
  [
    'OPERAND_INVALID',
    '[stack] an operand is an object of class Date. Pass a tensor, a number or a boolean.',
    () => stack([wrong(new Date(0))]),
  ],
  [
    'OPERAND_INVALID',
    '[concat] an operand is an array. Pass a tensor, a number or a boolean.',
    () => concat([x, wrong([1])]),
  ],
  [
    'PAD_WIDTHS',
    '[pad] the widths do not fit shape [2, 3]. Pass one number, or one [before, after] per axis (2), whole and not negative.',
    () => pad(x, [[1, 1]]),
  ],
  [
    'PAD_WIDTHS',
    '[pad] the widths do not fit shape [3]. Pass one number, or one [before, after] per axis (1), whole and not negative.',
    () => pad(ints, -1),
  ],
]

describe('a bad call', () => {
  test.each(badCalls)('%s: %s', (code, message, call) => {
    let thrown: unknown
    try {
      byReference(call)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ name: 'GryphError', code, message })
  })
})
