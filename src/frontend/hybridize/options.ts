import type { CompileOptions } from '../../compile/options.ts'
import { optionalPasses } from '../../compile/pipeline.ts'
import { mostThreads } from '../../plan/control-block.ts'
import type { DynamicAxesOption } from '../dynamic-axes/dynamic-axes.ts'
import { optionInvalid } from '../errors.ts'
import { isThreadCount } from '../settings.ts'

export interface HybridizeOptions extends Partial<Omit<CompileOptions, 'threads'>> {
  /** How many threads may run the program, 'auto' for as many as the machine has cores; by default what `configure` says. Results do not depend on it. */
  readonly threads?: number | 'auto'
  /** Positions of arguments whose numbers are part of the signature: they may steer control flow, and each value has its own program. */
  readonly staticArgs?: readonly number[]
  /** A host read in the function is an error instead of a reason to stay eager. */
  readonly fullGraph?: boolean
  /**
   * How many programs the function may have, one for each form of call. Beyond that the least used is dropped. Default 16.
   */
  readonly maxSpecialisations?: number
  /**
   * Axes that may have any size, by position of the argument, as in `{ 0: [0], 1: [0] }`: one program serves all sizes up to a power of two.
   * 'auto' (the default) does so for axes whose third size comes; false gives every size a program of its own.
   */
  readonly dynamicAxes?: DynamicAxesOption
  /** Compiled calls note the time of every kernel, for `profile()`. Results have the same bits; a kernel takes about 0.1 µs more. */
  readonly profile?: boolean
  /** Every so many-th compiled call also runs eagerly, from the same state, and all that both leave is compared bit by bit. The function's JavaScript runs then. */
  readonly verify?: number
}

/** @throws OPTION_INVALID */
export function checkOptions(options: HybridizeOptions): void {
  const known = [
    'target',
    'staticArgs',
    'fullGraph',
    'withoutPasses',
    'threads',
    'splitFrom',
    'profile',
    'verify',
    'maxSpecialisations',
    'dynamicAxes',
  ]
  for (const [name, value] of Object.entries(options))
    if (!known.includes(name)) throw optionInvalid('hybridize', name, value, `one of ${known.join(', ')}`)
  const { target = 'wasm', staticArgs = [], withoutPasses = [] } = options
  if (target !== 'wasm' && target !== 'js') throw optionInvalid('hybridize', 'target', target, "'wasm' or 'js'")
  if (!Array.isArray(withoutPasses) || !withoutPasses.every((name) => optionalPasses.includes(String(name))))
    throw optionInvalid('hybridize', 'withoutPasses', withoutPasses, `an array of any of ${optionalPasses.join(', ')}`)
  const { threads = 1, profile = false, verify = 0, maxSpecialisations = 16, dynamicAxes = 'auto' } = options
  if (!Number.isInteger(maxSpecialisations) || maxSpecialisations < 1)
    throw optionInvalid('hybridize', 'maxSpecialisations', maxSpecialisations, 'a whole number from 1 on')
  if (!Number.isInteger(verify) || verify < 0)
    throw optionInvalid('hybridize', 'verify', verify, 'a whole number: every so many-th call is verified, 0 for none')
  if (typeof profile !== 'boolean') throw optionInvalid('hybridize', 'profile', profile, 'true or false')
  if (!isDynamicAxes(dynamicAxes))
    throw optionInvalid(
      'hybridize',
      'dynamicAxes',
      dynamicAxes,
      "'auto', false, or axes by position of the argument, for instance { 0: [0] }",
    )
  if (!isThreadCount(threads))
    throw optionInvalid('hybridize', 'threads', threads, `'auto' or a whole number from 1 to ${mostThreads}`)
  if (
    !Array.isArray(staticArgs) ||
    !staticArgs.every((position) => Number.isInteger(position) && Number(position) >= 0)
  )
    throw optionInvalid('hybridize', 'staticArgs', staticArgs, 'positions of arguments, for instance [1]')
}

const areAxes = (axes: unknown): boolean =>
  Array.isArray(axes) && axes.every((axis) => Number.isInteger(axis) && Number(axis) >= 0)

const isDynamicAxes = (value: unknown): boolean =>
  value === 'auto' ||
  value === false ||
  (typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(([position, axes]) => /^\d+$/.test(position) && areAxes(axes)))
