import { nextInProgram } from '../ir/marks.ts'
import type { Value } from '../ops/interpreter.ts'
import { recordOf } from '../ops/registry.ts'
import type { Attrs, OpName } from '../ops/table.ts'
import { plus, whereTouched, type Sum } from './sum.ts'

/** How values came to be: what they were made from, and how cotangents of them turn into theirs. */
export type Derivation<V extends Value> = OpDerivation<V> | JointDerivation<V>
interface DerivationBase<V extends Value> {
  readonly operands: readonly V[]
  /** Place in program order. */
  readonly position: number
}
export interface OpDerivation<V extends Value> extends DerivationBase<V> {
  /** One entry per operand; undefined where `needs` is false or nothing flows. */
  vjp(cotangent: Value, needs: (operand: number) => boolean): readonly (Value | undefined)[]
}
/** Of several values that one control op makes; they share it. */
export interface JointDerivation<V extends Value> extends DerivationBase<V> {
  readonly results: readonly V[]
  pullBackAll(given: JointCotangents): JointContributions
}
export interface JointCotangents {
  /** Of each result. */
  readonly cotangents: readonly (Sum | undefined)[]
  /** What has come to each operand so far. */
  readonly sums: readonly (Sum | undefined)[]
  readonly needs: (operand: number) => boolean
}
export interface JointContributions {
  /** Operands' sums with all contributions added in program order. */
  readonly sums: ReadonlyMap<number, Sum>
  /** Contributions to operands, to be added in this order. */
  readonly added: readonly (readonly [operand: number, contribution: Sum])[]
}

export interface PullBackOptions<V extends Value> {
  readonly derivationOf: (value: V) => Derivation<V> | undefined
  /** Whether the cotangent of this value is wanted, for itself or for what it was made from. */
  readonly needs: (value: V) => boolean
}
export interface Root<V extends Value> extends Partial<Pick<Sum, 'touched'>> {
  readonly value: V
  readonly cotangent: Value
}

/**
 * Reverse-mode differentiation: cotangents of every needed value without a derivation (a leaf), given those of the roots. The same
 * walk serves the eager tape and graphs; the rules run under the current interpreter. Contributions to one value are added in
 * reverse program order, so the result's bits do not depend on who walks, nor on whether a part of the program is a region.
 */
export function pullBack<V extends Value>(roots: readonly Root<V>[], options: PullBackOptions<V>): Map<V, Sum> {
  const sums = new Map<V, Sum>()
  const contribute = (value: V, contribution: Sum): void => void sums.set(value, plus(sums.get(value), contribution))
  for (const { value, cotangent, touched = true } of roots) contribute(value, { cotangent, touched })
  const take = (value: V): Sum | undefined => {
    const sum = sums.get(value)
    sums.delete(value)
    return sum?.touched === false ? undefined : sum
  }
  for (const { value, derivation } of reverseProgram(
    roots.map((root) => root.value),
    options,
  )) {
    const { operands } = derivation
    const needs = (operand: number): boolean => options.needs(operands[operand]!)
    if ('results' in derivation) {
      const cotangents = derivation.results.map(take)
      if (cotangents.every((sum) => sum === undefined)) continue
      const contributions = derivation.pullBackAll({
        cotangents,
        sums: operands.map((operand) => sums.get(operand)),
        needs,
      })
      for (const [operand, sum] of contributions.sums) sums.set(operands[operand]!, sum)
      for (const [operand, contribution] of contributions.added) contribute(operands[operand]!, contribution)
      continue
    }
    const sum = take(value)
    if (!sum) continue
    const { touched } = sum
    derivation.vjp(sum.cotangent, needs).forEach((contribution, i) => {
      if (contribution && needs(i))
        contribute(operands[i]!, { cotangent: whereTouched(contribution, touched), touched })
    })
  }
  return sums
}

/** The derivation of a primitive's result by the vjp of its record; undefined where none flows. */
export function deriveBy<V extends Value>(
  op: OpName,
  operands: readonly V[],
  result: V,
  attrs: Attrs,
  position: number = nextInProgram(),
): OpDerivation<V> | undefined {
  const { vjp } = recordOf(op)
  if (vjp === 'not differentiable') return undefined
  return { operands, position, vjp: (cotangent, needs) => vjp({ operands, result, cotangent, attrs, needs }) }
}

/** The derivation of a value that is the same as another one. */
export const sameAs = <V extends Value>(value: V): OpDerivation<V> => ({
  operands: [value],
  position: nextInProgram(),
  vjp: (cotangent) => [cotangent],
})

interface Step<V extends Value> {
  readonly value: V
  readonly derivation: Derivation<V>
}

/** Needed values that are no leaves, the last made first; of those made together only one. */
function reverseProgram<V extends Value>(roots: readonly V[], { derivationOf, needs }: PullBackOptions<V>): Step<V>[] {
  const steps = new Map<Derivation<V>, Step<V>>()
  const seen = new Set<V>()
  const stack = [...roots]
  for (let value = stack.pop(); value !== undefined; value = stack.pop()) {
    if (seen.has(value) || !needs(value)) continue
    seen.add(value)
    const derivation = derivationOf(value)
    if (!derivation || steps.has(derivation)) continue
    steps.set(derivation, { value, derivation })
    for (const operand of derivation.operands) if (!seen.has(operand)) stack.push(operand)
  }
  return [...steps.values()].sort((a, b) => b.derivation.position - a.derivation.position)
}
