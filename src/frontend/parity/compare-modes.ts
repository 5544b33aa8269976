import type { TypedArray } from '../../base/dtype.ts'
import { typeText } from '../../ir/text.ts'
import { deviceArena } from '../../runtime/arena.ts'
import { functionExpected, optionInvalid } from '../errors.ts'
import type { Explanation } from '../hybridize/explain.ts'
import { hybridize } from '../hybridize/hybridize.ts'
import type { HybridizeOptions } from '../hybridize/options.ts'
import { templateOf } from '../hybridize/template.ts'
import type { Tensor } from '../tensor.ts'
import { observeEager } from './observe-eager.ts'
import { comparisonText } from './comparison-text.ts'
import { bitsDigest } from './bits-digest.ts'

export interface CompareOptions extends Omit<HybridizeOptions, 'verify' | 'profile'> {
  /** How many calls of each kind; 50 when left out. */
  readonly steps?: number
}

/** Times and memory of one way of running. */
export interface ModeMeasures {
  readonly medianStepMs: number
  readonly bestStepMs: number
  /** Compiled: recording, compilation and the run. Eager: kernels of single ops are compiled in it, unless the process has them. */
  readonly firstCallMs: number
  /** What the calls added to memory at the fullest moment that was seen, garbage included; null where the engine does not say. */
  readonly peakBytes: number | null
}

/** Eager and compiled calls of a function side by side, as data. `String(comparison)` is a table. */
export interface ModeComparison {
  readonly functionName: string
  readonly steps: number
  readonly eager: ModeMeasures & { readonly ops: number }
  readonly compiled: ModeMeasures & {
    readonly compileMs: number
    readonly kernels: number
    readonly arenaBytes: number
    readonly moduleBytes: number
  }
  /** Why nothing was compiled: then both ran eagerly. */
  readonly notCompiled: string | undefined
  /** Median eager step over median compiled step. */
  readonly speedUp: number
  /** The call, counted from 1, after which compiled ones have taken less time in total, the first included; null if that is never. */
  readonly breakEvenStep: number | null
  readonly bitEqual: boolean
  /** What is not equal bit by bit: `result of step 3`, `f32[4, 2] variable 1`. */
  readonly different: readonly string[]
  toString(): string
}

/**
 * Runs a function eagerly and compiled, from the same state, and compares times, memory and every bit of results and state. Variables and
 * gradients are as before when it is done.
 *
 * @param args of every call, or a function that gives those of call 0, 1, …
 * @throws FUNCTION_EXPECTED, OPTION_INVALID
 * @example console.log(String(compareModes(trainStep, [x, y], { steps: 100 })))
 */
export function compareModes<A extends unknown[]>(
  f: (...args: A) => unknown,
  args: [...A] | ((step: number) => [...A]),
  { steps = 50, ...options }: CompareOptions = {},
): ModeComparison {
  if (typeof f !== 'function') throw functionExpected('compareModes', f)
  if (!Number.isInteger(steps) || steps < 1)
    throw optionInvalid('compareModes', 'steps', steps, 'a whole number from 1 on')
  const argsOf = typeof args === 'function' ? args : () => args
  const fast = hybridize(f as (...args: never[]) => unknown, options) // A says which arguments are right
  const call = f as (...args: readonly unknown[]) => unknown // as above
  const compiledCall = fast as unknown as typeof call // as above

  const start = performance.now()
  const state = stateOf(call, argsOf(0))
  const firstEagerMs = performance.now() - start
  const eager = runMode(call, argsOf, steps, state)
  const compiled = runMode(compiledCall, argsOf, steps, state)
  const explanation: Explanation = fast.explain()
  const eagerTimes = [firstEagerMs, ...eager.stepMs.slice(1)]
  const report = explanation.specialisations[0]
  const [eagerMs, compiledMs] = [median(eager.stepMs.slice(1)), median(compiled.stepMs.slice(1))]
  const different = differentNames(eager, compiled, state)
  const data = {
    functionName: explanation.functionName,
    steps,
    eager: { ...measuresOf(eager, firstEagerMs, eagerMs), ops: report?.tracedNodes ?? 0 },
    compiled: {
      ...measuresOf(compiled, compiled.stepMs[0]!, compiledMs),
      compileMs: fast.stats.compileMs,
      kernels: report?.kernels.length ?? 0,
      arenaBytes: report?.arenaBytes ?? 0,
      moduleBytes: report?.moduleBytes ?? 0,
    },
    notCompiled: report ? undefined : (explanation.hostRead?.what ?? 'no call was recorded'),
    speedUp: eagerMs / compiledMs,
    breakEvenStep: breakEvenStep(eagerTimes, compiled.stepMs, eagerMs, compiledMs),
    bitEqual: different.length === 0,
    different,
  }
  const toString = (): string => comparisonText(data)
  // Not enumerable, so that the data prints and serialises as data.
  return Object.defineProperty({ ...data, toString }, 'toString', { enumerable: false, value: toString })
}

