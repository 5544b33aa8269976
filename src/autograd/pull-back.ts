import type { Value } from '../ops/interpreter.ts'
import type { Attrs, OpName } from '../ops/table.ts'
import { add } from '../ops/calls/index.ts'
import { recordOf } from '../ops/registry.ts'

/** How a value came to be: what it was made from, and how a cotangent of it turns into theirs. */
export interface Derivation<V extends Value> {
  readonly operands: readonly V[]
  /** One entry per operand; undefined where `needs` is false or nothing flows. */
  vjp(cotangent: Value, needs: (operand: number) => boolean): readonly (Value | undefined)[]
}

export interface PullBackOptions<V extends Value> {
  readonly derivationOf: (value: V) => Derivation<V> | undefined
  /** Whether the cotangent of this value is wanted, for itself or for what it was made from. */
  readonly needs: (value: V) => boolean
}

/**
 * Reverse-mode differentiation: cotangents of every needed value without a derivation (a leaf), given those of the roots. The same
 * walk serves the eager tape and graphs; the rules run under the current interpreter. Contributions to one value are added in
 * reverse topological order, so the result's bits do not depend on who walks.
 */
export function pullBack<V extends Value>(
  roots: readonly { readonly value: V; readonly cotangent: Value }[],
  options: PullBackOptions<V>,
): Map<V, Value> {
  const cotangents = new Map<V, Value>()
  const contribute = (value: V, cotangent: Value): void => {
    const before = cotangents.get(value)
    cotangents.set(value, before ? add(before, cotangent) : cotangent)
  }
  for (const { value, cotangent } of roots) contribute(value, cotangent)
  const leaves = new Map<V, Value>()
  for (const value of reverseTopological(
    roots.map((root) => root.value),
    options,
  )) {
    const cotangent = cotangents.get(value)
    cotangents.delete(value)
    if (!cotangent) continue
    const derivation = options.derivationOf(value)
    if (!derivation) {
      leaves.set(value, cotangent)
      continue
    }
    const needs = (operand: number): boolean => options.needs(derivation.operands[operand]!)
    derivation.vjp(cotangent, needs).forEach((contribution, i) => {
      if (contribution && needs(i)) contribute(derivation.operands[i]!, contribution)
    })
  }
  return leaves
}

/** The derivation of a primitive's result by the vjp of its record; undefined where none flows. */
export function deriveBy<V extends Value>(
  op: OpName,
  operands: readonly V[],
  result: V,
  attrs: Attrs,
): Derivation<V> | undefined {
  const { vjp } = recordOf(op)
  if (vjp === 'not differentiable') return undefined
  return { operands, vjp: (cotangent, needs) => vjp({ operands, result, cotangent, attrs, needs }) }
}

/** Needed values, each before what it was made from. */
function reverseTopological<V extends Value>(roots: readonly V[], { derivationOf, needs }: PullBackOptions<V>): V[] {
  const order: V[] = []
  const seen = new Set<V>()
  const stack: { value: V; operands: readonly V[]; next: number }[] = []
  const enter = (value: V): void => {
    if (seen.has(value) || !needs(value)) return
    seen.add(value)
    stack.push({ value, operands: derivationOf(value)?.operands ?? [], next: 0 })
  }
  for (const root of roots) {
    enter(root)
    while (stack.length > 0) {
      const top = stack[stack.length - 1]!
      const operand = top.operands[top.next++]
      if (operand !== undefined) enter(operand)
      else {
        order.push(top.value)
        stack.pop()
      }
    }
  }
  return order.reverse()
}
