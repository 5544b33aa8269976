import {
  batchNorm,
  bce,
  crossEntropy,
  embedding,
  gelu,
  hardtanh,
  huber,
  layerNorm,
  mse,
  nll,
  nn,
  ones,
  scaledDotProductAttention,
  smoothL1,
  tensor,
  zeros,
} from '../../src/index.ts'
import type { Case } from './op-errors.ts'

/** What a caller without types may pass. */
const wrong = (given: unknown): never => given as never // to check what happens at run time
const x = ones([2, 3])
const labels = tensor([0, 1], { dtype: 'int32' })

/** Errors of layers, losses and their functions, eager and traced. */
export const ofLayers: readonly Case[] = [
  [
    'OPTION_INVALID',
    "[mse] reduction is \"average\". Use 'mean', 'sum' or 'none'.",
    () => mse(x, x, wrong({ reduction: 'average' })),
  ],
  ['OPTION_UNKNOWN', '[mse] there is no option "delta". Use reduction.', () => mse(x, x, wrong({ delta: 1 }))],
  ['SHAPE_MISMATCH', '[huber] prediction and target are [2, 3] and [3]. Make them equal.', () => huber(x, ones([3]))],
  ['OPTION_INVALID', '[huber] delta is 0. Use a number above 0.', () => huber(x, x, { delta: 0 })],
  ['OPTION_INVALID', '[smoothL1] beta is -1. Use a number of at least 0.', () => smoothL1(x, x, { beta: -1 })],
  [
    'OPERAND_INVALID',
    '[bce] an operand is the number 0.5. Pass a tensor, a number or a boolean.',
    () => bce(wrong(0.5), x),
  ],
  [
    'OPTION_INVALID',
    '[crossEntropy] labelSmoothing is 2. Use a number from 0 to 1.',
    () => crossEntropy(x, labels, { labelSmoothing: 2 }),
  ],
  [
    'OPTION_INVALID',
    '[crossEntropy] ignoreIndex is -100. Use it with class numbers only, or leave it out.',
    () => crossEntropy(x, x, { ignoreIndex: -100 }),
  ],
  [
    'OPTION_INVALID',
    '[crossEntropy] ignoreIndex is 0.5. Use a whole number.',
    () => crossEntropy(x, labels, { ignoreIndex: 0.5 }),
  ],
  [
    'SHAPE_MISMATCH',
    '[crossEntropy] the class weights and the classes are [2] and [3]. Make them equal.',
    () => crossEntropy(x, labels, { weight: ones([2]) }),
  ],
  ['SHAPE_MISMATCH', '[nll] targets are float32. Pass class numbers, int32 or uint8.', () => nll(x, x)],
  [
    'OPTION_INVALID',
    "[gelu] approximate is \"erf\". Use 'none' or 'tanh'.",
    () => gelu(x, wrong({ approximate: 'erf' })),
  ],
  ['RANGE_INVALID', '[hardtanh] the lower bound 2 is above the upper bound 1. Swap them.', () => hardtanh(x, 2, 1)],
  [
    'NORMALIZED_SHAPE',
    '[layerNorm] x is [2, 3], and normalizedShape is [4]. Pass the sizes of the last axes of x.',
    () => layerNorm(x, 4),
  ],
  [
    'SHAPE_MISMATCH',
    '[layerNorm] the weight and normalizedShape are [2] and [3]. Make them equal.',
    () => layerNorm(x, 3, ones([2])),
  ],
  ['OPTION_INVALID', '[layerNorm] eps is -1. Use a number of at least 0.', () => layerNorm(x, 3, null, null, -1)],
  ['BATCH_NORM_SHAPE', '[batchNorm] x is [3]. Pass it as [n, channels, ...].', () => batchNorm(ones([3]), null, null)],
  [
    'BATCH_TOO_SMALL',
    '[batchNorm] x is [1, 3], with fewer than two values per channel, which have no variance to train with. Use a larger batch, or eval().',
    () => batchNorm(ones([1, 3]), null, null, { training: true }),
  ],
  [
    'OPTION_INVALID',
    '[batchNorm] momentum is 2. Use a number from 0 to 1.',
    () => batchNorm(x, null, null, { momentum: 2 }),
  ],
  [
    'SHAPE_MISMATCH',
    '[batchNorm] the runningMean and the channels are [2] and [3]. Make them equal.',
    () => batchNorm(x, ones([2]), ones([3])),
  ],
  [
    'OPTION_INVALID',
    '[embedding] paddingIdx is 2. Use a whole number from -2 to 1.',
    () => embedding(labels, x, { paddingIdx: 2 }),
  ],
  [
    'INDEX_OUT_OF_RANGE',
    '[gather] index 5 is out of range for axis 0 of size 2. Use -2 … 1.',
    () =>
      embedding(tensor([5], { dtype: 'int32' }), x)
        .sum()
        .item(),
  ],
  [
    'ATTENTION_SHAPE',
    '[scaledDotProductAttention] query, key and value are [2, 3], [4, 2] and [4, 2]. Pass [..., queries, features], [..., keys, features] and [..., keys, outputs].',
    () => scaledDotProductAttention(x, ones([4, 2]), ones([4, 2])),
  ],
  [
    'BATCH_NORM_MISMATCH',
    '[batchNorm1d] x is [2, 3], and the layer takes [n, 4] or [n, 4, length]. Reshape x, or make the layer with batchNorm1d(3).',
    () => nn.batchNorm1d(4).forward(x),
  ],
  [
    'BATCH_NORM_MISMATCH',
    '[batchNorm2d] x is [2, 3], and the layer takes [n, 3, height, width]. Reshape x, or make the layer with batchNorm2d(3).',
    () => nn.batchNorm2d(3).forward(x),
  ],
  ['RECURRENT_SHAPE', '[lstm] x is [2, 3]. Pass [time, batch, 4], or [time, 4].', () => nn.lstm(4, 2).forward(x)],
  [
    'RECURRENT_SHAPE',
    '[gru] the state is [2, 3]. Pass [1, 5, 2], or leave it out for zeros.',
    () => nn.gru(3, 2).forward(ones([4, 5, 3]), x),
  ],
  [
    'ATTENTION_SHAPE',
    '[multiheadAttention] query, key and value are [2, 3], [2, 3], [2, 3]. Pass [time, batch, 4], or [time, 4], with keys and values of one shape.',
    () => nn.multiheadAttention(4, 2).forward(x),
  ],
  [
    'ATTENTION_MASK',
    '[multiheadAttention] attnMask is [2, 3]. Pass [2, 2] or [2, 2, 2].',
    () => nn.multiheadAttention(4, 2).forward(ones([2, 1, 4]), undefined, undefined, { attnMask: x }),
  ],
  [
    'ATTENTION_MASK',
    '[multiheadAttention] keyPaddingMask is int32, which may mean either. Pass bool, true where a query may not look, or floats to add to the scores.',
    () =>
      nn.multiheadAttention(4, 2).forward(ones([2, 1, 4]), undefined, undefined, {
        keyPaddingMask: tensor([[0, 1]], { dtype: 'int32' }),
      }),
  ],
  [
    'WINDOW_OPTION',
    '[adaptiveAvgPool2d] outputSize is 0. Use a whole number of at least 1, or two of them for height and width.',
    () => nn.adaptiveAvgPool2d(0),
  ],
  [
    'POOL_SHAPE',
    '[adaptiveAvgPool2d] x is [2, 3]: it needs four axes. Pass x as [n, channels, height, width], with windows that fit.',
    () => nn.adaptiveAvgPool2d(1).forward(x),
  ],
  [
    'HEADS_INVALID',
    '[multiheadAttention] 6 features do not divide into 4 heads. Use a number of heads that divides embedDim.',
    () => nn.multiheadAttention(6, 4),
  ],
  ['FEATURES_INVALID', '[lstm] hiddenSize is 0. Use a whole number of at least 1.', () => nn.lstm(2, 0)],
  [
    'PROBABILITY_INVALID',
    '[gru] p = 1 is no probability to drop with. Use 0 <= p < 1.',
    () => nn.gru(2, 2, { dropout: 1 }),
  ],
  [
    'OPTION_INVALID',
    "[rnn] nonlinearity is \"gelu\". Use 'tanh' or 'relu'.",
    () => nn.rnn(2, 2, wrong({ nonlinearity: 'gelu' })),
  ],
  [
    'OPTION_INVALID',
    "[transformerEncoderLayer] activation is \"tanh\". Use 'relu', 'gelu' or a function.",
    () => nn.transformerEncoderLayer(4, 2, wrong({ activation: 'tanh' })),
  ],
  [
    'OPTION_INVALID',
    '[batchNorm1d] momentum is -1. Use a number from 0 to 1, or null.',
    () => nn.batchNorm1d(2, { momentum: -1 }),
  ],
  ['OPTION_INVALID', '[softplus] beta is 0. Use a number above 0.', () => nn.softplus(0)],
  ['OPTION_INVALID', '[hardtanh] maxVal is 1. Use a number above minVal, 1.', () => nn.hardtanh(1, 1)],
  ['AXIS_INVALID', /^\[flatten\] the axis is 0\.5\./, () => nn.flatten(0.5)],
  [
    'LAYER_INVALID',
    '[moduleList] layer 0 is a function, not a module. Pass modules, for instance moduleList([linear(4, 2), relu()]).',
    () => nn.moduleList([wrong(nn.relu)]),
  ],
  [
    'MODULE_LIST_FORWARD',
    '[moduleList] a list does not say what to compute. Go over its modules, or use sequential(…).',
    () => nn.moduleList([nn.relu()]).forward(),
  ],
  [
    'FAN_UNDEFINED',
    '[xavierUniform] the tensor is [3], which has no inputs and outputs. Pass a matrix [in, out] or filters [out, in, ...], or use uniform or normal.',
    () => nn.init.xavierUniform(nn.parameter(zeros([3]))),
  ],
  [
    'OPTION_INVALID',
    "[kaimingNormal] mode is \"fan_in\". Use 'fanIn' or 'fanOut'.",
    () => nn.init.kaimingNormal(nn.parameter(zeros([3, 3])), wrong({ mode: 'fan_in' })),
  ],
  [
    'OPTION_INVALID',
    '[normal] std is NaN. Use a finite number.',
    () => nn.init.normal(nn.parameter([1]), 0, Number.NaN),
  ],
  [
    'SUMMARY_INPUT',
    '[summary] the module is a function. Pass a module and a shape, for instance summary(net, [1, 784]), or an array of shapes and tensors.',
    () => nn.summary(wrong(nn.relu), [1]),
  ],
]
