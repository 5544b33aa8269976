import { ones, tensor, variable } from '../../src/index.ts'
import type { Case } from './op-errors.ts'

/** What a caller without types may pass. */
const wrong = (given: unknown): never => given as never // to check what happens at run time
const x = ones([2, 3])
const ints = tensor([0, 1, 5], { dtype: 'int32' })

/** Errors of changes in place and of places: the same eagerly and in a function that is being traced. */
export const ofState: readonly Case[] = [
  [
    'NOT_A_VARIABLE',
    '[add_] this tensor is a value, and values never change. Use x.add(…), which makes a new one, or make it with variable(…) or { requiresGrad: true } to change it.',
    () => x.add_(1),
  ],
  [
    'NOT_A_VARIABLE',
    '[at] this tensor is a value, and values never change. Use x.at(…).set(…), which makes a new one, or make it with variable(…) or { requiresGrad: true } to change it.',
    () => x.at(0).set_(1),
  ],
  [
    'SHAPE_MISMATCH',
    '[at] shape [2] does not broadcast to [3]. Only axes of size 1 can grow, and new axes are added in front.',
    () => x.at(0).set(ones([2])),
  ],
  [
    'ASSIGN_MISMATCH',
    '[mul_] the new value is float32 [2, 3], and the variable float32 [3]. Make shape and dtype equal.',
    () => variable([1, 2, 3]).mul_(x),
  ],
  [
    'DTYPE_UNSUPPORTED',
    '[div_] the dtype of the new value is float32. Use bool, uint8 or int32.',
    () => variable([1, 2], { dtype: 'int32' }).div_(2),
  ],
  [
    'NOT_A_TENSOR',
    '[copy_] got number, not a tensor. Pass a tensor, or make one with tensor(…).',
    () => variable([1]).copy_(wrong(1)),
  ],
  [
    'NUMBER_OUT_OF_RANGE',
    '[fill_] 0.5 does not fit int32. Cast the tensor to a wider dtype first.',
    () => variable([1], { dtype: 'int32' }).fill_(0.5),
  ],
  [
    'MASK_INVALID',
    '[at] a mask stands beside other ranges. Pass it alone; it may have fewer axes than the tensor.',
    () => x.at(x.greater(0), 0).set(1),
  ],
  [
    'MASK_INVALID',
    "[at] the mask has shape [3], and the tensor [2, 3]. Give it the sizes of the tensor's first axes.",
    () => x.at(ones([3]).greater(0)).set(1),
  ],
  [
    'MASK_INVALID',
    '[at] how many elements a mask takes depends on its values, so they have no shape. Read with where(mask, x, 0), or change them with set and add.',
    () => x.at(x.greater(0)).get(),
  ],
  [
    'INDICES_INVALID',
    '[at] two axes have tensors of indices. Give one of them, or single positions.',
    () => x.at(ints, ints).get(),
  ],
  ['INDEX_OUT_OF_RANGE', '[at] index 2 is out of range for axis 0 of size 2. Use -2 … 1.', () => x.at(2).set(0)],
  [
    'INDEX_OUT_OF_RANGE',
    /^\[at\] index 5 is out of range for axis 1 of size 3\. Use -3 … 2\./,
    () => x.at(null, ints).set(0),
  ],
  ['SLICE_INVALID', /^\[at\] 3 ranges/, () => x.at(0, 0, 0).get()],
  ['SLICE_INVALID', /^\[at\] the ranges are/, () => x.at(wrong({ start: 0 })).get()],
  ['DTYPE_UNSUPPORTED', '[at] the dtype of the indices is float32. Use int32.', () => x.at(ones([2])).get()],
  [
    'DTYPE_UNSUPPORTED',
    '[at] the dtype of the new value is float32. Use bool, uint8 or int32.',
    () => ints.at(0).set(ones([])),
  ],
  [
    'DTYPE_UNSUPPORTED',
    '[at] the dtype of what is added to is bool. Use uint8, int32, float32 or float64.',
    () => x.greater(0).at(0).add(1),
  ],
  [
    'DTYPE_UNSUPPORTED',
    '[at] the dtype of what is added to is uint8. Use int32, float32 or float64.',
    () => variable([1, 2], { dtype: 'uint8' }).at(ints.at([0, 2]).get()).add_(1),
  ],
]
