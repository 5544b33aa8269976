import { add, exp, hybridize, matmul, randn, sigmoid, softmax, tanh, tensor, type Tensor } from 'gryph'
import type { BenchmarkCase } from './benchmark-case.ts'

function functionCase(
  name: string,
  fn: (...operands: Tensor[]) => Tensor,
  makeOperands: () => Tensor[],
): BenchmarkCase {
  return {
    name,
    make() {
      const operands = makeOperands()
      const compiled = hybridize(fn)
      return { eager: () => fn(...operands), compiled: () => compiled(...operands) }
    },
  }
}

const matmulCase = (n: number): BenchmarkCase => ({
  ...functionCase(
    `matmul ${n}`,
    (a, b) => matmul(a!, b!),
    () => [randn([n, n]), randn([n, n])],
  ),
  flops: 2 * n ** 3,
})

function chain(...[a, b, c]: Tensor[]): Tensor {
  return add(tanh(a!.mul(b!).add(c!)).mul(sigmoid(a!.sub(c!))), exp(b!.mul(b!).neg()))
}

export const opCases: readonly BenchmarkCase[] = [
  {
    name: 'add 4 elements',
    make() {
      const [a, b] = [tensor([1, 2, 3, 4]), tensor([5, 6, 7, 8])]
      return { eager: () => add(a, b) }
    },
  },
  ...[64, 128, 256, 512].map(matmulCase),
  functionCase('chain of 9 elementwise ops, 1e6', chain, () => [randn([1e6]), randn([1e6]), randn([1e6])]),
  functionCase(
    'softmax rows, 1024 x 1000',
    (x) => softmax(x!, 1),
    () => [randn([1024, 1000])],
  ),
]
