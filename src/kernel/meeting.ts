import type { Loop } from './divide-work.ts'
import type { LoopIndex } from './ir.ts'

/** All loads or stores of a buffer that stand in the same loops and step alike through it. */
export interface Accesses {
  /** Outermost first. */
  readonly loops: readonly Loop[]
  readonly strides: ReadonlyMap<LoopIndex, number>
  readonly lanes: { readonly stride: number; readonly count: number }
  /** Where each begins, and its statement's position in the body of each of the loops, and at the top. */
  readonly sites: { readonly offset: number; readonly positions: readonly number[] }[]
}

/** unit · n for whole n from `low` to `high`. */
interface Term {
  readonly unit: number
  readonly low: number
  readonly high: number
  /** Counts passes between the load and the store in a loop around both. */
  readonly isDistance: boolean
}

/** Steps of the search after which an answer is not looked for any longer. */
const mostSteps = 2000

/** Whether a load and a store meet at an element: integer solutions of an equation of their loops' indices, found by bounds. */
export class Meeting {
  /** Of falling units, each with the least and the most that it and those after it add up to. */
  readonly #terms: readonly (Term & { readonly least: number; readonly most: number })[]
  /** Whether every meeting counts as one of two passes: a loop around both does not move them, or moves them differently. */
  readonly #alwaysOther: boolean
  readonly #lastDistance: number
  readonly #known = new Map<number, { other?: boolean; same?: boolean }>()

  constructor(load: Accesses, store: Accesses, shared: number) {
    const terms: Term[] = []
    const add = (unit: number, low: number, high: number, isDistance = false): void => {
      if (unit === 0 || low === high) return
      terms.push(unit > 0 ? { unit, low, high, isDistance } : { unit: -unit, low: -high, high: -low, isDistance })
    }
    let alwaysOther = false
    const passes = ({ extent, step }: Loop): number => extent / step - 1
    for (const loop of load.loops.slice(0, shared)) {
      const [from, to] = [load.strides.get(loop.index) ?? 0, store.strides.get(loop.index) ?? 0]
      if (from === to && from !== 0) add(from * loop.step, -passes(loop), passes(loop), true)
      else if (passes(loop) > 0) {
        alwaysOther = true
        add(from * loop.step, 0, passes(loop))
        add(-to * loop.step, 0, passes(loop))
      }
    }
    for (const loop of load.loops.slice(shared)) add((load.strides.get(loop.index) ?? 0) * loop.step, 0, passes(loop))
    for (const loop of store.loops.slice(shared))
      add(-(store.strides.get(loop.index) ?? 0) * loop.step, 0, passes(loop))
    add(load.lanes.stride, 0, load.lanes.count - 1)
    add(-store.lanes.stride, 0, store.lanes.count - 1)

    const merged: Term[] = []
    for (const term of terms.sort((a, b) => b.unit - a.unit || Number(b.isDistance) - Number(a.isDistance))) {
      const last = merged.at(-1)
      if (last?.unit === term.unit && !last.isDistance && !term.isDistance)
        merged[merged.length - 1] = { ...last, low: last.low + term.low, high: last.high + term.high }
      else merged.push(term)
    }
    let [least, most] = [0, 0]
    this.#terms = merged
      .toReversed()
      .map((term) => ({ ...term, least: (least += term.unit * term.low), most: (most += term.unit * term.high) }))
      .toReversed()
    this.#alwaysOther = alwaysOther
    this.#lastDistance = merged.findLastIndex(({ isDistance }) => isDistance)
  }

  /** Whether a load meets a store that begins `distance` elements behind it, in another pass of a loop around both. */
  inOtherPass(distance: number): boolean {
    const known = this.#answers(distance)
    return (known.other ??= this.#has(distance, !this.#alwaysOther))
  }

  inSamePass(distance: number): boolean {
    const known = this.#answers(distance)
    return (known.same ??= this.#has(distance, false))
  }

  #answers(distance: number): { other?: boolean; same?: boolean } {
    const known = this.#known.get(distance) ?? {}
    this.#known.set(distance, known)
    return known
  }

  /** Whether the terms can add up to `sum`, with a distance other than zero among them if `needsDistance`. */
  #has(sum: number, needsDistance: boolean): boolean {
    let steps = 0
    const search = (i: number, rest: number, needs: boolean): boolean => {
      if (needs && i > this.#lastDistance) return false
      const term = this.#terms[i]
      if (!term) return rest === 0
      if (rest < term.least || rest > term.most) return false
      const { unit, isDistance } = term
      const [least, most] = [this.#terms[i + 1]?.least ?? 0, this.#terms[i + 1]?.most ?? 0]
      const low = Math.max(term.low, Math.ceil((rest - most) / unit))
      const high = Math.min(term.high, Math.floor((rest - least) / unit))
      for (let n = low; n <= high; n++) {
        if (++steps > mostSteps) return true
        if (search(i + 1, rest - n * unit, needs && !(isDistance && n !== 0))) return true
      }
      return false
    }
    return search(0, sum, needsDistance)
  }
}
