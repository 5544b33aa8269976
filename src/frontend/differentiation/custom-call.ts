import type { Structure } from '../control/structure.ts'
import { Tensor } from '../tensor.ts'

/** What a call of `customVjp` is made of, for both ways of carrying it out. */
export interface CustomCall {
  readonly args: readonly unknown[]
  /** Positions of the arguments that cotangents go to. */
  readonly positions: readonly number[]
  /** Its values, and what the backward function wants to see again. */
  readonly forward: () => { readonly values: Structure; readonly residuals: Structure }
  /** Cotangents of the arguments at `positions`; undefined where none flows. */
  readonly backward: (residuals: unknown, cotangent: unknown) => readonly (Tensor | undefined)[]
}

/** Residuals, where those that are values are the results of the call. */
export function replaced(
  residuals: Structure,
  values: Structure,
  results: readonly unknown[],
): { readonly leaves: readonly unknown[] } {
  return {
    leaves: residuals.leaves.map(({ value }) => {
      const at = value instanceof Tensor ? values.leaves.findIndex((leaf) => leaf.value === value) : -1
      return at < 0 ? value : results[at]
    }),
  }
}
