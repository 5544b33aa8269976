import { isFloat, type TypedArray } from '../../base/dtype.ts'
import { FailedOp, GraphEvaluation } from '../../compile/graph-evaluation.ts'
import {
  inDependencyOrder,
  isNode,
  isResult,
  operandsOf,
  type ComputedValue,
  type GraphControl,
  type Graph,
  type GraphInput,
  type GraphValue,
} from '../../ir/graph.ts'
import { positionOf } from '../../ir/marks.ts'
import { placeText } from '../../ops/errors.ts'
import { inputElements } from '../hybridize/input-elements.ts'
import { Leaves, matches, templateOf, type Template } from '../hybridize/template.ts'
import { knownInternals } from '../parity/hybrid-internals.ts'
import { observeEager } from '../parity/observe-eager.ts'
import type { Tensor } from '../tensor.ts'

/** Where NaN or an infinity comes from in a call. */
export type NonFinite =
  | {
      /** The first op that gives one though its operands have none. */
      readonly kind: 'op'
      readonly op: string
      /** `file:line:column` of the call. */
      readonly source: string | undefined
      /** `NaN at [1, 2] of shape [2, 3]`. */
      readonly is: string
      /** Of an op of a backward pass or an update: the nearest op of the forward pass that it was computed from. */
      readonly from: { readonly op: string; readonly source: string | undefined } | undefined
      /** A later op that made NaN of an infinity. */
      readonly thenNan: { readonly op: string; readonly source: string | undefined } | undefined
    }
  | { readonly kind: 'argument'; readonly position: number; readonly is: string }
  /** What the call was to begin with. */
  | { readonly kind: 'variable'; readonly variable: Tensor | undefined; readonly is: string }

/**
 * Runs a call eagerly, and takes back what it did to variables and gradients; looks for what first is not finite on the way to a result or
 * state that is not. Undefined where all of them are finite, or the call throws.
 */
export function findNonFinite(fn: unknown, args: readonly unknown[]): NonFinite | undefined {
  const original = knownInternals(fn)?.written ?? (fn as (...args: unknown[]) => unknown) // what fit has called
  const functionName = original.name || 'anonymous function'
  try {
    const template: Template = { kind: 'array', items: args.map((arg) => templateOf(arg, false, functionName)) }
    const { recording } = observeEager({ original, functionName, self: undefined, args }, template, 'plain')
    const leaves = new Leaves()
    matches(template, args, leaves)
    const elements = new Map(
      recording.graph.inputs.map((input) => [input, inputElements(input, recording.sources, leaves.values)]),
    )
    const found = firstNonFinite(recording.graph, elements)
    if (!found) return undefined
    const is = kindAndPlace(found.value, found.elements)!
    if (found.value.op !== 'input') {
      const from = forwardOf(found.value, recording.untracked)
      const thenNan = found.nan && siteOf(found.nan)
      return { kind: 'op', ...siteOf(found.inside ?? found.value), is, from: from && siteOf(from), thenNan }
    }
    const source = recording.sources.get(found.value)
    if (source?.kind === 'argument') return { kind: 'argument', position: positionAmong(template, source.position), is }
    return { kind: 'variable', variable: source?.kind === 'state' ? source.variable : undefined, is }
  } catch {
    return undefined // what the call throws when nothing stands in its way is not what is looked for
  }
}

/** For a value that no gradient flows through, the nearest one it is computed from that gradients flow through. */
function forwardOf(value: GraphValue, untracked: ReadonlySet<GraphValue>): ComputedValue | undefined {
  if (!untracked.has(value)) return undefined
  const seen = new Set([value])
  for (const each of seen) {
    if (isNode(each) && !untracked.has(each)) return each
    for (const operand of operandsOf(each)) seen.add(operand)
  }
  return undefined
}

interface Found {
  readonly value: GraphInput | ComputedValue
  readonly elements: TypedArray
  /** In a loop or a branch: the op there. */
  readonly inside: ComputedValue | undefined
  readonly nan: ComputedValue | undefined
}

