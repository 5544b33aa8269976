import {
  arange,
  assign,
  clamp,
  concat,
  conv2d,
  crossEntropy,
  debug,
  dropout,
  full,
  gather,
  grad,
  manualSeed,
  linspace,
  matmul,
  max,
  maxPool2d,
  mse,
  nn,
  oneHot,
  ones,
  pad,
  permute,
  randint,
  reshape,
  slice,
  stack,
  sum,
  tensor,
  type Tensor,
  variable,
  zeros,
} from '../../src/index.ts'
import { ofState } from './state-errors.ts'

/** What a caller without types may pass. */
const wrong = (given: unknown): never => given as never // to check what happens at run time
const x = ones([2, 3])
const ints = tensor([0, 1, 5], { dtype: 'int32' })
const leaf = (): Tensor => variable([1, 2], { requiresGrad: true })

/** Code, whole message (or what it matches, where it names a line), and a call that is so answered. */
export type Case = readonly [code: string, message: string | RegExp, call: () => unknown]

/** Errors of ops: the same eagerly and in a function that is being traced. */
export const ofOps: readonly Case[] = [
  [
    'SHAPE_MISMATCH',
    '[add] shapes [2, 3] and [2] do not broadcast. Make their sizes equal or 1, counted from the last axis.',
    () => x.add(ones([2])),
  ],
  ['SHAPE_MISMATCH', '[mse] prediction and target are [2, 3] and [3]. Make them equal.', () => mse(x, ones([3]))],
  [
    'DTYPE_UNSUPPORTED',
    '[matmul] an operand is uint8. Use int32, float32 or float64.',
    () => matmul(x.cast('uint8'), ones([3], { dtype: 'uint8' })),
  ],
  [
    'DTYPE_UNSUPPORTED',
    '[zeros] the dtype is float16. Use bool, uint8, int32, float32 or float64.',
    () => zeros([2], { dtype: wrong('float16') }),
  ],
  [
    'DTYPE_UNKNOWN',
    "[dtype] \"float16\" is no dtype. Use 'float32', 'float64', 'int32', 'uint8' or 'bool'.",
    () => tensor([1], { dtype: wrong('float16') }),
  ],
  ['AXIS_OUT_OF_RANGE', '[sum] axis 2 is out of range for shape [2, 3]. Use -2 … 1.', () => sum(x, 2)],
  [
    'AXIS_INVALID',
    '[sum] the axis is "0". Pass a whole number, or an array of them where several are meant.',
    () => sum(x, wrong('0')),
  ],
  [
    'AXIS_INVALID',
    '[sum] the axis is an object. Pass a whole number, or an array of them where several are meant.',
    () => x.sum(wrong({ axis: 0 })),
  ],
  [
    'AXIS_INVALID',
    '[softmax] the axis is null. Pass a whole number, or an array of them where several are meant.',
    () => x.softmax(wrong(null)),
  ],
  [
    'OPTION_UNKNOWN',
    '[tensor] there is no option "dtpye". Use dtype, requiresGrad or shape.',
    () => tensor([1], wrong({ dtpye: 'int32' })),
  ],
  [
    'OPTION_UNKNOWN',
    '[variable] there is no option "requires_grad". Use dtype, requiresGrad or shape.',
    () => variable([1], wrong({ requires_grad: true })),
  ],
  [
    'OPTION_UNKNOWN',
    '[zeros] there is no option "requires_grad". Use dtype or requiresGrad.',
    () => zeros([1], wrong({ requires_grad: true })),
  ],
  [
    'OPTION_UNKNOWN',
    '[linspace] there is no option "type". Use dtype or requiresGrad.',
    () => linspace(0, 1, 2, wrong({ type: 'float64' })),
  ],
  [
    'OPTION_UNKNOWN',
    '[conv2d] there is no option "strides". Use stride, padding, dilation or groups.',
    () => conv2d(ones([1, 1, 4, 4]), ones([1, 1, 2, 2]), null, wrong({ strides: 2 })),
  ],
  [
    'OPTION_UNKNOWN',
    '[maxPool2d] there is no option "strides". Use stride or padding.',
    () => maxPool2d(ones([1, 1, 4, 4]), 2, wrong({ strides: 2 })),
  ],
  [
    'OPTION_INVALID',
    '[tensor] the options are "int32". Pass an object such as { dtype: … }, with dtype, requiresGrad or shape.',
    () => tensor([1], wrong('int32')),
  ],
  [
    'OPTION_INVALID',
    '[ones] the options are "int32". Pass an object such as { dtype: … }, with dtype or requiresGrad.',
    () => ones([1], wrong('int32')),
  ],
  ['AXIS_REPEATED', '[sum] axes [0, -2] name an axis twice. Name each axis once.', () => x.sum([0, -2])],
  [
    'AXES_NOT_PERMUTATION',
    '[permute] axes [0, 0] do not reorder shape [2, 3]. Name each of its 2 axes once.',
    () => permute(x, [0, 0]),
  ],
  ['SIZE_INVALID', '[zeros] a size is NaN. Use a whole number from 0 to 2147483647.', () => zeros([NaN])],
  [
    'SIZE_INVALID',
    '[tensor] a size is -1. Use a whole number from 0 to 2147483647.',
    () => tensor([1], { shape: [-1, -1] }),
  ],
  ['RANGE_INVALID', '[arange] the stop is NaN. Use a finite number.', () => arange(NaN)],
  ['RANGE_INVALID', '[clamp] the lower bound 2 is above the upper bound 1. Swap them.', () => clamp(x, 2, 1)],
  ['RANGE_INVALID', '[pad] the value is "1". Use a finite number.', () => pad(x, 1, wrong('1'))],
  [
    'SLICE_INVALID',
    '[slice] 3 ranges were given for shape [2, 3]. Give at most one per axis (2).',
    () => slice(x, [0, 0, 0]),
  ],
  [
    'SLICE_INVALID',
    '[slice] the ranges are 1. Pass an array with one range per axis, for instance [[0, 2], null, 1].',
    () => x.slice(wrong(1)),
  ],
  [
    'INDEX_OUT_OF_RANGE',
    '[gather] index 5 is out of range for axis 1 of size 3. Use -3 … 2.',
    () => gather(x, ints, 1),
  ],
  ['INDEX_OUT_OF_RANGE', '[slice] index 2 is out of range for axis 0 of size 2. Use -2 … 1.', () => x.slice([2])],
  ['LABEL_OUT_OF_RANGE', '[oneHot] label 5 is out of range for 5 classes. Use 0 … 4.', () => oneHot(ints, 5)],
  [
    'LABEL_OUT_OF_RANGE',
    '[oneHot] label 5 is out of range for 2 classes. Use 0 … 1.',
    () => crossEntropy(ones([3, 2]), ints),
  ],
  [
    'RESHAPE_SIZES',
    '[reshape] shape [2, 3] cannot become [4, 2]: the numbers of elements differ. Keep the product of the sizes, or give one size as -1.',
    () => reshape(x, [4, 2]),
  ],
  [
    'MATMUL_INNER_SIZES',
    '[matmul] a is [2, 3] and b is [2, 3], so a row of a has 3 elements and a column of b has 2. Make them equal, or transpose one operand.',
    () => x.matmul(x),
  ],
  [
    'MATMUL_RANK',
    '[matmul] a is [2, 3] and b is []. Both need at least one axis; use mul for scalars.',
    () => matmul(x, 2),
  ],
  [
    'CONV_SHAPE',
    '[conv2d] x is [1, 3, 4, 4] and the weight is [2, 2, 3, 3], with 1 group: a filter takes 2 of 3 channels. Pass x as [n, channels, height, width] and the weight as [outputs, channels / groups, height, width].',
    () => conv2d(ones([1, 3, 4, 4]), ones([2, 2, 3, 3])),
  ],
  [
    'CONV_SHAPE',
    '[conv2d] x is [1, 3, 4, 4] and the weight is [2, 3, 3, 5], with 1 group: no window fits into 4 columns, padding included. Pass x as [n, channels, height, width] and the weight as [outputs, channels / groups, height, width].',
    () => conv2d(ones([1, 3, 4, 4]), ones([2, 3, 3, 5])),
  ],
  [
    'CONV_SHAPE',
    '[conv2d] the bias is [3]. Pass one number for each of the 2 outputs.',
    () => conv2d(ones([1, 1, 4, 4]), ones([2, 1, 3, 3]), ones([3])),
  ],
  [
    'POOL_SHAPE',
    '[maxPool2d] x is [1, 1, 2, 2]: no window of 3 × 3 fits, padding included. Pass x as [n, channels, height, width], with windows that fit.',
    () => maxPool2d(ones([1, 1, 2, 2]), 3),
  ],
  [
    'WINDOW_OPTION',
    '[conv2d] stride is [1, 0]. Use a whole number of at least 1, or two of them for height and width.',
    () => conv2d(ones([1, 1, 4, 4]), ones([1, 1, 2, 2]), null, { stride: [1, 0] }),
  ],
  [
    'REDUCE_EMPTY',
    '[max] shape [0, 3] has no elements along the reduced axes, and max of nothing is not defined. Reduce at least one element.',
    () => max(zeros([0, 3]), 0),
  ],
  ['OPERANDS_MISSING', '[stack] no tensors were given. Pass at least one.', () => stack([])],
  ['OPERAND_INVALID', '[add] an operand is null. Pass a tensor, a number or a boolean.', () => x.add(wrong(null))],
  [
    'OPERAND_INVALID',
    '[mse] an operand is the number 1. Pass a tensor, a number or a boolean.',
    () => mse(x, wrong(1)),
  ],
  ['OPERAND_INVALID', '[concat] the tensors are a tensor. Pass an array of tensors.', () => concat(wrong(x))],
  [
    'NUMBER_OUT_OF_RANGE',
    '[mul] 300 does not fit uint8. Cast the tensor to a wider dtype first.',
    () => x.cast('uint8').mul(300),
  ],
  [
    'NUMBER_OUT_OF_RANGE',
    '[full] 0.5 does not fit int32. Cast the tensor to a wider dtype first.',
    () => full([1], 0.5, { dtype: 'int32' }),
  ],
  [
    'PAD_WIDTHS',
    '[pad] the widths do not fit shape [2, 3]. Pass one number, or one [before, after] per axis (2), whole and not negative.',
    () => pad(x, [[1, 1]]),
  ],
  [
    'RAGGED_ARRAY',
    '[tensor] data[1] has 1 element, data[0] has 2 elements. Nest the same number of elements everywhere on a level.',
    () => tensor([[1, 2], [3]]),
  ],
  [
    'DATA_INVALID',
    '[tensor] data[1] is a string. Give numbers, booleans, or nested arrays of them; of typed arrays, Float32Array, Float64Array, Int32Array and Uint8Array.',
    () => tensor([1, wrong('2')]),
  ],
  [
    'SIZE_MISMATCH',
    '[tensor] 3 values do not fill shape [2, 2]. Give as many as the shape has elements.',
    () => tensor([1, 2, 3], { shape: [2, 2] }),
  ],
  [
    'ITEM_NOT_SCALAR',
    '[item] the tensor has shape [2, 3], not one element. Use toArray() or data() for all of them, or reduce it first.',
    () => x.item(),
  ],
  [
    'TENSOR_AS_NUMBER',
    '[tensor] a tensor (float32 []) was used where JavaScript wants a number, for instance in `t > 0` or `t + 1`. Use t.greater(0), t.add(1), …, or t.item() for the number itself; for a number argument of a hybridized function that steers control flow, list it in staticArgs.',
    () => Number(x.sum()),
  ],
  [
    'STALE_VIEW',
    '[tensor] this view (float32 [2, 1]) shows a variable whose values have been replaced since. Take the view again after the update, or keep a copy with clone().',
    () => {
      const w = variable([1, 2])
      const view = w.reshape([2, 1])
      assign(w, w.add(1))
      view.add(1)
    },
  ],
  [
    'BACKWARD_NOT_SCALAR',
    '[backward] the tensor has shape [2], not one element. Reduce it first (sum, mean), or pass a cotangent of its shape.',
    () => leaf().mul(2).backward(),
  ],
  [
    'NOT_DIFFERENTIABLE',
    '[backward] the tensor was not made from anything that requires a gradient. Make the inputs with { requiresGrad: true }, and compute it outside noGrad() and with differentiable ops.',
    () => x.sum().backward(),
  ],
  [
    'COTANGENT_MISMATCH',
    '[backward] the cotangent is float32 [3], and the tensor float32 [2]. Make them equal.',
    () =>
      leaf()
        .mul(2)
        .backward(ones([3])),
  ],
  [
    'DTYPE_NOT_DIFFERENTIABLE',
    '[requiresGrad] a tensor of int32 cannot have a gradient. Use float32 or float64.',
    () => tensor(Int32Array.of(1), { requiresGrad: true }),
  ],
  [
    'DTYPE_NOT_DIFFERENTIABLE',
    '[grad] a tensor of int32 cannot have a gradient. Use float32 or float64.',
    () => grad((t: Tensor) => t.sum())(ints),
  ],
  [
    'NOT_A_VARIABLE',
    '[assign] this tensor is a value, and values never change. Make it with variable(…) or { requiresGrad: true } to assign to it.',
    () => assign(x, x),
  ],
  ...ofState,
  [
    'ASSIGN_MISMATCH',
    '[assign] the new value is float32 [2, 3], and the variable float32 [2]. Make shape and dtype equal.',
    () => assign(variable([1, 2]), x),
  ],
  [
    'CHANGED_BEFORE_BACKWARD',
    '[backward] a variable that mul read was assigned to after the forward pass, so its gradient would be of other values. Call backward() before the update.',
    () => {
      const w = leaf()
      const loss = w.mul(w).sum()
      assign(w, ones([2]))
      loss.backward()
    },
  ],
  [
    'NOT_A_TENSOR',
    '[dropout] got string, not a tensor. Pass a tensor, or make one with tensor(…).',
    () => dropout(wrong('x')),
  ],
  ['SEED_INVALID', '[manualSeed] -1 is no seed. Use an integer from 0 to 2^53 - 1.', () => manualSeed(-1)],
  [
    'RANDOM_RANGE_INVALID',
    '[randint] from 3 up to 3 is no range of int32. Use integers with low < high.',
    () => randint(3, 3, [2]),
  ],
  ['PROBABILITY_INVALID', '[dropout] p = 1 is no probability to drop with. Use 0 <= p < 1.', () => dropout(x, 1)],
  [
    'ASSERTION_FAILED',
    '[debug.assert] x is small. The condition is false at [0, 0] of shape [2, 3].',
    () => debug.assert(x.less(1), 'x is small'),
  ],
  ['ASSERTION_FAILED', '[debug.assert] x is large. The condition is false.', () => debug.assert(false, 'x is large.')],
  [
    'NOT_FINITE',
    '[debug.checkFinite] the loss is -Infinity at [0] of shape [2]. Check what it is computed from in the same way, or print it.',
    () => debug.checkFinite(zeros([2]).log(), 'the loss'),
  ],
  [
    'MEMORY_EXHAUSTED',
    /^\[memory\] \d+ more bytes do not fit in the 4 GiB that WebAssembly can address\. Use smaller tensors or batches, or drop references to state you no longer need\.(?: In anonymous function\.)?$/,
    () => ones([2 ** 30]).add(1),
  ],
  [
    'FEATURES_MISMATCH',
    '[linear] x is [2, 3], and the layer takes 4 features along the last axis. Reshape x, or make the layer with linear(3, …).',
    () => nn.linear(4, 2).forward(x),
  ],
  [
    'FLATTEN_SCALAR',
    '[flatten] x has no batch axis to keep: its shape is []. Give it one with x.reshape([1, 1]).',
    () => nn.flatten().forward(tensor(1)),
  ],
  [
    'GRADIENT_MISMATCH',
    '[grad] the gradient is float32 [3], and the tensor float32 [2]. Make shape and dtype equal, or assign null.',
    () => {
      leaf().grad = ones([3])
    },
  ],
]
