import type { Tensor } from './tensor.ts'

/** Where an input's elements come from at each call. */
export type InputSource =
  | { readonly kind: 'argument'; readonly position: number; readonly isTensor: boolean } // a tensor or number among the flattened arguments
  | { readonly kind: 'state'; readonly variable: Tensor }
  | { readonly kind: 'capture'; readonly tensor: Tensor }
  | { readonly kind: 'free'; readonly name: string; readonly read: () => number } // a number outside the function, which changes often
  | { readonly kind: 'grad'; readonly variable: Tensor } // the gradient the variable has when the call begins

/** A gradient that the function leaves on a leaf: a value, or null where it cleared it. */
export interface GradWrite {
  readonly variable: Tensor
  readonly isNull: boolean
}

export interface HostRead {
  readonly what: string
  readonly source: string | undefined
}
