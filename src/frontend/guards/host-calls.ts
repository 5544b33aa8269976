import { userLocation } from '../../base/errors.ts'
import { context } from '../context.ts'

/** Notes a call whose answer is another one each time. */
type Note = (what: string, source: string | undefined) => void

/**
 * Runs `body`, and tells of every `Math.random()`, `Date.now()`, `new Date()` and `performance.now()` in it: a compiled call
 * has the answers of the recorded one. The functions are the host's own again afterwards.
 */
export function withHostCallsNoted<R>(note: Note, body: () => R): R {
  const noted = (what: string): void => {
    if (context.recorder) note(what, userLocation()) // the library's own calls leave the recording
  }
  const undo = [
    replace(Math, 'random', (random) => () => {
      noted('Math.random()')
      return random()
    }),
    replace(globalThis, 'Date', (original) => datesNoted(original, noted)),
  ]
  if (typeof performance === 'object')
    undo.push(
      replace(performance, 'now', (now) => () => {
        noted('performance.now()')
        return now.call(performance)
      }),
    )
  try {
    return body()
  } finally {
    for (const each of undo) each()
  }
}

function datesNoted(original: DateConstructor, noted: (what: string) => void): DateConstructor {
  return new Proxy(original, {
    construct(target, args: unknown[], newTarget) {
      if (args.length === 0) noted('new Date()')
      return Reflect.construct(target, args, newTarget === globalThis.Date ? target : newTarget) as Date // what Date makes
    },
    apply(target) {
      noted('Date()')
      return target()
    },
    get(target, key, receiver) {
      if (key !== 'now') return Reflect.get(target, key, receiver) as unknown
      return (): number => {
        noted('Date.now()')
        return target.now()
      }
    },
  })
}

/** Puts another function in the place of one. Where the host does not allow it, nothing happens. Returns what undoes it. */
function replace<T extends object, K extends keyof T>(owner: T, key: K, make: (original: T[K]) => unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, key)
  if (before ? !before.configurable : !Object.isExtensible(owner)) return () => {}
  const value = make(owner[key])
  Object.defineProperty(owner, key, {
    value,
    configurable: true,
    enumerable: before?.enumerable ?? true,
    writable: true,
  })
  return () => {
    if (Object.getOwnPropertyDescriptor(owner, key)?.value !== value) return // somebody else's by now
    if (before) Object.defineProperty(owner, key, before)
    else Reflect.deleteProperty(owner, key)
  }
}
