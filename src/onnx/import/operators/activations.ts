import { where } from '../../../frontend/functions/elementwise.ts'
import * as functions from '../../../frontend/functions/activations.ts'
import type { Tensor } from '../../../frontend/tensor.ts'
import type { NodeCall, Operator, OperatorTable } from '../node-call.ts'

const activation =
  (compute: (x: Tensor, call: NodeCall) => Tensor): Operator =>
  (call) =>
    compute(call.tensor(0), call)

/** Before opset 13 all axes from this one on were taken together. */
function overAxes(call: NodeCall, compute: (x: Tensor, axis: number) => Tensor): Tensor {
  const x = call.tensor(0)
  const axis = call.axis(call.int('axis', call.opset < 13 ? 1 : -1), Math.max(x.rank, 1))
  if (call.opset >= 13 || axis === x.rank - 1 || x.rank === 0) return compute(x, axis)
  const rows = x.shape.slice(0, axis).reduce((product, size) => product * size, 1)
  return compute(x.reshape([rows, rows === 0 ? 0 : x.size / rows]), 1).reshape(x.shape)
}

/** 1 at the first of the largest. */
function hardmax(x: Tensor, axis: number): Tensor {
  const size = x.shape[axis]!
  const largest = x.argmax(axis).oneHot(size, 'float32').cast(x.dtype)
  const order = x.shape.map((_, i) => (i < axis ? i : i === axis ? x.rank - 1 : i - 1))
  return largest.permute(order)
}

/** x where it is above the threshold, moved toward 0 by the bias. */
function shrink(x: Tensor, call: NodeCall): Tensor {
  const [bias, limit] = [call.float('bias', 0), call.float('lambd', 0.5)]
  const moved = where(x.less(-limit), x.add(bias), where(x.greater(limit), x.sub(bias), x.mul(0)))
  return moved.cast(x.dtype)
}

const hardSigmoid = (x: Tensor, alpha: number, beta: number): Tensor => x.mul(alpha).add(beta).clamp(0, 1)

export const activationOperators: OperatorTable = {
  Celu: activation((x, call) => functions.celu(x, call.float('alpha', 1))),
  Elu: activation((x, call) => functions.elu(x, call.float('alpha', 1))),
  Gelu: activation((x, call) =>
    functions.gelu(x, call.string('approximate', 'none') === 'tanh' ? { approximate: 'tanh' } : {}),
  ),
  HardSigmoid: activation((x, call) => hardSigmoid(x, call.float('alpha', 0.2), call.float('beta', 0.5))),
  HardSwish: activation((x) => x.mul(hardSigmoid(x, 1 / 6, 0.5))),
  Hardmax: (call) => overAxes(call, hardmax),
  LeakyRelu: activation((x, call) => functions.leakyRelu(x, call.float('alpha', 0.01))),
  LogSoftmax: (call) => overAxes(call, (x, axis) => x.logSoftmax(axis)),
  Mish: activation((x) => functions.mish(x)),
  Relu: activation((x) => x.relu()),
  Selu: activation((x, call) =>
    functions
      .elu(x, call.float('alpha', 1.67326319217681884765625))
      .mul(call.float('gamma', 1.05070102214813232421875)),
  ),
  Shrink: activation(shrink),
  Sigmoid: activation((x) => x.sigmoid()),
  Softmax: (call) => overAxes(call, (x, axis) => x.softmax(axis)),
  Softplus: activation((x) => functions.softplus(x)),
  Softsign: activation((x) => functions.softsign(x)),
  Swish: activation((x, call) => x.mul(x.mul(call.float('alpha', 1)).sigmoid())),
  ThresholdedRelu: activation((x, call) => where(x.greater(call.float('alpha', 1)), x, x.mul(0))),
}
