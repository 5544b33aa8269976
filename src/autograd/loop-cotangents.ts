import { isFloat } from '../base/dtype.ts'
import type { Graph, GraphInput, GraphValue } from '../ir/graph.ts'
import { trackedOperands } from './graph-derivations.ts'
import type { InputMaker } from './input-maker.ts'
import { leadsTo } from './leads-to.ts'
import type { Root } from './pull-back.ts'
import { pullBackRegion, type RegionGradient } from './region-gradient.ts'
import type { Touched } from './sum.ts'

const flagType = { dtype: 'bool', shape: [] } as const

interface Wanted {
  readonly touchedAtEnd: (carried: number) => Touched
  readonly needsInitial: (carried: number) => boolean
  readonly needsCapture: (capture: number) => boolean
}
/** The cotangent of a carried value, as it comes into a pass in reverse. */
export interface CarriedCotangent {
  readonly k: number
  readonly input: GraphInput
  /** Says at run time whether anything has come, where that is not known. */
  readonly flag: GraphInput | undefined
}
export interface CaptureSum {
  readonly i: number
  /** By which the body reads the capture. */
  readonly input: GraphInput
  readonly sum: GraphInput
  /** Whether a pass contributes; `flag` gathers it where it is known at run time only. */
  readonly touched: Touched
  readonly flag: GraphInput | undefined
}

/**
 * Which cotangents a loop in reverse carries: those at the end, and those that passes make of them. The pull-back of the body is made again until
 * it asks for no more, and until what it takes for certain to have come is certain in every pass.
 */
export class LoopCotangents {
  readonly gradient: RegionGradient
  readonly cotangents: readonly CarriedCotangent[]
  readonly captures: readonly CaptureSum[]

  constructor(body: Graph, carried: number, names: InputMaker, wanted: Wanted) {
    const range = Array.from({ length: carried }, (_, k) => k)
    const starts = body.inputs.slice(1, 1 + carried)
    const captures = body.inputs
      .slice(1 + carried)
      .flatMap((input, i) => (wanted.needsCapture(i) && isFloat(input.type.dtype) ? [{ i, input }] : []))
    const needed = neededCarried(
      body,
      range.filter(wanted.needsInitial),
      captures.map(({ input }) => input),
    )
    const inputs = new Map(needed.map((k) => [k, names.make('cotangent', starts[k]!.type)]))
    const flags = new Map(needed.map((k) => [k, names.make('touched', flagType)]))
    const sums = new Map(captures.map(({ i, input }) => [i, names.make('sum', input.type)]))
    const seeds = captures.map(({ i, input }) => ({ value: input, cotangent: sums.get(i)!, touched: false }))

    let coming = needed.filter((k) => wanted.touchedAtEnd(k) !== false)
    let certain = new Set(coming.filter((k) => wanted.touchedAtEnd(k) === true))
    for (;;) {
      const roots = coming.map((k): Root<GraphValue> => ({
        value: body.results[k]!,
        cotangent: inputs.get(k)!,
        touched: certain.has(k) ? true : flags.get(k)!,
      }))
      const gradient = pullBackRegion(
        body,
        [...seeds, ...roots.reverse()],
        [...needed.map((k) => starts[k]!), ...captures.map(({ input }) => input)],
      )
      const touchedBy = (input: GraphInput): Touched => gradient.of(input)?.touched ?? false
      const more = needed.filter((k) => coming.includes(k) || touchedBy(starts[k]!) !== false)
      const stillCertain = new Set([...certain].filter((k) => touchedBy(starts[k]!) === true))
      if (more.length === coming.length && stillCertain.size === certain.size) {
        this.gradient = gradient
        this.cotangents = coming.map((k) => ({
          k,
          input: inputs.get(k)!,
          flag: certain.has(k) ? undefined : flags.get(k)!,
        }))
        this.captures = captures.flatMap(({ i, input }) => {
          const touched = touchedBy(input)
          if (touched === false) return []
          return [
            {
              i,
              input,
              sum: sums.get(i)!,
              touched,
              flag: touched === true ? undefined : names.make('touched', flagType),
            },
          ]
        })
        return
      }
      coming = more
      certain = stillCertain
    }
  }
}

/** Carried values whose cotangents lead to something wanted, in this pass or in one before it. */
function neededCarried(body: Graph, initial: readonly number[], captures: readonly GraphInput[]): number[] {
  const range = body.results.map((_, k) => k)
  let needed = new Set(initial)
  for (;;) {
    const targets = new Set<GraphValue>([...captures, ...[...needed].map((k) => body.inputs[1 + k]!)])
    const more = range.filter(
      (k) =>
        needed.has(k) ||
        (isFloat(body.results[k]!.type.dtype) &&
          leadsTo(body.results[k]!, targets, (value) => trackedOperands(value)).has(body.results[k]!)),
    )
    if (more.length === needed.size) return more
    needed = new Set(more)
  }
}
