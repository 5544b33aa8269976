import { GryphError } from '../base/errors.ts'
import { copyGraph } from '../ir/substitute.ts'
import { marksOfBody } from '../ir/marks.ts'
import { currentInterpreter, type Value } from '../ops/interpreter.ts'
import { pullBackBranch } from './branch-gradient.ts'
import type { ApplyControl, ControlUse } from './control-use.ts'
import type { JointContributions, JointCotangents } from './pull-back.ts'
import { either, settledSum, nothing, whereTouched, type Sum, type Touched } from './sum.ts'

/** How many orders of gradients a recorded call has: a backward function may call the function that it belongs to. */
export const mostCustomOrders = 3

/**
 * The gradient of a call that brings its own. Cotangents of its values go through the user's function. Those of its residuals, which only gradients
 * of that gradient have, go through the region as if it were a branch.
 */
export function pullBackCustom(use: ControlUse, given: JointCotangents, apply: ApplyControl): JointContributions {
  const { control, operands, results } = use
  const { graph, values, captures } = marksOfBody(control.regions[0]!).custom! // asked for by the caller
  const [ofValues, ofResiduals] = [
    given.cotangents.slice(0, values),
    given.cotangents.map((sum, i) => (i < values ? undefined : sum)),
  ]
  const natural: JointContributions = ofResiduals.some((sum) => sum !== undefined)
    ? pullBackBranch(use, { ...given, cotangents: ofResiduals }, apply)
    : { sums: new Map(), added: [] }
  const [touched, cotangents] = togetherOf(ofValues, results)
  if (touched === false) return natural
  if (!graph) throw orderTooHigh()
  const [, ...captured] = operands
  const pulled = apply({ name: control.name, regions: [copyGraph(graph)], carried: 0, counted: false }, [
    currentInterpreter().constant(0, 'int32'),
    ...cotangents,
    ...results,
    ...captured,
  ])
  const added = captures.flatMap((capture, i): (readonly [number, Sum])[] =>
    given.needs(1 + capture) ? [[1 + capture, { cotangent: whereTouched(pulled[i]!, touched), touched }]] : [],
  )
  return { sums: natural.sums, added: [...added, ...natural.added] }
}

const orderTooHigh = (): GryphError =>
  new GryphError(
    'CUSTOM_VJP_ORDER',
    `[customVjp] a gradient of order ${mostCustomOrders + 1} goes through a backward function that calls a function with a gradient of its own, and a hybridized function has ${mostCustomOrders} orders of it. Compute it outside of hybridize.`,
  )

/** Cotangents of values that are made together, 0 where none has come, and whether any has. */
export function togetherOf(
  sums: readonly (Sum | undefined)[],
  values: readonly Value[],
): readonly [touched: Touched, cotangents: readonly Value[]] {
  const touched = sums.reduce<Touched>((before, sum) => either(before, sum?.touched ?? false), false)
  const cotangents = sums.map((sum, i) => settledSum(sum ?? { cotangent: nothing(values[i]!), touched: false }))
  return [touched, cotangents]
}
