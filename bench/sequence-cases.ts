import { nn, randn, softmax, zeros, type Tensor } from 'gryph'
import { trainingCase, type BenchmarkCase } from './benchmark-case.ts'
import { optimizers, stepOf } from './training-cases.ts'

const parameter = (from: number, to: number): Tensor =>
  nn.parameter(
    randn([from, to])
      .mul(1 / Math.sqrt(from))
      .data(),
    { shape: [from, to] },
  )
const filled = (count: number, value: number): Tensor => nn.parameter(new Float32Array(count).fill(value))

export function layerNorm(x: Tensor, scale: Tensor, shift: Tensor): Tensor {
  const centred = x.sub(x.mean(-1, true))
  const deviation = centred.square().mean(-1, true).add(1e-5).sqrt()
  return centred.div(deviation).mul(scale).add(shift)
}

const [steps, batch, hidden] = [32, 32, 128]

/** One layer, unrolled; the loss is on the last state. */
const lstmCase: BenchmarkCase = trainingCase(
  `train LSTM, T ${steps}, batch ${batch}, hidden ${hidden}, adam`,
  () => {
    const [wx, wh, b] = [parameter(hidden, 4 * hidden), parameter(hidden, 4 * hidden), filled(4 * hidden, 0)]
    return stepOf(optimizers.adam([wx, wh, b]), (x, start, target) => {
      const projected = x!.matmul(wx).add(b)
      let [h, c] = [start!, start!]
      for (let t = 0; t < steps; t++) {
        const gates = projected.slice([t]).add(h.matmul(wh))
        const gate = (i: number): Tensor => gates.slice([null, [i * hidden, (i + 1) * hidden]])
        const input = gate(0).sigmoid().mul(gate(2).tanh())
        c = gate(1).sigmoid().mul(c).add(input)
        h = gate(3).sigmoid().mul(c.tanh())
      }
      return nn.mse(h, target!)
    })
  },
  () => [randn([steps, batch, hidden]), zeros([batch, hidden]), randn([batch, hidden])],
)

const [model, heads, time, sequences, feedForward] = [128, 4, 64, 8, 512]

/** Normalization before attention and before the two layers behind it. */
const transformerCase: BenchmarkCase = trainingCase(
  `train transformer block, d ${model}, ${heads} heads, T ${time}, batch ${sequences}, adam`,
  () => {
    const linear = (from: number, to: number) => ({ weight: parameter(from, to), bias: filled(to, 0) })
    const norm = () => ({ scale: filled(model, 1), shift: filled(model, 0) })
    const apply = ({ weight, bias }: ReturnType<typeof linear>, x: Tensor): Tensor => x.matmul(weight).add(bias)
    const [qkv, out] = [linear(model, 3 * model), linear(model, model)]
    const [up, down] = [linear(model, feedForward), linear(feedForward, model)]
    const [norm1, norm2] = [norm(), norm()]
    const parameters = [qkv, out, up, down, norm1, norm2].flatMap((part): Tensor[] => Object.values(part))
    return stepOf(optimizers.adam(parameters), (x, target) => {
      const projected = apply(qkv, layerNorm(x!, norm1.scale, norm1.shift))
        .reshape([sequences, time, 3, heads, model / heads])
        .permute([2, 0, 3, 1, 4])
      const [q, k, v] = [projected.slice([0]), projected.slice([1]), projected.slice([2])]
      const weights = softmax(q.matmul(k.transpose(-1, -2)).mul(1 / Math.sqrt(model / heads)), -1)
      const attended = weights.matmul(v).permute([0, 2, 1, 3]).reshape([sequences, time, model])
      const h = x!.add(apply(out, attended))
      return nn.mse(h.add(apply(down, apply(up, layerNorm(h, norm2.scale, norm2.shift)).relu())), target!)
    })
  },
  () => [randn([sequences, time, model]), randn([sequences, time, model])],
)

export const sequenceCases: readonly BenchmarkCase[] = [lstmCase, transformerCase]
