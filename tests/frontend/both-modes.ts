import { expect } from 'vitest'
import { hybridize, manualSeed, tensor, type Hybridized, type Tensor } from '../../src/index.ts'
import { bitsOf } from './twice.ts'

/**
 * Foot-guns of tracing compilers that have to do with state: each scenario runs eagerly and with compiled functions on both targets, and
 * everything that it notes has the same bits, or the same error.
 */
export type Wrap = <F extends (...args: never[]) => unknown>(f: F) => F
export type Scenario = (wrap: Wrap, note: (what: () => unknown) => void) => void

export const int = (value: number | number[]): Tensor => tensor(value, { dtype: 'int32' })
export const a = tensor([1, 2, 3])
export const b = tensor([10, 20, 30])

/** What a scenario notes: bits, or the code of an error. */
function notesOf(scenario: Scenario, wrap: Wrap): unknown[] {
  manualSeed(11)
  const notes: unknown[] = []
  scenario(wrap, (what) => {
    try {
      notes.push(bitsOf(what()))
    } catch (error) {
      const { code } = error as { code?: string }
      if (code === undefined) throw error
      notes.push(code)
    }
  })
  return notes
}

/** Runs a scenario eagerly and compiled. */
export function check(scenario: Scenario): void {
  const eager = notesOf(scenario, (f) => f)
  for (const target of ['wasm', 'js'] as const) {
    const compiled: Hybridized<(...args: never[]) => unknown>[] = []
    const wrap: Wrap = (f) => {
      const fast = hybridize(f, { target })
      compiled.push(fast)
      return fast as unknown as typeof f // used like the original
    }
    expect(notesOf(scenario, wrap)).toEqual(eager)
    expect(compiled.some(({ stats }) => stats.compiledCalls > 0)).toBe(true)
    expect(compiled.flatMap((fast) => fast.explain().specialisations).length).toBeGreaterThan(0)
  }
}
