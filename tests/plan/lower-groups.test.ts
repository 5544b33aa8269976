import { describe, expect, test } from 'vitest'
import { hybridize, tensor, type HybridizeOptions, type Tensor } from '../../src/index.ts'

const hidden = 24
const matrix = (rows: number, columns: number, seed: number): Tensor =>
  tensor(
    Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (__, j) => Math.sin(seed + 7 * i + j) / 4)),
  )
const steps = [1, 2, 3, 4, 5, 6].map((seed) => matrix(20, hidden, seed))
const weight = matrix(hidden, hidden, 9)

/** A recurrence over six inputs, unrolled: six equal kernels, of which the first reads another state. */
function recur(...inputs: Tensor[]): Tensor[] {
  const states: Tensor[] = []
  let state = inputs[0]!
  for (const input of inputs) states.push((state = state.matmul(weight).add(input).tanh()))
  return states
}

const bits = (states: readonly Tensor[]): string[] =>
  states.map((state) => Buffer.from(state.data().buffer).toString('hex'))

describe('kernels that differ in their buffers alone', () => {
  test.each<[string, HybridizeOptions]>([
    ['WebAssembly', {}],
    ['JavaScript', { target: 'js' }],
    ['two threads', { threads: 2, splitFrom: 1 }],
    ['WebAssembly without fusion', { withoutPasses: ['fusion'] }],
  ])('compute the bits of eager: %s', (_, options) => {
    const fast = hybridize(recur, options)
    for (let call = 0; call < 2; call++) expect(bits(fast(...steps))).toEqual(bits(recur(...steps)))
  })

  test('are one function that takes addresses', () => {
    const fast = hybridize(recur)
    fast(...steps)
    const wat = fast.source('wat')
    const kernels = fast.explain().specialisations[0]!.kernels.length
    const functions = wat.match(/^ {2}\(func \$k/gm)!.length
    expect(kernels).toBeGreaterThanOrEqual(6)
    expect(functions).toBeLessThanOrEqual(kernels - 4)
    expect(wat).toMatch(/^ {4}i32\.const \d+\n {4}i32\.const \d+\n(?: {4}i32\.const \d+\n)* {4}call \$k\w+ ;; k\d/m)
  })
})