function firstNonFinite(graph: Graph, inputs: ReadonlyMap<GraphInput, TypedArray>): Found | undefined {
  let inRegion: ComputedValue | undefined
  const evaluation = new GraphEvaluation(
    (input) => inputs.get(input)!,
    undefined,
    (region, values) => {
      if (inRegion) return
      const found = firstIn(region, values)
      inRegion ??= found // that of a region inside it, where there is one
    },
  )
  /** What began it in the regions of a control op. */
  const insides = new Map<GraphControl, ComputedValue>()
  const kinds = new Map<GraphValue, Kind>()
  const note = (value: GraphValue): Kind => {
    const kind = isFloat(value.type.dtype) ? kindOf(evaluation.elements(value)) : 'finite'
    kinds.set(value, kind)
    return kind
  }
  graph.inputs.forEach(note)
  for (const value of inDependencyOrder(graph)) {
    inRegion = undefined
    try {
      note(value)
      if (isResult(value) && inRegion) insides.set(value.control, inRegion)
    } catch (failure) {
      // The check that noticed, or what comes after it.
      if (!(failure instanceof FailedOp)) throw failure
    }
  }
  const bad = [...graph.results, ...graph.writes.map(({ value }) => value)].filter((value) => isBad(kinds.get(value)))
  const onTheWay = ancestorsOf(bad, (value) => isBad(kinds.get(value)))
  const inOrder = [...onTheWay].toSorted((a, b) => (positionOf(a) ?? 0) - (positionOf(b) ?? 0))
  // A constant infinity is what the user wrote: a mask, a beginning of a minimum.
  const made = inOrder.find(
    (value) => value.op !== 'constant' && !operandsOf(value).some((each) => isBad(kinds.get(each))),
  )
  const nan = inOrder.find(
    (value) => kinds.get(value) === 'NaN' && !operandsOf(value).some((each) => kinds.get(each) === 'NaN'),
  )
  const value = made ?? nan
  if (!value) return undefined
  const later = nan !== value && nan && nan.op !== 'input' && kinds.get(value) !== 'NaN' ? nan : undefined
  return {
    value: value as Found['value'], // the graph has inputs and computed values
    elements: evaluation.elements(value),
    inside: isResult(value) ? insides.get(value.control) : undefined,
    nan: later as ComputedValue | undefined, // no input, above
  }
}

/** The first value of a region that is not finite though its operands are, in the pass that is about to run. */
function firstIn(region: Graph, values: GraphEvaluation): ComputedValue | undefined {
  const isOff = (value: GraphValue): boolean => isFloat(value.type.dtype) && isBad(kindOf(values.elements(value)))
  return inDependencyOrder(region).find(
    (value) => value.op !== 'constant' && isOff(value) && !operandsOf(value).some(isOff),
  )
}

/** Those and what leads to them by way of others like them. */
function ancestorsOf(values: readonly GraphValue[], isOnTheWay: (value: GraphValue) => boolean): Set<GraphValue> {
  const found = new Set(values)
  for (const value of found) for (const operand of operandsOf(value)) if (isOnTheWay(operand)) found.add(operand)
  return found
}

type Kind = 'finite' | 'infinite' | 'NaN'
const isBad = (kind: Kind | undefined): boolean => kind === 'infinite' || kind === 'NaN'

function kindOf(elements: TypedArray): Kind {
  let kind: Kind = 'finite'
  for (let i = 0; i < elements.length; i++) {
    const element = elements[i]!
    if (element !== element) return 'NaN'
    if (element === Infinity || element === -Infinity) kind = 'infinite'
  }
  return kind
}

/** `NaN at [1] of shape [3]`; undefined where all elements are finite. */
export function nonFiniteText(shape: readonly number[], elements: TypedArray): string | undefined {
  const position = elements.findIndex((element) => !Number.isFinite(element))
  return position < 0 ? undefined : `${elements[position]}${placeText(position, shape)}`
}

const kindAndPlace = ({ type }: GraphValue, elements: TypedArray): string | undefined =>
  nonFiniteText(type.shape, elements)

function siteOf(value: ComputedValue): { readonly op: string; readonly source: string | undefined } {
  if (isResult(value)) return { op: value.control.name, source: value.control.source }
  return { op: value.op, source: isNode(value) ? value.source : undefined }
}

/** Which argument a leaf belongs to. */
function positionAmong(template: Template & { kind: 'array' }, leaf: number): number {
  let next = 0
  return template.items.findIndex((item) => (next += leavesOf(item)) > leaf)
}

function leavesOf(template: Template): number {
  if (template.kind === 'array' || template.kind === 'object')
    return template.items.reduce((count, item) => count + leavesOf(item), 0)
  return template.kind === 'static' || template.kind === 'bytes' ? 0 : 1
}
