import { userFrames, type UserFrame } from '../../base/errors.ts'
import type { Graph, GraphControl, GraphNode, GraphValue } from '../../ir/graph.ts'

/** One thing that a recorded call does besides computing. */
export type Effect =
  | { readonly kind: 'check'; readonly value: GraphValue }
  | {
      readonly kind: 'print'
      readonly label: string | undefined
      readonly value: GraphValue
      /** A number that takes the dtype of what it meets prints as a number. */
      readonly isNumber: boolean
      readonly frames: readonly UserFrame[]
    }
  /** A control op whose regions fail or print. */
  | { readonly kind: 'control'; readonly value: GraphValue; readonly prints: boolean }
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

/** The lines that ops with checks were called through. */
const framesOfOps = new WeakMap<GraphNode, readonly UserFrame[]>()

export const noteFrames = (node: GraphNode, frames: readonly UserFrame[]): void => void framesOfOps.set(node, frames)

/** The lines that an op was called through, as far as they are known. */
export const framesOf = (node: GraphNode): readonly UserFrame[] =>
  framesOfOps.get(node) ?? (node.source === undefined ? [] : [{ functionName: undefined, location: node.source }])

const linesOfControls = new WeakMap<GraphControl, string>()

/** The line of the call that a control op of a recording was made by. */
export const noteLine = (control: GraphControl, line: string): void => void linesOfControls.set(control, line)
export const lineOf = (control: GraphControl): string | undefined => control.source ?? linesOfControls.get(control)

/** What happens in a region each time it runs. */
const effectsOfRegions = new WeakMap<Graph, readonly Effect[]>()

export const noteRegionEffects = (region: Graph, effects: readonly Effect[]): void =>
  void effectsOfRegions.set(region, effects)
export const regionEffects = (region: Graph): readonly Effect[] => effectsOfRegions.get(region) ?? []

/** Whether something is printed in a branch or a loop. */
export const printsInRegions = (effects: readonly Effect[]): boolean =>
  effects.some((effect) => effect.kind === 'control' && effect.prints)

/** The effect of a control op with these regions, if it has any. */
export function effectOfControl(value: GraphValue, regions: readonly Graph[], canFail: boolean): Effect[] {
  const inside = regions.flatMap(regionEffects)
  const prints = inside.some(({ kind }) => kind === 'print') || printsInRegions(inside)
  return canFail || prints ? [{ kind: 'control', value, prints }] : []
}

/** Where a recording is in the user's code. */
export class CallEffects {
  /** The node that was recorded last. */
  latest: GraphNode | undefined
  /** Whether something is to be printed by a region, when it runs: then what comes after that has to wait too. */
  isLate = false
  /** What the function was called through: the frames of an op end where these begin. */
  readonly #outer = new Set(userFrames().map(({ location }) => location))

  /** The user's frames from here out to the function that is recorded. */
  frames(): readonly UserFrame[] {
    const frames = userFrames()
    const end = frames.findIndex(({ location }, i) => i > 0 && this.#outer.has(location))
    return end < 0 ? frames : frames.slice(0, end)
  }
}
