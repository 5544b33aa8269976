import {
  bodyOf,
  captureInputsOf,
  capturesOf,
  carriedInputsOf,
  carriedOf,
  isBranch,
  makeControl,
  selectorOf,
} from '../ir/control.ts'
import {
  inDependencyOrder,
  isConstant,
  isResult,
  operandsOf,
  outputsOf,
  useCounts,
  type Graph,
  type GraphControl,
  type GraphInput,
  type GraphResult,
  type GraphValue,
} from '../ir/graph.ts'
import { mapGraph, replaceInputs } from '../rewrite/map-graph.ts'
import type { Pass } from './pass.ts'

/**
 * Makes control ops smaller: what a loop carries unchanged is captured instead; carried values and results that nothing needs go; constants are put into the
 * regions that read them, and captures are there once each, if at all; a branch whose selector is known is the region it selects.
 *
 * Before: %0, %1, %2 = forLoop(%n, %x, %k) {carried: 2, …}      After: %0, %1 = forLoop(%n, %x, %k) {carried: 1, …}
 *           region(%pass, %a, %b) { … return %next, %b }                 region(%pass, %a, %b) { … return %next }
 *         return %0                                                    return %0
 * Needs canonical constants. Leaves what is in the regions to the other passes, and what no longer needs to be in them to loop invariants. Cost: O(n).
 */
export const controlFlow: Pass = {
  name: 'control-flow',
  run(graph) {
    const uses = useCounts(graph)
    return mapGraph(
      graph,
      (value) => value,
      (control, original) => {
        const isUsed = original.results.map((result) => uses.has(result))
        const simpler = isBranch(control) ? simplerBranch(control, isUsed) : simplerLoop(control, isUsed)
        return simpler ?? control.results
      },
    )
  },
}

/** A capture, the inputs by which regions read it. */
interface Capture {
  readonly value: GraphValue
  readonly inputs: readonly GraphInput[]
}

const capturesIn = (control: GraphControl): Capture[] =>
  capturesOf(control).map((value, i) => ({
    value,
    inputs: control.regions.map((region) => captureInputsOf(control, region)[i]!),
  }))

/** Captures that regions read, once each, and what stands for the inputs of the others in each region. */
function sharedCaptures(
  captures: readonly Capture[],
  regions: readonly Graph[],
): { kept: Capture[]; replaced: Map<GraphInput, GraphValue>[] } {
  const read = new Set(regions.flatMap((region) => [...readIn(region)]))
  const first = new Map<GraphValue, Capture>()
  const replaced = regions.map(() => new Map<GraphInput, GraphValue>())
  for (const capture of captures) {
    const { value, inputs } = capture
    if (!inputs.some((input) => read.has(input))) continue
    const known = first.get(value)
    if (isConstant(value)) inputs.forEach((input, i) => replaced[i]!.set(input, value))
    else if (known) inputs.forEach((input, i) => replaced[i]!.set(input, known.inputs[i]!))
    else first.set(value, capture)
  }
  return { kept: [...first.values()], replaced }
}

/** Everything that a region reads, its results included. */
const readIn = (region: Graph): Set<GraphValue> =>
  new Set([...inDependencyOrder(region).flatMap(operandsOf), ...outputsOf(region)])

function simplerBranch(control: GraphControl, isUsed: readonly boolean[]): readonly GraphValue[] | undefined {
  const selector = selectorOf(control)
  if (isConstant(selector) && typeof selector.value === 'number') return inlined(control, selector.value)
  const captures = capturesIn(control)
  // A result that is the same capture in every region is that capture.
  const outside = control.results.map((_, i) =>
    captures.find(({ inputs }) => control.regions.every((region, r) => region.results[i] === inputs[r])),
  )
  const needed = control.results.flatMap((_, i) => (isUsed[i] && !outside[i] ? [i] : []))
  // Checks inside keep a branch whose results nobody needs: it has one still.
  const positions = needed.length > 0 ? needed : [0]
  const narrowed = control.regions.map((region) => ({ ...region, results: positions.map((i) => region.results[i]!) }))
  const { kept, replaced } = sharedCaptures(captures, narrowed)
  const isSame = kept.length === captures.length && positions.length === control.results.length
  if (isSame) return undefined
  const regions = narrowed.map((region, r) =>
    replaceInputs(
      region,
      replaced[r]!,
      kept.map(({ inputs }) => inputs[r]!),
    ),
  )
  const { results } = makeControl({ ...control, operands: [selector, ...kept.map(({ value }) => value)], regions })
  return control.results.map((_, i) => outside[i]?.value ?? results[positions.indexOf(i)] ?? results[0]!)
}

