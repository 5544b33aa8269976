import { full, ones } from '../../../frontend/fill.ts'
import { dropout } from '../../../frontend/random.ts'
import { pad } from '../../../frontend/functions/structure.ts'
import type { Tensor } from '../../../frontend/tensor.ts'
import type { NodeCall, NodeResult, OperatorTable } from '../node-call.ts'

/** With one size for each channel. */
const perChannel = (part: Tensor, x: Tensor): Tensor => part.reshape([part.size, ...x.shape.slice(2).map(() => 1)])

const spatialOf = (x: Tensor): number[] => x.shape.flatMap((_, axis) => (axis < 2 ? [] : [axis]))

/** Before opset 7 an attribute said whether it was inference, and training was the default. */
function requireTest(call: NodeCall): void {
  if (call.opset < 7 && call.int('is_test', 0) === 0) throw call.unsupported('trains as opset 6 did')
}

function batchNormalization(call: NodeCall): NodeResult {
  const x = call.tensor(0)
  if (x.rank < 1 || (call.opset < 9 && call.int('spatial', 1) === 0)) throw call.unsupported('is not by channel')
  requireTest(call)
  const [scale, shift, mean, variance] = [call.tensor(1), call.tensor(2), call.tensor(3), call.tensor(4)]
  const eps = call.float('epsilon', 1e-5)
  const spread = (part: Tensor): Tensor => (x.rank < 2 ? part : perChannel(part, x))
  const isTraining = call.opset >= 14 ? call.int('training_mode', 0) === 1 : call.outputCount > 1
  if (!isTraining) {
    const factor = scale.div(variance.add(eps).sqrt())
    return x.sub(spread(mean)).mul(spread(factor)).add(spread(shift))
  }
  const axes = x.shape.flatMap((_, axis) => (axis === 1 ? [] : [axis]))
  const [ownMean, ownVariance] = [x.mean(axes), x.variance(axes)]
  const result = x.sub(spread(ownMean)).div(spread(ownVariance).add(eps).sqrt()).mul(spread(scale)).add(spread(shift))
  const momentum = call.float('momentum', 0.9)
  const follow = (before: Tensor, now: Tensor): Tensor => before.mul(momentum).add(now.mul(1 - momentum))
  return [result, follow(mean, ownMean), follow(variance, ownVariance)]
}

function layerNormalization(call: NodeCall): NodeResult {
  const x = call.tensor(0)
  const first = call.axis(call.int('axis', -1), x.rank)
  const axes = x.shape.flatMap((_, axis) => (axis >= first ? [axis] : []))
  const mean = x.mean(axes, true)
  const centered = x.sub(mean)
  const deviation = full([], 1, { dtype: x.dtype }).div(
    centered.mul(centered).mean(axes, true).add(call.float('epsilon', 1e-5)).sqrt(),
  )
  const scaled = centered.mul(deviation).mul(call.tensor(1))
  const shift = call.maybe(2)
  return [shift ? scaled.add(shift) : scaled, mean, deviation]
}

function rmsNormalization(call: NodeCall): Tensor {
  const x = call.tensor(0)
  const first = call.axis(call.int('axis', -1), x.rank)
  const axes = x.shape.flatMap((_, axis) => (axis >= first ? [axis] : []))
  return x.div(x.mul(x).mean(axes, true).add(call.float('epsilon', 1e-5)).sqrt()).mul(call.tensor(1))
}

function centeredBy(x: Tensor, axes: readonly number[], eps: number): Tensor {
  const centered = x.sub(x.mean(axes, true))
  return centered.div(centered.mul(centered).mean(axes, true).add(eps).sqrt())
}

function instanceNormalization(call: NodeCall): Tensor {
  const x = call.tensor(0)
  const normal = centeredBy(x, spatialOf(x), call.float('epsilon', 1e-5))
  return normal.mul(perChannel(call.tensor(1), x)).add(perChannel(call.tensor(2), x))
}

/** Weights are one for each group up to opset 20, and one for each channel since. */
function groupNormalization(call: NodeCall): Tensor {
  const x = call.tensor(0)
  const groups = call.int('num_groups')
  const [n, channels] = [x.shape[0]!, x.shape[1]!]
  if (x.rank < 2 || groups < 1 || channels % groups !== 0)
    throw call.failed(`${channels} channels make no ${groups} groups`)
  const normal = centeredBy(x.reshape([n, groups, -1]), [2], call.float('epsilon', 1e-5)).reshape(x.shape)
  const spread = (part: Tensor): Tensor =>
    perChannel(
      part.size === channels
        ? part
        : part
            .expandDims(1)
            .broadcastTo([groups, channels / groups])
            .reshape([channels]),
      x,
    )
  return normal.mul(spread(call.tensor(1))).add(spread(call.tensor(2)))
}

function localResponse(call: NodeCall): Tensor {
  const x = call.tensor(0)
  const size = call.int('size')
  const channels = x.shape[1] ?? 0
  if (size < 1 || size > 4096) throw call.failed(`the size is ${size}`)
  const before = Math.floor((size - 1) / 2)
  const squares = pad(
    x.mul(x),
    x.shape.map((_, axis) => (axis === 1 ? [before, size - 1 - before] : [0, 0])),
  )
  const sum = Array.from({ length: size }, (_, i) => squares.slice([null, [i, i + channels]])).reduce((a, b) =>
    a.add(b),
  )
  const [alpha, beta, bias] = [call.float('alpha', 1e-4), call.float('beta', 0.75), call.float('bias', 1)]
  return x.div(
    sum
      .mul(alpha / size)
      .add(bias)
      .pow(beta),
  )
}

function meanVariance(call: NodeCall): Tensor {
  const x = call.tensor(0)
  const axes = call.axes(call.ints('axes') ?? [0, 2, 3], x.rank)
  const centered = x.sub(x.mean(axes, true))
  return centered.div(centered.mul(centered).mean(axes, true).sqrt().add(1e-9))
}

function lpNormalization(call: NodeCall): Tensor {
  const x = call.tensor(0)
  const axis = call.axis(call.int('axis', -1), x.rank)
  return call.int('p', 2) === 1 ? x.div(x.abs().sum(axis, true)) : x.div(x.mul(x).sum(axis, true).sqrt())
}

/** What a model runs is inference, unless it asks for training itself. */
function dropped(call: NodeCall): NodeResult {
  const x = call.tensor(0)
  requireTest(call)
  const isTraining = call.opset >= 12 && call.has(2) && call.number(2) !== 0
  const ratio = call.has(1) ? call.number(1) : call.float('ratio', 0.5)
  if (!isTraining || ratio === 0) return [x, ones(x.shape, { dtype: call.opset < 10 ? x.dtype : 'bool' })]
  const kept = dropout(ones(x.shape, { dtype: x.dtype }), ratio)
  return [x.mul(kept), kept.notEqual(0)]
}

export const normalizationOperators: OperatorTable = {
  BatchNormalization: batchNormalization,
  Dropout: dropped,
  GroupNormalization: groupNormalization,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
  LRN: localResponse,
  LpNormalization: lpNormalization,
  MeanVarianceNormalization: meanVariance,
  RMSNormalization: rmsNormalization,
}
