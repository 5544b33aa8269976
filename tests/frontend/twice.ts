import { expect } from 'vitest'
import { hybridize, manualSeed, Tensor, type Hybridized, type HybridizeOptions } from '../../src/index.ts'

/** A program of public calls: `make` builds its state anew, so that every mode starts from the same. */
export interface Program {
  readonly make: () => Instance
  /** How many calls have to run compiled; all but the first when left out. */
  readonly compiledCalls?: number
  readonly options?: HybridizeOptions
}

export interface Instance {
  // Programs differ in their arguments.
  readonly fn: (...args: never[]) => unknown
  readonly calls: readonly (readonly unknown[])[]
  /** What else has to agree after every call: parameters, gradients, counters. */
  readonly state?: () => unknown
}

/** A value with every bit visible: −0, NaN, dtypes, key order and undefined too. */
export function bitsOf(value: unknown): unknown {
  if (value instanceof Tensor) {
    const data = value.data()
    return {
      dtype: value.dtype,
      shape: [...value.shape],
      requiresGrad: value.requiresGrad,
      bytes: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex'),
    }
  }
  if (Array.isArray(value)) return value.map(bitsOf)
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).map(([key, part]) => [key, bitsOf(part)])
  return Object.is(value, -0) ? '-0' : value === undefined ? 'undefined' : value
}

function outcomes({ calls, state }: Instance, fn: (...args: never[]) => unknown): unknown[] {
  return calls.map((args) => {
    const result = bitsOf(fn(...(args as never[]))) // the program's own arguments
    return { result, state: bitsOf(state?.()) }
  })
}

/** Runs a program eagerly and hybridized: the same bits after every call, and compiled code ran. Returns the hybridized function. */
export function sameTwice(program: Program, target: 'wasm' | 'js'): Hybridized<Instance['fn']> {
  manualSeed(7)
  const eager = program.make()
  const expected = outcomes(eager, eager.fn)
  manualSeed(7)
  const instance = program.make()
  const hybrid = hybridize(instance.fn, { target, ...program.options })
  const actual = outcomes(instance, hybrid)
  expect(actual).toEqual(expected)
  expect(hybrid.stats.compiledCalls).toBe(program.compiledCalls ?? instance.calls.length - 1)
  return hybrid
}
