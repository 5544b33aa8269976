import { Tensor } from '../frontend/tensor.ts'
import { notStateful } from './errors.ts'

/** Something whose state can be taken and put back: a module, an optimizer, a schedule, a loader. */
export interface Stateful {
  stateDict(): Readonly<Record<string, unknown>>
  loadStateDict(dict: never): unknown
}

/** Names of parts that a checkpoint keeps. */
export type Parts = Readonly<Record<string, Stateful>>

export const isStateful = (given: unknown): given is Stateful & { loadStateDict(dict: unknown): unknown } =>
  typeof given === 'object' &&
  given !== null &&
  'stateDict' in given &&
  typeof given.stateDict === 'function' &&
  'loadStateDict' in given &&
  typeof given.loadStateDict === 'function'

/** @throws NOT_STATEFUL */
export function checkStateful(where: string, name: string, given: unknown): Stateful {
  if (!isStateful(given)) throw notStateful(where, name, given)
  return given
}

/** Puts the state of all parts in place, or of none: what a part refuses puts those before it back. */
export function loadAll(
  loads: readonly { readonly part: Stateful; readonly dict: Readonly<Record<string, unknown>> }[],
): void {
  const before = loads.map(({ part }) => part.stateDict())
  const load = (part: Stateful, dict: unknown): unknown => part.loadStateDict(dict as never) // a part checks what it is given
  loads.forEach(({ part, dict }, i) => {
    try {
      load(part, dict)
    } catch (error) {
      for (let done = 0; done <= i; done++) load(loads[done]!.part, before[done])
      throw error
    }
  })
}

/** Tensors and other values of a state dictionary apart. */
export function splitState(dict: Readonly<Record<string, unknown>>): {
  readonly tensors: Record<string, Tensor>
  readonly values: Record<string, unknown>
} {
  const entries = Object.entries(dict)
  const tensors = entries.flatMap(([name, value]): [string, Tensor][] =>
    value instanceof Tensor ? [[name, value]] : [],
  )
  return {
    tensors: Object.fromEntries(tensors),
    values: Object.fromEntries(entries.filter(([, value]) => !(value instanceof Tensor))),
  }
}
