import { sameType, type TensorType } from '../../base/shape.ts'
import { makeConstant, makeNode } from '../../ir/builder.ts'
import { withParts } from '../../ir/control.ts'
import {
  isConstant,
  isNode,
  isResult,
  type ComputedValue,
  type GraphConstant,
  type GraphControl,
  type GraphNode,
  type GraphResult,
  type GraphValue,
} from '../../ir/graph.ts'
import { sameGraph } from '../../ir/same-graph.ts'
import { copyGraph } from '../../ir/substitute.ts'
import { paddingOf } from '../../ops/padding/padding-of.ts'
import { sameAttrs, type Filling, type Sized } from '../../ops/padding/rule.ts'
import { inferType } from '../../ops/registry.ts'
import type { Attrs } from '../../ops/table.ts'
import { bothFillings, fitsInto, masked, requireFillings, satisfies } from './masks.ts'
import { sameNumbers, type Numbered } from './numbered.ts'
import { NotDynamic, scaled, type Sizes } from './scale.ts'
import { sameElements, type SizeInputs, type SizeValue, type SizeValues } from './size-inputs.ts'

/** What a value of a recorded graph is at the capacity. */
export type Part = ConstantPart | ControlPart | NodePart
interface ConstantPart {
  readonly kind: 'constant'
  readonly type: TensorType
  /** A value of every size, or the position of the input for it. */
  readonly value: SizeValue | { readonly position: number }
}
interface ControlPart {
  readonly kind: 'control'
  readonly control: GraphControl
  readonly index: number
  readonly operands: readonly number[]
}
interface NodePart {
  readonly kind: 'node'
  readonly node: GraphNode
  readonly large: Sized<Attrs>
  readonly operands: readonly number[]
  readonly fillings: readonly (Filling | undefined)[]
  /** Inputs that count what is inside of the fillings. */
  readonly counts: readonly { readonly operand: number; readonly axis: number; readonly position: number }[]
}

/** Two graphs on their way to the one of the capacity. */
export interface Draft {
  readonly a: Numbered
  readonly b: Numbered
  readonly sizes: Sizes
  readonly sizeInputs: SizeInputs
  /** At the capacity, by number. */
  readonly values: GraphValue[]
  /** Those of another capacity, which both sizes were compared with, so that this one may be smaller than they. */
  readonly pattern: readonly Part[] | undefined
}

/** Makes the next value of the capacity's graph. @throws NotDynamic */
export function addPart(draft: Draft, x: ComputedValue, y: ComputedValue, position: number): Part {
  if (isConstant(x) && isConstant(y)) return addConstant(draft, x, y)
  if (isNode(x) && isNode(y) && x.op === y.op) return addNode(draft, x, y, draft.pattern?.[position])
  if (isResult(x) && isResult(y)) return addResult(draft, x, y)
  throw somethingElse(x)
}

const somethingElse = (value: ComputedValue): NotDynamic => {
  const at = isNode(value) && value.source !== undefined ? ` (${value.op} at ${value.source})` : ''
  return new NotDynamic(`the function does something else at another size${at}`)
}

function addConstant({ sizes, sizeInputs, values }: Draft, x: GraphConstant, y: GraphConstant): Part {
  const type = scaled(x.type, y.type, sizes)
  if (sameElements(x.value, y.value)) {
    if (typeof x.value !== 'number' && !sameType(x.type, type)) throw somethingElse(x)
    values.push(typeof x.value === 'number' ? makeConstant(x.value, type) : x)
    return { kind: 'constant', type, value: x.value }
  }
  const isNumber = typeof x.value === 'number'
  if (isNumber !== (typeof y.value === 'number') || (!isNumber && !sameType(x.type, y.type))) throw somethingElse(x)
  const position = sizeInputs.position('value', isNumber ? { ...type, shape: [] } : type, x.value, y.value)
  const input = sizeInputs.inputs[position]!
  values.push(sameType(input.type, type) ? input : makeNode('broadcastTo', [input], { shape: type.shape }))
  return { kind: 'constant', type, value: { position } }
}

