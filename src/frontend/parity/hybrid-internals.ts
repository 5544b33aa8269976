import { context } from '../context.ts'
import { functionExpected, notCalledSo } from '../errors.ts'
import type { HybridState } from '../hybridize/hybridize.ts'
import type { Specialisation } from '../hybridize/specialisation.ts'
import { Leaves } from '../hybridize/template.ts'

/** What the tools that look into a hybridized function need of it. */
export interface HybridInternals {
  readonly state: HybridState
  /** What the user hybridized. */
  readonly written: (this: unknown, ...args: unknown[]) => unknown
  /** What a call does: `written`, and what was added to it. */
  original: (this: unknown, ...args: unknown[]) => unknown
  /** The program for a call like this one, made without the call; undefined where the function has none, because it reads elements. */
  prepare(args: readonly unknown[]): Specialisation | undefined
}

const internals = new WeakMap<object, HybridInternals>()

export const keepInternals = (hybridized: object, of: HybridInternals): void => void internals.set(hybridized, of)

/** Undefined for what `hybridize` has not made. */
export const knownInternals = (fn: unknown): HybridInternals | undefined =>
  typeof fn === 'function' ? internals.get(fn) : undefined

/** @throws FUNCTION_EXPECTED for what `hybridize` has not made */
export function internalsOf(where: string, hybridized: unknown): HybridInternals {
  const found = knownInternals(hybridized)
  if (!found) throw functionExpected(where, hybridized)
  return found
}

/** The specialisation that a call would use, whatever object the function is a method of. @throws NOT_COMPILED */
export function specialisationFor(
  where: string,
  { specialisations, functionName }: HybridState,
  args: readonly unknown[],
): { readonly self: unknown; readonly specialisation: Specialisation; readonly leaves: Leaves } {
  for (const specialisation of specialisations) {
    const { template } = specialisation
    const first = template.kind === 'array' ? template.items[0] : undefined
    const self = first?.kind === 'static' ? first.value : undefined
    const leaves = new Leaves()
    if (specialisation.accepts([self, ...args], context.gradEnabled, leaves)) return { self, specialisation, leaves }
  }
  throw notCalledSo(where, functionName)
}
