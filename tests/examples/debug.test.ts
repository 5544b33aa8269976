import { rmSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleWithSource, programFolder, runNode } from './bundled.ts'

const folder = programFolder()
beforeAll(() => bundleWithSource(['examples/debug.ts'], folder), 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a wrong loss is found eagerly, and the compiled function keeps its checks', () => {
  const { stdout, stderr, status } = runNode(['examples/debug.mjs'], folder)
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
  const sections = stdout.split(/\n\d\. /).slice(1)
  expect(sections).toHaveLength(7)
  const [wrong, found, right, compiled, checked, frozen, kernels] = sections
  expect(wrong).toContain('loss NaN')
  expect(found).toContain('deviations = tensor([')
  expect(found).toContain('NOT_FINITE: GryphError: [debug.checkFinite] normalized is NaN at [0, 2] of shape [64, 3].')
  expect(right).toMatch(/step 0: loss 0\.[\d]+\n[^]*step 60: loss 0\.0\d+\n60 compiled calls, 6 of them compared/)
  expect(compiled).toContain('trainStep: 1 specialisation, target wasm, one thread')
  expect(checked).toMatch(/NOT_FINITE: .* In trainStep\.$/m)
  expect(frozen).toMatch(/VERIFY_FAILED: .* a number was 0\.001 when the call was recorded, and is 0\.0001 now\. /)
  expect(frozen).toMatch(/ {2}frozen value: a number was 0\.001 when/)
  expect(kernels).toMatch(/^0 {2}k0_/m)
})
