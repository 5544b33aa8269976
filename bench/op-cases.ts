import {
  add,
  exp,
  grad,
  hybridize,
  matmul,
  noGrad,
  rand,
  randn,
  sigmoid,
  softmax,
  tanh,
  tensor,
  type Tensor,
} from 'gryph'
import { functionCase, type BenchmarkCase } from './benchmark-case.ts'
import { layerNorm } from './sequence-cases.ts'
import { perceptron } from './training-cases.ts'

const matmulCase = (n: number): BenchmarkCase =>
  functionCase(
    `matmul ${n}`,
    (a, b) => matmul(a!, b!),
    () => [randn([n, n]), randn([n, n])],
  )

function chain(...[a, b, c]: Tensor[]): Tensor {
  return add(tanh(a!.mul(b!).add(c!)).mul(sigmoid(a!.sub(c!))), exp(b!.mul(b!).neg()))
}
const chainOperands = (): Tensor[] => [randn([1e6]), randn([1e6]), randn([1e6])]

function chainedAdds(...[a, b]: Tensor[]): Tensor {
  let sum = a!
  for (let i = 0; i < 20; i++) sum = sum.add(b!)
  return sum
}
/** As in training, over the rows of a matrix. */
function batchNorm(x: Tensor, scale: Tensor, shift: Tensor): Tensor {
  const centred = x.sub(x.mean(0, true))
  const deviation = centred.square().mean(0, true).add(1e-5).sqrt()
  return centred.div(deviation).mul(scale).add(shift)
}

const smallOperands = (): Tensor[] => [tensor([1, 2, 3, 4]), tensor([5, 6, 7, 8])]

const inference: BenchmarkCase = {
  name: 'infer 784-256-128-10, batch 1',
  eager() {
    const [net, x] = [perceptron(), rand([1, 784])]
    return () => noGrad(() => net.forward(x)).data()
  },
  compiled(options) {
    const [net, x] = [perceptron(), rand([1, 784])]
    const fast = hybridize((sample: Tensor) => noGrad(() => net.forward(sample)), options)
    return { run: () => fast(x).data(), fast }
  },
}

const addition = functionCase('add of two 4-vectors', (a, b) => add(a!, b!), smallOperands)

export const opCases: readonly BenchmarkCase[] = [
  ...[64, 256, 512, 1024].map(matmulCase),
  functionCase('chain of 9 elementwise ops, 1e6, forward', chain, chainOperands),
  functionCase(
    'chain of 9 elementwise ops, 1e6, gradient',
    grad((...operands: Tensor[]) => chain(...operands).sum(), { argnums: [0, 1, 2] }),
    chainOperands,
  ),
  functionCase(
    'softmax rows, 1024 x 1000',
    (x) => softmax(x!, 1),
    () => [randn([1024, 1000])],
  ),
  functionCase(
    'layer norm, 1024 x 512, forward and backward',
    grad((...[x, scale, shift, dy]: Tensor[]) => layerNorm(x!, scale!, shift!).mul(dy!).sum(), { argnums: [0, 1, 2] }),
    () => [randn([1024, 512]), randn([512]), randn([512]), randn([1024, 512])],
  ),
  functionCase(
    'batch norm, 256 x 512, forward and backward',
    grad((...[x, scale, shift, dy]: Tensor[]) => batchNorm(x!, scale!, shift!).mul(dy!).sum(), { argnums: [0, 1, 2] }),
    () => [randn([256, 512]), randn([512]), randn([512]), randn([256, 512])],
  ),
  inference,
  { name: addition.name, ...(addition.eager && { eager: addition.eager }) },
  functionCase('20 chained adds of 4-vectors', chainedAdds, smallOperands),
]
