import type { UserFrame } from '../../base/errors.ts'
import type { GraphNode, GraphValue } from '../../ir/graph.ts'

/** What a recorded call does besides computing: the order in which prints and failures come to light. */
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
