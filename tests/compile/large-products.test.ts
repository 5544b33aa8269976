import { expect, test } from 'vitest'
import { hybridize, matmul, randn } from '../../src/index.ts'

test.each([
  ['rows in several blocks', 129, 2100, 25, false],
  ['packed rows in several blocks', 129, 2100, 40, true],
  ['a right operand larger than the cache', 70, 300, 500, false],
] as const)('%s give the bits of the plain order', (_, m, k, n, isTransposed) => {
  const [a, b] = [randn(isTransposed ? [k, m] : [m, k]), randn([k, n])]
  const product = () => matmul(isTransposed ? a.transpose(0, 1) : a, b)
  const [wasm, js] = (['wasm', 'js'] as const).map((target) => {
    const compiled = hybridize(product, { target })
    compiled()
    return compiled().data()
  })
  expect(Buffer.compare(Buffer.from(wasm!.buffer), Buffer.from(js!.buffer))).toBe(0)
})
