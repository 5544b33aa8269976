import { graphInterpreter } from '../ir/builder.ts'
import { firstCarried, makeControl } from '../ir/control.ts'
import type { GraphInput, GraphValue } from '../ir/graph.ts'
import { marksOfBody, noteMade } from '../ir/marks.ts'
import { copyGraph } from '../ir/substitute.ts'
import { withInterpreter, type Value } from '../ops/interpreter.ts'
import type { ApplyControl, ControlUse } from './control-gradient.ts'
import type { Given } from './input-maker.ts'
import { readStack, withStacks } from './residuals.ts'

/** Values that a loop carried when a pass of it began, in a region that is given its captures. */
type Residuals = (index: Value, captures: readonly GraphInput[]) => readonly Value[]

/**
 * How a loop's gradient finds the carried values `needed`: on the stacks that the loop has left, on those of the same loop run once more, or, with
 * `checkpoint`, by running it up to each pass. What it takes from outside is added to `outside`.
 */
export function residualsOf(
  use: ControlUse,
  needed: readonly number[],
  outside: Given,
  apply: ApplyControl,
): Residuals {
  const { control, operands, results, count } = use
  if (needed.length === 0) return () => []
  const { isCheckpoint, stacks } = marksOfBody(control.regions[0]!)
  if (isCheckpoint) return runAgain(use, needed, outside)
  if (stacks && needed.every((k) => stacks.has(k)))
    return fromStacks(needed.map((k) => outside.add('stack', results[stacks.get(k)!]!)))
  const stacked = withStacks(control, operands, needed, count)
  const again = apply(stacked.control, stacked.operands)
  return fromStacks(needed.map((_, j) => outside.add('stack', again[control.carried + j]!)))
}

const fromStacks =
  (stacks: readonly GraphInput[]): Residuals =>
  (index) =>
    stacks.map((stack) => readStack(stack, index))

function runAgain({ control, operands }: ControlUse, needed: readonly number[], outside: Given): Residuals {
  const first = firstCarried(control)
  const initial = operands.slice(first, first + control.carried).map((value) => outside.add('initial', value))
  return (index, captures) => {
    const { results } = withInterpreter(graphInterpreter, () =>
      makeControl({
        name: 'forLoop',
        regions: [copyGraph(control.regions[0]!)],
        carried: control.carried,
        counted: true,
        operands: [index as GraphValue, ...initial, ...captures], // the graph interpreter's values
        ...(control.source === undefined ? {} : { source: control.source }),
      }),
    )
    results.forEach(noteMade)
    return needed.map((k) => results[k]!)
  }
}