function addNode(
  { a, b, sizes, sizeInputs, values }: Draft,
  x: GraphNode,
  y: GraphNode,
  pattern: Part | undefined,
): Part {
  const operands = x.operands.map(a.numberOf)
  if (!sameNumbers(operands, y.operands.map(b.numberOf))) throw somethingElse(x)
  const given = operands.map((operand) => values[operand]!)
  const attrs = sameAttrs(x.attrs, y.attrs) ? x.attrs : scaled(x.attrs, y.attrs, sizes)
  const types = given.map(({ type }) => type)
  const large: Sized<Attrs> = { operands: types, attrs, result: inferType(x.op, types, attrs) }
  const [of, other] = [sized(x), sized(y)]
  const fillings =
    pattern?.kind === 'node' ? pattern.fillings : bothFillings(fillingsAt(x, large), fillingsAt(y, large))
  const counts = fillings.flatMap((filling, operand) =>
    (filling?.axes ?? []).map((axis) => {
      const [m, n] = [of, other].map(({ operands: at }) => at[operand]!.shape[axis]!)
      return { operand, axis, position: sizeInputs.position('count', { dtype: 'int32', shape: [] }, m!, n!) }
    }),
  )
  const inside = given.map((operand, i) => {
    const filling = fillings[i]
    const countOf = (axis: number): GraphValue =>
      sizeInputs.inputs[counts.find((count) => count.operand === i && count.axis === axis)!.position]!
    return filling ? masked(operand, filling, countOf, x.source) : operand
  })
  values.push(makeNode(x.op, inside, attrs, x.source))
  return { kind: 'node', node: x, large, operands, fillings, counts }
}

const sized = ({ operands, attrs, type }: GraphNode): Sized<Attrs> => ({
  operands: operands.map((operand) => operand.type),
  attrs,
  result: type,
})

/** @throws NotDynamic */
function fillingsAt(node: GraphNode, large: Sized<Attrs>): readonly (Filling | undefined)[] {
  requireFits(node, large)
  return requireFillings(node.op, paddingOf(node.op, sized(node), large), node.source)
}

function requireFits(value: ComputedValue, { result }: { readonly result: TensorType }): void {
  if (!fitsInto(value.type, result)) throw somethingElse(value)
}

/** Regions have no sizes that change: they read nothing but operands, whose sizes do not either. */
function addResult({ a, b, values }: Draft, x: GraphResult, y: GraphResult): Part {
  const operands = x.control.operands.map(a.numberOf)
  const part = { kind: 'control', control: x.control, index: x.index, operands } as const
  requireControl(part, y, b)
  if (x.index === 0) {
    const regions = x.control.regions.map(copyGraph)
    const given = operands.map((operand) => values[operand]!)
    given.forEach(({ type }, i) => {
      if (!sameType(type, x.control.operands[i]!.type)) throw changesInControl(x)
    })
    values.push(...withParts(x.control, given, regions).results)
  }
  return part
}

const changesInControl = ({ control: { name, source } }: GraphResult): NotDynamic =>
  new NotDynamic(`${name}${source === undefined ? '' : ` at ${source}`}: what it is given changes its size`)

function requireControl({ control, index, operands }: ControlPart, value: GraphResult, of: Numbered): void {
  const other = value.control
  if (value.index !== index || other.name !== control.name || !sameNumbers(operands, other.operands.map(of.numberOf)))
    throw somethingElse(value)
  const isSame =
    other.operands.every(({ type }, i) => sameType(type, control.operands[i]!.type)) &&
    other.carried === control.carried &&
    other.counted === control.counted &&
    other.regions.length === control.regions.length &&
    other.regions.every((region, i) => sameGraph(region, control.regions[i]!))
  if (index === 0 && !isSame) throw changesInControl(value)
}

/** Compares a value that was recorded at some size. @throws NotDynamic */
export function meetPart(part: Part, value: ComputedValue, of: Numbered, sizeValues: SizeValues): void {
  if (part.kind === 'constant' && isConstant(value)) meetConstant(part, value, sizeValues)
  else if (part.kind === 'node' && isNode(value) && value.op === part.node.op) meetNode(part, value, of, sizeValues)
  else if (part.kind === 'control' && isResult(value)) requireControl(part, value, of)
  else throw somethingElse(value)
}

function meetConstant({ type, value }: ConstantPart, constant: GraphConstant, sizeValues: SizeValues): void {
  if (!fitsInto(constant.type, type)) throw somethingElse(constant)
  if (typeof value === 'object' && 'position' in value) {
    if (typeof constant.value !== 'number' && !sameType(constant.type, type)) throw somethingElse(constant)
    sizeValues.set(value.position, constant.value)
  } else if (!sameElements(value, constant.value)) throw somethingElse(constant)
}

function meetNode(
  { node, large, operands, fillings, counts }: NodePart,
  value: GraphNode,
  of: Numbered,
  sizeValues: SizeValues,
): void {
  if (!sameNumbers(operands, value.operands.map(of.numberOf))) throw somethingElse(value)
  if (!satisfies(fillings, fillingsAt(value, large)))
    throw new NotDynamic(`${node.op}: what lies around its operands changes with the size`)
  for (const { operand, axis, position } of counts) sizeValues.set(position, value.operands[operand]!.type.shape[axis]!)
}
