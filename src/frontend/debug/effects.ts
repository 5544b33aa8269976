import { userFrames, type UserFrame } from '../../base/errors.ts'
import type { GraphNode, GraphValue } from '../../ir/graph.ts'

/** One thing that a recorded call does besides computing. */
export type Effect =
  | { readonly kind: 'check'; readonly value: GraphNode; readonly frames: readonly UserFrame[] }
  | {
      readonly kind: 'print'
      readonly label: string | undefined
      readonly value: GraphValue
      /** A number that takes the dtype of what it meets prints as a number. */
      readonly isNumber: boolean
      readonly frames: readonly UserFrame[]
    }
  | {
      readonly kind: 'breakpoint'
      /** Where it stops only if all elements are true. */
      readonly condition: GraphValue | undefined
      /** What was computed last before it. */
      readonly after: GraphValue | undefined
      readonly frames: readonly UserFrame[]
    }

export type PrintEffect = Extract<Effect, { kind: 'print' }>

/** Values that a program has to hand out for the effects, in order. */
export const printsAmong = (effects: readonly Effect[]): PrintEffect[] =>
  effects.filter((effect) => effect.kind === 'print')

/** What a call does besides computing, in the order of the function: so prints and failures come to light. */
export class Effects {
  readonly list: Effect[] = []
  /** The node that was recorded last. */
  latest: GraphNode | undefined
  /** What the function was called through: the frames of an op end where these begin. */
  readonly #outer = new Set(userFrames().map(({ location }) => location))

  /** The user's frames from here out to the function that is recorded. */
  frames(): readonly UserFrame[] {
    const frames = userFrames()
    const end = frames.findIndex(({ location }, i) => i > 0 && this.#outer.has(location))
    return end < 0 ? frames : frames.slice(0, end)
  }

  /** Values that the program has to hand out to be printed. */
  get printed(): GraphValue[] {
    return printsAmong(this.list).map(({ value }) => value)
  }
}
