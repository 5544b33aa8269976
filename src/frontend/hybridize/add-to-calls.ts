import { internalsOf } from '../parity/hybrid-internals.ts'
import { drop } from './trace-call.ts'

/**
 * Has every call of a hybridized function do more at its end, as a part of it: recorded and compiled with it, and undone with it. What was
 * compiled before is given up.
 */
export function addToCalls(where: string, fast: unknown, more: (result: unknown) => void): void {
  const internals = internalsOf(where, fast)
  const { state, written } = internals
  const extended = function (this: unknown, ...args: unknown[]): unknown {
    const result = written.apply(this, args)
    more(result)
    return result
  }
  // Its text is that of the user's function: it is read for numbers that JavaScript decides by.
  const text = String(written)
  internals.original = Object.defineProperties(extended, {
    name: { value: written.name },
    toString: { value: () => text },
  })
  state.dynamicAxes.forget()
  while (state.specialisations.length > 0) drop(state, state.specialisations[0]!)
}
