import { notEveryPathReturns } from './errors.ts'
import { known } from './missing.ts'
import type { Test } from './test.ts'

/** What a function returns, some of whose returns are inside converted statements. */
export function result(hasReturned: Test, value: unknown, isComplete: boolean, site: string): unknown {
  if (typeof hasReturned !== 'boolean' && !isComplete && value !== undefined) throw notEveryPathReturns(site)
  return known(value)
}
