import { withContext } from '../../frontend/context.ts'

/** Runs `body` as if no function were being hybridized: what it computes of constants alone is a constant. */
export const untraced = <R>(body: () => R): R =>
  withContext({ recorder: undefined, lazyCall: undefined, deferral: undefined, gradEnabled: false }, body)
