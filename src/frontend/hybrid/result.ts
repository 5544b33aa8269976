import { notEveryPathReturns } from './errors.ts'
import { known } from './missing.ts'
import type { Test } from './test.ts'

/** What `return` without a value gives: unlike what no return has given yet, no other value can stand for it. */
const nothing = Symbol('nothing')

export const returned = (value?: unknown): unknown => (value === undefined ? nothing : value)

/** What a function returns, some of whose returns are inside converted statements. */
export function result(hasReturned: Test, value: unknown, isComplete: boolean, site: string): unknown {
  if (typeof hasReturned !== 'boolean' && !isComplete && value !== undefined) throw notEveryPathReturns(site)
  return value === nothing ? undefined : known(value)
}
