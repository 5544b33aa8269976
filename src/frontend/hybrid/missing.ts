import type { GryphError } from '../../base/errors.ts'

const makers = new WeakMap<object, () => GryphError>()

/** Stands for a value that a variable has on some ways only: using it in any way is the error. */
export function missing(error: () => GryphError): unknown {
  const fail = (): never => {
    throw error()
  }
  const traps = Object.fromEntries(
    [
      'get',
      'set',
      'has',
      'getPrototypeOf',
      'ownKeys',
      'deleteProperty',
      'getOwnPropertyDescriptor',
      'defineProperty',
    ].map((name) => [name, fail]),
  )
  const stand: object = new Proxy({}, traps as ProxyHandler<object>) // every trap takes any arguments
  makers.set(stand, error)
  return stand
}

export const isMissing = (value: unknown): boolean => typeof value === 'object' && value !== null && makers.has(value)

/** The value, unless it is missing. */
export function known<T>(value: T): T {
  if (typeof value === 'object' && value !== null && makers.has(value)) throw makers.get(value)!()
  return value
}
