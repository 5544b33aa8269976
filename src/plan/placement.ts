/** Where a buffer lies in the arena: at a byte offset known to the planner, or at the one a call passes as its n-th parameter. */
export type Placement =
  | { readonly kind: 'static'; readonly byteOffset: number }
  | { readonly kind: 'parameter'; readonly position: number }
