import type { TypedArray } from '../../src/base/dtype.ts'
import { optionalPasses } from '../../src/compile/pipeline.ts'
import { hybridize } from '../../src/index.ts'
import { instantiate, outcomesOf, type CallOutcome } from './execute.ts'
import type { Program } from './program.ts'

/** One way to compile. */
export interface Mode {
  readonly target: 'wasm' | 'js'
  readonly withoutPasses: readonly string[]
  readonly threads?: number
  readonly splitFrom?: number
}

const targets = ['wasm', 'js'] as const

/** All passes on, each off, and none. */
export const allModes: readonly Mode[] = targets.flatMap((target) =>
  [[], ...optionalPasses.map((name) => [name]), optionalPasses].map((withoutPasses) => ({ target, withoutPasses })),
)

/** All passes on and none for each target, and one pass off that `choice` picks. */
export const someModes = (choice: number): readonly Mode[] =>
  allModes.filter(
    ({ withoutPasses }, i) =>
      withoutPasses.length === 0 ||
      withoutPasses.length > 1 ||
      i % optionalPasses.length === choice % optionalPasses.length,
  )

export const modeText = ({ target, withoutPasses, threads = 1 }: Mode): string =>
  `${target}${threads > 1 ? ` on ${threads} threads` : ''}${withoutPasses.length > 0 ? ` without ${withoutPasses.join(', ')}` : ''}`

export interface Difference {
  readonly mode: Mode
  readonly what: string
}

/** The first way to compile the program that does not do as eager execution does. */
export function findDifference(program: Program, modes: readonly Mode[]): Difference | undefined {
  const eager = instantiate(program)
  const expected = outcomesOf(program, eager, eager.fn)
  for (const mode of modes) {
    const instance = instantiate(program)
    const compiled = hybridize(instance.fn, mode)
    let what: string | undefined
    try {
      const outcomes = outcomesOf(program, instance, compiled)
      what = differenceOf(expected, outcomes)
      if (compiled.stats.compiledCalls === 0 && expected.slice(0, 2).every(({ values }) => typeof values !== 'string'))
        what ??= 'no compiled call was made'
    } catch (error) {
      what = error instanceof Error ? `${error.stack ?? error.message}` : String(error)
    }
    if (what !== undefined) return { mode, what }
  }
  return undefined
}

export function differenceOf(expected: readonly CallOutcome[], actual: readonly CallOutcome[]): string | undefined {
  for (const [call, outcome] of expected.entries()) {
    const { values, states, reads } = actual[call]!
    const found =
      differenceOfValues(outcome.values, values) ??
      differenceOfArrays('state', outcome.states, states) ??
      differenceOfArrays('read', outcome.reads, reads)
    if (found !== undefined) return `call ${call + 1}: ${found}`
  }
  return undefined
}

function differenceOfValues(expected: CallOutcome['values'], actual: CallOutcome['values']): string | undefined {
  if (typeof expected !== 'string' && typeof actual !== 'string') return differenceOfArrays('value', expected, actual)
  return expected === actual ? undefined : `eager ${outcomeText(expected)}, compiled ${outcomeText(actual)}`
}

const outcomeText = (values: CallOutcome['values']): string =>
  typeof values === 'string' ? `threw ${values}` : 'returned'

function differenceOfArrays(
  what: string,
  expected: readonly TypedArray[],
  actual: readonly TypedArray[],
): string | undefined {
  if (expected.length !== actual.length) return `${expected.length} ${what}s eager, ${actual.length} compiled`
  for (const [i, array] of expected.entries()) {
    const other = actual[i]!
    if (array.length !== other.length)
      return `${what} ${i} has ${array.length} elements eager, ${other.length} compiled`
    const at = array.findIndex((element, j) => !Object.is(element, other[j]))
    if (at >= 0) {
      const count = Array.from(array).filter((element, j) => !Object.is(element, other[j])).length
      return `${what} ${i} element ${at} is ${text(array[at]!)} eager, ${text(other[at]!)} compiled (${count} of ${array.length} differ)`
    }
  }
  return undefined
}

const text = (element: number): string => (Object.is(element, -0) ? '-0' : String(element))