/** The values of the region that runs. One with checks stays, for they are its own. */
function inlined(control: GraphControl, selector: number): readonly GraphValue[] | undefined {
  const region = control.regions[Math.min(Math.max(selector, 0), control.regions.length - 1)]!
  if (region.checks) return undefined
  const given = new Map(captureInputsOf(control, region).map((input, i) => [input, capturesOf(control)[i]!]))
  return replaceInputs(region, given, []).results
}

function simplerLoop(control: GraphControl, isUsed: readonly boolean[]): readonly GraphValue[] | undefined {
  const { carried, regions } = control
  const body = bodyOf(control)
  const inits = carriedOf(control)
  const next = body.results
  const inputs = carriedInputsOf(control, body)
  const isInvariant = next.map((value, i) => value === inputs[i])
  const live = liveCarried(control, isUsed)
  const kept = inits.flatMap((_, i) => (live.has(i) && !isInvariant[i] ? [i] : []))
  const invariant: Capture[] = inits.flatMap((value, i) =>
    isInvariant[i] ? [{ value, inputs: regions.map((region) => carriedInputsOf(control, region)[i]!) }] : [],
  )
  const captures = [...capturesIn(control), ...invariant]
  const narrowed = regions.map((region, r) => (r === 0 ? { ...region, results: kept.map((i) => next[i]!) } : region))
  const shared = sharedCaptures(captures, narrowed)
  if (kept.length === carried && shared.kept.length === capturesOf(control).length) return undefined
  const results = makeControl({
    ...control,
    carried: kept.length,
    operands: [
      ...control.operands.slice(0, Number(control.counted)),
      ...kept.map((i) => inits[i]!),
      ...shared.kept.map(({ value }) => value),
    ],
    regions: narrowed.map((region, r) =>
      replaceInputs(region, shared.replaced[r]!, [
        region.inputs[0]!,
        ...kept.map((i) => carriedInputsOf(control, region)[i]!),
        ...shared.kept.map((capture) => capture.inputs[r]!),
      ]),
    ),
  }).results
  const passes: GraphResult = results[kept.length]!
  // Nothing asks for what is not kept but for what stays as it was in the beginning.
  return [...inits.map((init, i) => (kept.includes(i) ? results[kept.indexOf(i)]! : init)), passes]
}

/** Carried values that are needed at the end, for the condition, for checks, or for the next value of one that is. */
function liveCarried(control: GraphControl, isUsed: readonly boolean[]): ReadonlySet<number> {
  const [body, condition] = control.regions
  const live = new Set<number>()
  const work: GraphValue[] = [...(body!.checks ?? [])]
  const seen = new Set<GraphValue>()
  const indexIn = (region: Graph, value: GraphValue): number =>
    value.op === 'input' ? carriedInputsOf(control, region).indexOf(value) : -1
  const add = (i: number): void => {
    if (i < 0 || live.has(i)) return
    live.add(i)
    work.push(body!.results[i]!)
  }
  if (condition) for (const value of readIn(condition)) add(indexIn(condition, value))
  isUsed.slice(0, control.carried).forEach((used, i) => used && add(i))
  for (let value = work.pop(); value; value = work.pop()) {
    if (seen.has(value)) continue
    seen.add(value)
    add(indexIn(body!, value))
    if (isResult(value) && value.index > 0) work.push(value.control.results[0]!)
    work.push(...operandsOf(value))
  }
  return live
}
