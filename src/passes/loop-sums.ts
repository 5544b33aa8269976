import { isFloat } from '../base/dtype.ts'
import { makeConstant, makeNode } from '../ir/builder.ts'
import { bodyOf, captureInputsOf, carriedInputsOf, conditionOf, countOf, isBranch, withParts } from '../ir/control.ts'
import {
  isConstant,
  isNode,
  isResult,
  useCounts,
  type Graph,
  type GraphControl,
  type GraphNode,
  type GraphValue,
} from '../ir/graph.ts'
import type { Block } from '../ops/table.ts'
import { mapGraph } from '../rewrite/map-graph.ts'
import { isSplat } from '../rewrite/pattern.ts'
import type { Pass } from './pass.ts'

/**
 * Adds to one block of a carried tensor where each pass of a loop adds a tensor that is 0 outside of that block: the gradient of a sequence whose
 * elements a loop reads one by one. A pass then costs a block, and not the whole sequence. A float gets + 0 after the loop, which the zeros of other
 * passes did to −0: so there have to be two passes at least, with different blocks.
 *
 * Before: forLoop(5, %z) region(%pass, %sum) { %1 = setSlice(%0, %g, %pass), %0 the constant 0; %2 = add(%sum, %1); return %2 }
 * After:  forLoop(5, %z) region(%pass, %sum) { %1 = dynamicSlice(%sum, %pass); %2 = add(%1, %g); %3 = setSlice(%sum, %2, %pass); return %3 }
 *
 * Needs loop invariants outside. Leaves loops whose number of passes is not known. Cost: O(n).
 */
export const loopSums: Pass = {
  name: 'loop-sums',
  run: (graph) =>
    mapGraph(
      graph,
      (value) => value,
      (control) => summedInBlocks(control),
    ),
}

function summedInBlocks(control: GraphControl): readonly GraphValue[] {
  const count = countOf(control)
  const passes = count && passesKnown(count)
  if (isBranch(control) || conditionOf(control) || passes === undefined || passes < 2) return control.results
  const body = bodyOf(control)
  const uses = useCounts(body)
  const sums = carriedInputsOf(control, body).map((sum, k) => blockSumOf(control, body, sum, k, uses))
  if (sums.every((sum) => sum === undefined)) return control.results
  const results = body.results.map((result, k) => sums[k] ?? result)
  const replaced = withParts(control, control.operands, [{ ...body, results }, ...control.regions.slice(1)])
  return replaced.results.map((result, k) => {
    if (!sums[k] || !isFloat(result.type.dtype)) return result
    return makeNode('add', [result, makeConstant(0, { dtype: result.type.dtype, shape: [] })], {}, sums[k].source)
  })
}

/** How many passes a loop makes, also where it is as many as another one made. */
function passesKnown(count: GraphValue): number | undefined {
  if (isSplat(count)) return count.value
  if (!isResult(count) || isBranch(count.control) || count.index !== count.control.carried) return undefined
  const before = conditionOf(count.control) ? undefined : countOf(count.control)
  return before && passesKnown(before)
}

/** What the carried value `sum` becomes, if a block is all that a pass adds to it. */
function blockSumOf(
  control: GraphControl,
  body: Graph,
  sum: GraphValue,
  k: number,
  uses: ReadonlyMap<GraphValue, number>,
): GraphNode | undefined {
  const result = body.results[k]!
  if (!isNode(result) || result.op !== 'add' || !result.operands.includes(sum)) return undefined
  const isFirst = result.operands[0] === sum
  const added = result.operands[isFirst ? 1 : 0]!
  if (!isNode(added) || added.op !== 'setSlice' || [sum, result, added].some((value) => uses.get(value) !== 1))
    return undefined
  const [whole, part, ...places] = added.operands as [GraphValue, GraphValue, ...GraphValue[]] // its record has checked them
  if (!isSplat(whole) || !Object.is(whole.value, 0)) return undefined
  const { axes, starts, steps } = added.attrs as Block // as above
  const differs = axes.some((axis, i) => part.type.shape[axis] === 1 && movesWithPass(places[i]!, control, body))
  if (!differs) return undefined
  const present = makeNode(
    'dynamicSlice',
    [sum, ...places],
    { axes, starts, steps, sizes: part.type.shape },
    added.source,
  )
  const next = makeNode('add', isFirst ? [present, part] : [part, present], {}, result.source)
  return makeNode('setSlice', [sum, next, ...places], added.attrs, added.source)
}

/** Whether a number is another one in every pass: the pass's own, or what is the same in all of them less that. */
function movesWithPass(value: GraphValue, control: GraphControl, body: Graph): boolean {
  const pass = body.inputs[0]!
  if (value === pass) return true
  if (!isNode(value) || value.op !== 'sub' || value.operands[1] !== pass) return false
  const [from] = value.operands
  return isConstant(from!) || captureInputsOf(control, body).some((input) => input === from)
}
