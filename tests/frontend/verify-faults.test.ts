import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  arange,
  assign,
  debug,
  full,
  hybridize,
  ones,
  type GryphError,
  type Tensor,
  variable,
} from '../../src/index.ts'
import type { VerifyError } from '../../src/frontend/parity/verify-error.ts'
import type * as pipeline from '../../src/compile/pipeline.ts'
import type * as lower from '../../src/kernel/lower.ts'
import type { Pass } from '../../src/passes/pass.ts'
import { swapsSubtraction, withSwappedSubtraction } from './broken-compiler.ts'

/** The passes that compile, for tests to add to; and whether kernels are broken. */
const faults = vi.hoisted(() => ({ passes: [] as Pass[], inKernels: false }))

vi.mock('../../src/compile/pipeline.ts', async (load) => {
  const original = await load<typeof pipeline>()
  faults.passes = [...original.graphPasses]
  return { ...original, graphPasses: faults.passes }
})
vi.mock('../../src/kernel/lower.ts', async (load) => {
  const original = await load<typeof lower>()
  const lowerGroup: typeof original.lowerGroup = (group, name, options) =>
    faults.inKernels
      ? original.lowerGroup(...spread(withSwappedSubtraction(group, options), name))
      : original.lowerGroup(group, name, options)
  return { ...original, lowerGroup }
})
const spread = <A, B>([group, options]: [A, B], name: string): [A, string, B] => [group, name, options]

const sound = [...faults.passes]
afterEach(() => {
  faults.passes.splice(0, Infinity, ...sound)
  faults.inKernels = false
})

let size = 3

/** Of another size each time, so that no program is taken over from another test. */
function makeStep(): { step: (a: Tensor, b: Tensor) => { loss: Tensor }; w: Tensor; args: [Tensor, Tensor] } {
  const w = variable(ones([++size]))
  const step = (a: Tensor, b: Tensor): { loss: Tensor } => {
    const error = a.mul(w).sub(b)
    assign(w, w.add(error.mul(0.5)))
    return { loss: error.sum() }
  }
  return { step, w, args: [arange(1, size + 1), full([size], 4)] }
}

function failureOf(call: () => unknown): VerifyError {
  try {
    call()
  } catch (error) {
    expect((error as GryphError).code).toBe('VERIFY_FAILED')
    return error as VerifyError // its code says so
  }
  throw new Error('nothing was thrown')
}

describe.each(['wasm', 'js'] as const)('A fault in the compiler for %s', (target) => {
  test('is found in a pass, with the op and the line', () => {
    faults.passes.splice(3, 0, swapsSubtraction)
    const { step, w, args } = makeStep()
    const fast = hybridize(step, { verify: 1, target })
    fast(...args)
    const before = w.toArray()
    const error = failureOf(() => fast(...args))
    expect(w.toArray(), 'no state has changed').toEqual(before)
    expect(error.message).toMatch(
      /^\[verify\] step, compiled, does not do what it does eagerly: result\.loss differs: eager /,
    )
    expect(error.difference).toMatchObject({ what: 'result.loss', index: [] })
    const finding = error.bisect()
    expect(finding).toMatchObject({ cause: 'pass', pass: 'swaps-subtraction', op: 'sub' })
    expect(finding.source).toMatch(/verify-faults\.test\.ts:\d+:\d+$/)
    expect(finding.goneWith).toContain("withoutPasses: ['swaps-subtraction']")
    expect(fast.bisect(...args)).toMatchObject({ cause: 'pass', pass: 'swaps-subtraction' })
    expect(w.toArray(), 'bisect changes nothing').toEqual(before)
  })

  test('is found in a kernel, with the op and the line', () => {
    faults.inKernels = true
    const { step, args } = makeStep()
    const fast = hybridize(step, { verify: 1, target })
    fast(...args)
    const finding = failureOf(() => fast(...args)).bisect()
    expect(finding).toMatchObject({ cause: 'kernel', op: 'sub', pass: undefined })
    expect(finding.kernel).toMatch(/^k0_.*sub/)
    expect(finding.source).toMatch(/verify-faults\.test\.ts:\d+:\d+$/)
    expect(finding.goneWith).toContain("withoutPasses: ['fusion']")
    expect(String(finding)).toMatch(/^step: result\.loss differs: eager .*\n {2}cause: kernel\n {2}kernel: k0_/)
  })
})

/** What a reproduction gives to the package: it runs with another one in its place. */
async function reproductionIn(path: string): Promise<Parameters<typeof debug.reproduce>[0]> {
  const text = readFileSync(path, 'utf8').replace("from 'gryph'", "from './package.mjs'")
  writeFileSync(path, text.replace(/^console.*$|^process.*$/gm, ''))
  const folder = dirname(path)
  writeFileSync(
    join(folder, 'package.mjs'),
    'export const given = []\nexport const debug = { reproduce: (x) => given.push(x) }\n',
  )
  await import(/* @vite-ignore */ path)
  const { given } = (await import(/* @vite-ignore */ join(folder, 'package.mjs'))) as { given: unknown[] } // written above
  return given[0] as Parameters<typeof debug.reproduce>[0] // the file holds one
}

test('A reproduction shows the fault again, and reads as a module of its own', async () => {
  faults.inKernels = true
  const { step, args } = makeStep()
  const fast = hybridize(step)
  fast(...args)
  const finding = fast.bisect(...args)
  const folder = mkdtempSync(join(tmpdir(), 'gryph-reproduction-'))
  try {
    const path = join(folder, 'reproduction.mjs')
    await finding.writeReproduction(path)
    const text = readFileSync(path, 'utf8')
    expect(text.match(/^import .*$/gm)).toEqual(["import { debug } from 'gryph'"])
    expect(text).toMatch(/\/\/ .*verify-faults\.test\.ts:\d+:\d+\n/)
    expect(spawnSync(process.execPath, ['--check', path]).status).toBe(0)
    const given = await reproductionIn(path)
    expect(debug.reproduce(given)).toMatchObject({ cause: 'kernel', op: 'sub' })
    faults.inKernels = false
    expect(String(debug.reproduce(given))).toBe('step: eager and compiled give the same bits')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
