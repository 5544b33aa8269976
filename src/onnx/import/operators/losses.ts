import { full } from '../../../frontend/fill.ts'
import { where } from '../../../frontend/functions/elementwise.ts'
import type { Tensor } from '../../../frontend/tensor.ts'
import { integers } from '../constant.ts'
import type { NodeCall, NodeResult, OperatorTable } from '../node-call.ts'

/** Less the score of each label's class, by its weight; labels to be passed over count nothing. */
function negativeLogLikelihood(call: NodeCall, scores: Tensor, labels: Tensor, weights: Tensor | undefined): Tensor {
  const classes = scores.shape[1]
  if (classes === undefined || labels.rank !== scores.rank - 1)
    throw call.failed(`labels of ${labels.rank} axes do not fit scores of ${scores.rank}`)
  const positions = integers(
    Array.from({ length: classes }, (_, i) => i),
    scores.shape.map((_, axis) => (axis === 1 ? classes : 1)).slice(1),
  ).tensor()
  const ids = labels.cast('int32')
  const isLabel = ids.expandDims(1).equal(positions)
  const zero = full([], 0, { dtype: scores.dtype })
  const ignored = call.hasAttribute('ignore_index') ? ids.equal(call.int('ignore_index')) : undefined
  const own = where(isLabel, scores, zero).sum(1)
  const spread = weights?.reshape([classes, ...scores.shape.slice(2).map(() => 1)])
  const ofLabel = spread ? where(isLabel, spread, zero).sum(1) : own.mul(0).add(1)
  const weight = ignored ? where(ignored, zero, ofLabel) : ofLabel
  const losses = own.neg().mul(weight)
  switch (call.string('reduction', 'mean')) {
    case 'none':
      return losses
    case 'sum':
      return losses.sum()
    default:
      return losses.sum().div(weight.sum())
  }
}

function crossEntropy(call: NodeCall): NodeResult {
  const scores = call.tensor(0).logSoftmax(1)
  return [negativeLogLikelihood(call, scores, call.tensor(1), call.maybe(2)), scores]
}

export const lossOperators: OperatorTable = {
  NegativeLogLikelihoodLoss: (call) => negativeLogLikelihood(call, call.tensor(0), call.tensor(1), call.maybe(2)),
  SoftmaxCrossEntropyLoss: crossEntropy,
}
