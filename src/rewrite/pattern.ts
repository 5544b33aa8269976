import type { Dtype } from '../base/dtype.ts'
import type { TensorType } from '../base/shape.ts'
import { asStored, makeConstant, makeNode } from '../ir/builder.ts'
import { isNode, type GraphConstant, type GraphValue } from '../ir/graph.ts'
import { recordOf } from '../ops/registry.ts'
import { noAttrs, type Attrs, type OpName } from '../ops/table.ts'

/** What a pattern bound, by name. */
export type Bindings<K extends string> = { readonly [P in K]: GraphValue }

/** A form of expression to find in a graph; it can also build instances of itself, so that one test runs every rule. */
export interface Pattern<K extends string> {
  /** Binds names and asks `rest`, what else must hold; takes the names back and tries another way where it does not. */
  match(value: GraphValue, bound: Map<string, GraphValue>, rest: () => boolean): boolean
  instances(context: InstanceContext<K>): readonly GraphValue[]
}
export interface InstanceContext<K extends string> {
  /** The dtype of names and constants that no pattern fixes. */
  readonly dtype: Dtype
  readonly operand: (name: K, dtype: Dtype) => GraphValue
}

/** Which dtypes a name stands for. */
export type DtypeCondition = (dtype: Dtype) => boolean
const anyDtype: DtypeCondition = () => true
export const isBool: DtypeCondition = (dtype) => dtype === 'bool'
export const isInteger: DtypeCondition = (dtype) => dtype === 'int32' || dtype === 'uint8'

/** Matches any value; a name used twice must match one value twice. */
export const any = <K extends string>(name: K, condition: DtypeCondition = anyDtype): Pattern<K> => ({
  match(value, bound, rest) {
    const before = bound.get(name)
    if (before) return before === value && rest()
    return condition(value.type.dtype) && binds(name, value, bound, rest)
  },
  instances: ({ dtype, operand }) => {
    if (condition(dtype)) return [operand(name, dtype)]
    return condition('bool') ? [operand(name, 'bool')] : []
  },
})

function binds(name: string, value: GraphValue, bound: Map<string, GraphValue>, rest: () => boolean): boolean {
  bound.set(name, value)
  if (rest()) return true
  bound.delete(name)
  return false
}

/** Matches one number in every element, bit for bit: 0 does not match −0. */
export const constant = (value: number, condition: DtypeCondition = anyDtype): Pattern<never> => ({
  match: (found, _, rest) => isSplat(found) && Object.is(found.value, value) && condition(found.type.dtype) && rest(),
  instances: ({ dtype }) =>
    condition(dtype) && Object.is(asStored(value, dtype), value) ? [makeConstant(value, { dtype, shape: [] })] : [],
})

/** Matches one number in every element that fulfils `condition`; `examples` are numbers that do in some dtype. */
export const someConstant = <K extends string>(
  name: K,
  condition: (value: number, dtype: Dtype) => boolean,
  examples: readonly number[],
): Pattern<K> => ({
  match: (found, bound, rest) =>
    isSplat(found) && condition(found.value, found.type.dtype) && binds(name, found, bound, rest),
  instances: ({ dtype }) =>
    examples
      .filter((value) => Object.is(asStored(value, dtype), value) && condition(value, dtype))
      .map((value) => makeConstant(value, { dtype, shape: [] })),
})

/** A constant with one number in every element. */
export interface Splat extends GraphConstant {
  readonly value: number
}
export const isSplat = (value: GraphValue): value is Splat => value.op === 'constant' && typeof value.value === 'number'

/** An op, with attributes to build instances with; matching leaves attributes to the rule. */
interface OpForm {
  readonly op: OpName
  readonly attrs: (operands: readonly TensorType[]) => readonly Attrs[]
}
export const withAttrs = (op: OpName, attrs: OpForm['attrs']): OpForm => ({ op, attrs })

type NamesIn<P extends readonly Pattern<string>[]> = {
  [I in keyof P]: P[I] extends Pattern<infer K> ? K : never
}[number]
/** A pattern that knows the op of the value it matches. */
export interface NodePattern<K extends string> extends Pattern<K> {
  readonly op: OpName
}

/** Matches one op, the operands of a commutative op in either order. */
export function node<P extends readonly Pattern<string>[]>(
  form: OpName | OpForm,
  ...operands: P
): NodePattern<NamesIn<P>> {
  const { op, attrs } = typeof form === 'string' ? { op: form, attrs: () => [noAttrs] } : form
  return {
    op,
    match(value, bound, rest) {
      if (!isNode(value) || value.op !== op) return false
      const matchFrom = (order: readonly GraphValue[], i: number): boolean =>
        i === operands.length ? rest() : operands[i]!.match(order[i]!, bound, () => matchFrom(order, i + 1))
      return (
        matchFrom(value.operands, 0) || (recordOf(op).commutative === true && matchFrom(value.operands.toReversed(), 0))
      )
    },
    instances: (context) =>
      // The context answers every name of the pattern, so those of its parts as well.
      choices(operands.map((pattern) => pattern.instances(context as InstanceContext<string>))).flatMap((chosen) =>
        attrs(chosen.map((value) => value.type)).map((own) => makeNode(op, chosen, own)),
      ),
  }
}

/** Every way to take one of each. */
const choices = <T>(lists: readonly (readonly T[])[]): readonly (readonly T[])[] =>
  lists.reduce<readonly (readonly T[])[]>(
    (before, list) => before.flatMap((taken) => list.map((one) => [...taken, one])),
    [[]],
  )
