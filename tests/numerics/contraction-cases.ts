import { expect } from 'vitest'
import { exactFma } from '../kernel/exact-arithmetic.ts'
import { matmul, tensor, type Tensor } from '../../src/index.ts'
import { fmaRule } from '../../src/runtime/engine.ts'
import { inEveryMode, spread } from './same-bits.ts'

const multiplyAdd = (a: number, b: number, sum: number): number =>
  fmaRule() === 'fused' ? exactFma(a, b, sum, 'f32') : Math.fround(Math.fround(a * b) + sum)

/** One accumulator over k in increasing order. */
function reference(a: readonly number[], b: readonly number[], m: number, k: number, n: number): number[] {
  return Array.from({ length: m * n }, (_, at) => {
    const [i, j] = [Math.floor(at / n), at % n]
    let sum = 0
    for (let l = 0; l < k; l++) sum = multiplyAdd(a[i * k + l]!, b[l * n + j]!, sum)
    return sum
  })
}

const sizes = [
  [1, 1, 2],
  [2, 3, 4],
  [3, 12, 12],
  [5, 40, 10],
  [7, 300, 13],
  [49, 520, 24],
  [2, 257, 1030],
] as const

/** Every product of the table, plain and with transposed operands, in every mode, against the order as it is written down. */
export function expectWrittenOrder(): void {
  for (const [m, k, n] of sizes) {
    const [a, b] = [spread(m * k, 1), spread(k * n, 2)]
    const expected = reference(a, b, m, k, n)
    const [x, y] = [tensor(a, { shape: [m, k] }), tensor(b, { shape: [k, n] })]
    expect(
      inEveryMode((p, q) => matmul(p!, q!), x, y),
      `${m}×${k}×${n}`,
    ).toEqual(expected)
    const transposed = (t: Tensor): Tensor => t.permute([1, 0]).clone()
    expect(
      inEveryMode((p, q) => matmul(p!.permute([1, 0]), q!.permute([1, 0])), transposed(x), transposed(y)),
      `${m}×${k}×${n} transposed`,
    ).toEqual(expected)
  }
}