/** The variables that a call reads or writes, with what they hold, and the gradients of those that it leaves any on. */
interface State {
  readonly elements: ReadonlyMap<Tensor, TypedArray>
  readonly grads: ReadonlyMap<Tensor, Tensor | null>
}

function stateOf(call: (...args: readonly unknown[]) => unknown, args: readonly unknown[]): State {
  const template = templateOf(args, false)
  const functionName = call.name || 'anonymous function'
  const { recording } = observeEager({ original: call, functionName, self: undefined, args }, template)
  const variables = new Set<Tensor>()
  for (const source of recording.sources.values()) if (source.kind === 'state') variables.add(source.variable)
  const graded = new Set([...recording.gradWrites.map(({ variable }) => variable), ...recording.gradsAtEntry.keys()])
  return {
    elements: new Map([...variables].map((variable) => [variable, variable.copyElements()])),
    grads: new Map([...graded].map((variable) => [variable, variable.peekGrad()])),
  }
}

function restore({ elements, grads }: State): void {
  for (const [{ storage }, before] of elements) {
    storage.array.set(before)
    storage.version++
  }
  for (const [variable, gradient] of grads) variable.pokeGrad(gradient)
}

interface ModeRun {
  readonly stepMs: readonly number[]
  readonly digests: readonly string[]
  readonly state: readonly string[]
  readonly peakBytes: number | null
}

/** Runs the calls from the given state, and puts it back. */
function runMode(
  call: (...args: readonly unknown[]) => unknown,
  argsOf: (step: number) => readonly unknown[],
  steps: number,
  state: State,
): ModeRun {
  const before = bytesNow()
  let peak = 0
  const stepMs: number[] = []
  const digests: string[] = []
  try {
    for (let step = 0; step <= steps; step++) {
      const args = argsOf(step)
      const start = performance.now()
      const result = call(...args)
      stepMs.push(performance.now() - start)
      peak = Math.max(peak, (bytesNow() ?? 0) - (before ?? 0))
      digests.push(bitsDigest(result))
    }
    const left = [...state.elements.keys()].map((variable) => bitsDigest([variable, variable.peekGrad()]))
    return { stepMs, digests, state: left, peakBytes: before === null ? null : peak }
  } finally {
    restore(state)
  }
}

const bytesNow = (): number | null =>
  typeof process === 'object' && typeof process.memoryUsage === 'function'
    ? process.memoryUsage().arrayBuffers + deviceArena().allocatedBytes
    : null

const measuresOf = ({ stepMs, peakBytes }: ModeRun, firstCallMs: number, medianStepMs: number): ModeMeasures => ({
  medianStepMs,
  bestStepMs: Math.min(...stepMs.slice(1)),
  firstCallMs,
  peakBytes,
})

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** Where it comes after the last step, the medians tell. */
function breakEvenStep(
  eagerMs: readonly number[],
  compiledMs: readonly number[],
  eagerStep: number,
  compiledStep: number,
): number | null {
  let lead = 0
  for (const [step, ms] of eagerMs.entries()) {
    lead += ms - compiledMs[step]!
    if (lead > 0) return step + 1
  }
  return compiledStep < eagerStep ? eagerMs.length + Math.ceil(-lead / (eagerStep - compiledStep)) : null
}

function differentNames(eager: ModeRun, compiled: ModeRun, { elements }: State): string[] {
  const results = eager.digests.flatMap((digest, i) => (digest === compiled.digests[i] ? [] : [`result of step ${i}`]))
  const variables = [...elements.keys()].flatMap((variable, i) =>
    eager.state[i] === compiled.state[i] ? [] : [`${typeText(variable.type)} variable ${i}`],
  )
  return [...results, ...variables]
}
