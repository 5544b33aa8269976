import { expect, test } from 'vitest'
import { data, ones, tensor, zeros } from '../../../src/index.ts'

const { standardise } = data
// numpy 1.24: x = [[1, 10, 5], [2, 20, 5], [4, 60, 5]]; x.mean(0), x.std(0), (x - mean) / std
const x = tensor(
  [
    [1, 10, 5],
    [2, 20, 5],
    [4, 60, 5],
  ],
  { dtype: 'float64' },
)

test('columns get mean 0 and population deviation 1, as in NumPy', () => {
  const { values, mean, std } = standardise(x)
  expect(mean.toArray()).toEqual([7 / 3, 30, 5])
  expect(std.toArray()).toEqual([expect.closeTo(1.247219128924647, 14), expect.closeTo(21.602468994692867, 12), 1])
  const expected = [-1.0690449676496976, -0.9258200997725515, 0, -0.26726124191242445, -0.4629100498862757, 0]
  for (const [i, value] of expected.entries()) expect(values.data()[i]).toBeCloseTo(value, 14)
})

test('what was learned from one set is applied to another, and undone', () => {
  const { apply, invert, values } = standardise(x)
  expect(apply(tensor([[7 / 3, 30, 6]], { dtype: 'float64' })).toArray()).toEqual([[0, 0, 1]])
  const back = invert(values).data()
  for (const [i, value] of x.data().entries()) expect(back[i]).toBeCloseTo(value, 12)
})

test('a column of equal numbers becomes 0, also where their mean is rounded', () => {
  const { values, std } = standardise(ones([1503, 2], { dtype: 'float64' }).mul(0.1))
  expect([values.abs().max().item(), std.toArray()]).toEqual([0, [1, 1]])
})

test('integers become float32, float32 stays', () => {
  expect(standardise(tensor([1, 3], { dtype: 'int32' })).values.toArray()).toEqual([-1, 1])
  expect(standardise(x.cast('float32')).values.dtype).toBe('float32')
})

test.each([
  [
    zeros([0, 2]),
    '[standardise] x is a tensor of shape [0, 2]. Pass a tensor with at least one row, along its first axis.',
  ],
  [tensor(1), '[standardise] x is a tensor of shape []. Pass a tensor with at least one row, along its first axis.'],
  ['x' as never, '[standardise] x is "x". Pass a tensor with at least one row, along its first axis.'],
  [
    tensor([[1, NaN]]),
    '[standardise] column 1 has a mean or a deviation that is not finite. Replace values that are missing or infinite first.',
  ],
])('bad data is refused, case %#', (given, message) => {
  expect(() => standardise(given)).toThrow(expect.objectContaining({ code: 'STANDARDISE_INVALID', message }) as Error)
})
