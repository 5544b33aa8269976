import { configure, hybridize, nn, ones, optim, type Tensor, variable } from '../../src/index.ts'

import type { Case } from './op-errors.ts'
/** What a caller without types may pass. */
const wrong = (given: unknown): never => given as never // to check what happens at run time
const x = ones([2, 3])
const leaf = (): Tensor => variable([1, 2], { requiresGrad: true })
const cyclic: unknown[] = []
cyclic.push(cyclic)
let kept: Tensor | undefined

const bad = (f: () => unknown) =>
  hybridize(function bad() {
    return f()
  })
/** Errors of everything around ops. */
export const others: readonly Case[] = [
  [
    'FUNCTION_EXPECTED',
    '[hybridize] got object, not a function. Pass the function itself, without calling it.',
    () => hybridize(wrong(x)),
  ],
  [
    'OPTION_INVALID',
    "[hybridize] target: \"gpu\" is not understood. Use 'wasm' or 'js'.",
    () => hybridize(() => x, { target: wrong('gpu') }),
  ],
  [
    'SETTING_INVALID',
    "[configure] hybridize: \"maybe\" is not understood. Use 'on' or 'off'.",
    () => configure({ hybridize: wrong('maybe') }),
  ],
  [
    'RELAXED_SIMD_TOO_LATE',
    "[configure] relaxedSimd: 'enable' came after the first kernel was compiled, and one process keeps one rounding rule. Call configure before any tensor is computed.",
    () => {
      x.add(1)
      configure({ relaxedSimd: 'enable' })
    },
  ],
  [
    'ARGUMENT_TOO_DEEP',
    '[hybridize] an argument of f is nested more than 64 levels deep, or contains itself. Pass what the function needs of it.',
    () => hybridize(function f(_nested: unknown) {})(cyclic),
  ],
  [
    'RESULT_NOT_REPLAYABLE',
    '[hybridize] bad returned an instance of Map, which a compiled call cannot make. Return tensors, numbers, strings, or plain arrays and objects of them.',
    () => bad(() => new Map())(),
  ],
  [
    'LOCAL_VARIABLE_RETURNED',
    '[hybridize] bad returned a variable that it makes anew at each call, which a compiled call cannot do. Make it once outside, or return its value, for instance with clone().',
    () => {
      const f = bad(() => variable(1))
      f()
      f()
    },
  ],
  [
    'TRACED_TENSOR_ESCAPED',
    /^\[hybridize\] a tensor made inside bad at .*other-errors\.ts:\d+:\d+ is used after that call, but compiled calls keep no intermediate values\. Return it from bad, or make it outside\.$/,
    () => {
      bad(() => void (kept = x.add(1)))()
      kept!.add(1)
    },
  ],
  [
    'HOST_READ',
    "[hybridize] anonymous function reads a tensor's values with item(), and fullGraph allows no host read. Return the tensor and read it outside, or leave fullGraph out.",
    () => hybridize(() => x.sum().item(), { fullGraph: true })(),
  ],
  [
    'NOT_COMPILED',
    '[source] f has no compiled program: it has not been called. Call it once with tensors; without host reads it compiles.',
    () => hybridize(function f() {}).source('ir'),
  ],
  ['FEATURES_INVALID', '[linear] inFeatures is 0. Use a whole number of at least 1.', () => nn.linear(0, 1)],
  [
    'CHANNELS_MISMATCH',
    '[conv2d] x is [1, 2, 8, 8], and the layer takes [n, 3, height, width]. Reshape x, or make the layer with conv2d(2, …).',
    () => nn.conv2d(3, 4, 3).forward(ones([1, 2, 8, 8])),
  ],
  [
    'GROUPS_INVALID',
    '[conv2d] groups is 2, with 3 channels in and 4 out. Use a whole number that divides both.',
    () => nn.conv2d(3, 4, 3, { groups: 2 }),
  ],
  [
    'MODE_CHANGED_IN_TRACE',
    /^\[eval\] bad, which is hybridized, switches a module's training mode, and compiled calls could not do so\. /,
    () => bad(() => nn.dropout(0.5).eval())(),
  ],
  [
    'STATE_DICT_MISMATCH',
    /^\[loadStateDict\] the state does not fit: missing 'weight', 'bias'; unexpected 'w'\. Nothing was loaded\. /,
    () => nn.linear(2, 1).loadStateDict({ w: x }),
  ],
  [
    'PARAMETERS_EMPTY',
    '[sgd] there are no parameters to train. Pass net.parameters(), or the tensors themselves.',
    () => optim.sgd([], { lr: 1 }),
  ],
  ['PARAMETER_INVALID', /^\[adam\] parameter 0 is a computed value, not a leaf\. /, () => optim.adam([x])],
  [
    'PARAMETER_REPEATED',
    '[sgd] parameters 0 and 1 are the same tensor, which would be updated twice. Pass it once.',
    () => ((w) => optim.sgd([w, w], { lr: 1 }))(leaf()),
  ],
  ['HYPERPARAMETER_INVALID', '[sgd] lr is -1. Use a number of at least 0.', () => optim.sgd([leaf()], { lr: -1 })],
]
