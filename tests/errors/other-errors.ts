import { vi } from 'vitest'
import { assign, configure, debug, hybridize, nn, ones, optim, type Tensor, variable, zeros } from '../../src/index.ts'

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
    'VERIFY_FAILED',
    /^\[verify\] scaled, compiled, does not do what it does eagerly: result differs at \[0, 0\]: eager 3, compiled 2 \(6 of 6 elements\), computed at .*other-errors\.ts:\d+:\d+\. No state has changed\. A value is frozen in the recording: a number was 2 when the call was recorded, and is 3 now at .*other-errors\.ts:\d+:\d+\. Pass it as an argument, or keep it in a variable\.$/,
    () => {
      let scale = 2
      const fast = hybridize(
        function scaled(given: Tensor) {
          return given.mul(scale)
        },
        { verify: 1 },
      )
      fast(x)
      scale = 3
      fast(x)
    },
  ],
  [
    'REPRODUCTION_INVALID',
    '[debug.reproduce] the input x is not given as the elements of float32 [2]. Use the file as bisect() wrote it.',
    () =>
      debug.reproduce({
        functionName: 'f',
        graph: 'graph(%x: f32[2]) {\n  return %x\n}',
        inputs: { x: { dtype: 'float32', base64: 'AAAA' } },
        options: { target: 'wasm' },
      }),
  ],
  [
    'OPTION_INVALID',
    "[hybridize] target: \"gpu\" is not understood. Use 'wasm' or 'js'.",
    () => hybridize(() => x, { target: wrong('gpu') }),
  ],
  [
    'OPTION_INVALID',
    '[hybridize] withoutPasses: ["fusions"] is not understood. Use an array of any of canonicalize, control-flow, join-parts, simplify, constant-folding, view-sinking, window-slicing, common-subexpressions, join-loops, loop-invariants, loop-sums, copy-sharing, dead-code, fusion, updates.',
    () => hybridize(() => ones([2]), { withoutPasses: ['fusions'] }),
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
    'CAPTURE_TRACKED',
    '[hybridize] f uses a tensor from outside that was computed from something that requires a gradient, and that computation is not part of the compiled function. Pass the tensor as an argument, compute it inside, or use its detach().',
    () => {
      const tracked = leaf().mul(2)
      hybridize(function f() {
        return tracked.sum()
      })()
    },
  ],
  [
    'GRADIENT_TOO_LATE',
    '[hybridize] update calls backward() and then uses the gradient of a variable that an argument was computed from outside. A compiled call gives that gradient when it is done. Compute the argument inside update, or call backward() outside.',
    () => {
      const w = ones([1], { requiresGrad: true })
      hybridize(function update(loss: Tensor) {
        loss.backward()
        w.grad = null
      })(w.sum())
    },
  ],
  [
    'ARGUMENT_MUTATED',
    '[hybridize] f changed an array or object that it was given, which a compiled call would not repeat. Return the new value instead.',
    () =>
      hybridize(function f(log: number[]) {
        log.push(1)
      })([]),
  ],
  [
    'ARGUMENT_NOT_PLAIN',
    '[hybridize] an argument of f is a Map that holds tensors, and compiled calls would keep using the ones it holds now. Pass the tensors themselves, or plain arrays and objects of them.',
    () => hybridize(function f(_tensors: Map<string, Tensor>) {})(new Map([['x', x]])),
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
    'VALUE_NOT_KEPT',
    /^\[hybridize\] a float32 \[5000\] that bad made at .*other-errors\.ts:\d+:\d+ is used after a variable that it was computed from has changed, and no call before this one used it so late\. Return it from bad, or read it there\.$/,
    () => {
      vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
      const w = variable(zeros([5000]))
      const f = bad(() => {
        kept = w.add(1)
        if (kept.max().item() > 0) assign(w, w.add(2))
      })
      for (let i = 0; i < 3; i++) f()
      kept!.add(1)
    },
  ],
  [
    'NOT_COMPILED',
    '[source] f has no compiled program: it has not been called. Call it once with tensors; without host reads it compiles.',
    () => hybridize(function f() {}).source('ir'),
  ],
  [
    'NOT_PROFILED',
    '[profile] f notes no times. Make it with hybridize(f, { profile: true }).',
    () => hybridize(function f() {}).profile(),
  ],
  ['FEATURES_INVALID', '[linear] inFeatures is "3". Use a whole number of at least 1.', () => nn.linear(wrong('3'), 1)],
  [
    'OPTION_UNKNOWN',
    '[linear] there is no option "useBias". Use bias or dtype.',
    () => nn.linear(3, 1, wrong({ useBias: false })),
  ],
  [
    'OPTION_UNKNOWN',
    '[conv2d] there is no option "strides". Use bias, dtype, stride, padding, dilation or groups.',
    () => nn.conv2d(3, 1, 3, wrong({ strides: 2 })),
  ],
  [
    'OPTION_UNKNOWN',
    '[avgPool2d] there is no option "strides". Use stride or padding.',
    () => nn.avgPool2d(3, wrong({ strides: 2 })),
  ],
  [
    'LAYER_INVALID',
    '[sequential] layer 0 is null, not a module. Pass layers one by one, for instance sequential(linear(4, 2), relu()).',
    () => nn.sequential(wrong(null)),
  ],
  [
    'LAYER_INVALID',
    '[sequential] layer 1 is a function, not a module. Pass layers one by one, for instance sequential(linear(4, 2), relu()).',
    () => nn.sequential(nn.relu(), wrong(nn.relu)),
  ],
  [
    'LAYER_INVALID',
    '[sequential] layer 0 gave an array, and layer 1, Linear, takes a tensor. Write a module whose forward gives the tensor that you want, for instance the first of what a recurrent layer gives.',
    () => nn.sequential(wrong(nn.lstm(3, 2)), nn.linear(2, 1)).forward(ones([4, 1, 3])),
  ],
  [
    'LAYER_INVALID',
    '[sequential] x is an array, and layer 0, Linear, takes a tensor. Pass tensor(…).',
    () => nn.sequential(nn.linear(2, 1)).forward(wrong([[1, 2]])),
  ],
  [
    'STATE_DICT_INVALID',
    '[loadStateDict] the state is null. Pass an object of tensors by name, as stateDict() makes it.',
    () => nn.linear(2, 1).loadStateDict(wrong(null)),
  ],
  [
    'STATE_DICT_INVALID',
    '[sgd.loadStateDict] the state is undefined. Pass an object of tensors by name, as stateDict() makes it.',
    () => optim.sgd([leaf()], { lr: 1 }).loadStateDict(wrong(undefined)),
  ],
  [
    'SETTING_INVALID',
    '[configure] the settings are null. Pass an object with any of hybridize, relaxedSimd, threads.',
    () => configure(wrong(null)),
  ],
  [
    'OPTION_INVALID',
    '[sgd] the options are undefined. Pass an object such as { lr: … }, with lr, momentum, dampening, nesterov, weightDecay or lrInVelocity.',
    () => optim.sgd([leaf()], wrong(undefined)),
  ],
  [
    'OPTION_INVALID',
    '[adam] the options are 0.5. Pass an object such as { lr: … }, with lr, betas, eps, epsInside, weightDecay or amsGrad.',
    () => optim.adam([leaf()], wrong(0.5)),
  ],
  [
    'OPTION_UNKNOWN',
    '[adam] there is no option "learningRate". Use lr, betas, eps, epsInside, weightDecay or amsGrad.',
    () => optim.adam([leaf()], wrong({ learningRate: 0.5 })),
  ],
  [
    'HYPERPARAMETER_INVALID',
    '[adam] betas is 0.9. Use two numbers, for instance [0.9, 0.999].',
    () => optim.adam([leaf()], wrong({ betas: 0.9 })),
  ],
  [
    'PARAMETER_INVALID',
    '[sgd] the parameters are an object of class Linear. Pass net.parameters(), or an array of tensors.',
    () => optim.sgd(wrong(nn.linear(2, 1)), { lr: 1 }),
  ],
  ['FEATURES_INVALID', '[linear] inFeatures is 0. Use a whole number of at least 1.', () => nn.linear(0, 1)],
  [
    'CHANNELS_MISMATCH',
    '[conv2d] x is [1, 2, 8, 8], and the layer takes [n, 3, height, width]. Reshape x, or make the layer with conv2d(2, …).',
    () => nn.conv2d(3, 4, 3).forward(ones([1, 2, 8, 8])),
  ],
  [
    'CHANNELS_MISMATCH',
    '[conv2d] x is [3, 8, 8], and the layer takes [n, 3, height, width]. Give it a batch axis with x.expandDims(0).',
    () => nn.conv2d(3, 4, 3).forward(ones([3, 8, 8])),
  ],
  [
    'FEATURES_MISMATCH',
    '[linear] x is [2, 4, 6, 6], and the layer takes 144 features along the last axis. Put flatten() before it.',
    () => nn.linear(144, 3).forward(ones([2, 4, 6, 6])),
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
  [
    'SCHEDULE_INVALID',
    '[scheduler] the schedule is 0.1. Pass one of optim.schedules, or a function of the step count that gives a rate.',
    () => optim.scheduler(optim.sgd([leaf()], { lr: 1 }), wrong(0.1)),
  ],
  [
    'AVERAGES_SWAPPED',
    "[ema.update] the averages are in the weights' place. Call swap() before, to put the weights back.",
    () => ((averages) => averages.apply(() => averages.update()))(optim.ema([leaf()])),
  ],
  ['HYPERPARAMETER_INVALID', '[sgd] lr is -1. Use a number of at least 0.', () => optim.sgd([leaf()], { lr: -1 })],
]
