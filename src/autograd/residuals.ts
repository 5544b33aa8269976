import { graphInterpreter, graphInterpreterFrom } from '../ir/builder.ts'
import { bodyOf, conditionOf, firstCarried } from '../ir/control.ts'
import type { Graph, GraphControl, GraphInput, GraphValue } from '../ir/graph.ts'
import { noteBody } from '../ir/marks.ts'
import { copyGraph } from '../ir/substitute.ts'
import { dynamicSlice, reshape, setSlice, zeros } from '../ops/calls/index.ts'
import { currentInterpreter, withInterpreter, type Value } from '../ops/interpreter.ts'
import type { ControlSpec } from './control-use.ts'
import { InputMaker } from './input-maker.ts'

/**
 * What a loop keeps for its gradient: a stack for each carried value that the gradient needs, in which it lies as it was when each pass began.
 * A stack has room for as many passes as the count says; where nothing says it, for `capacity` passes, and one more fails the check of a
 * place in the stack. Whoever runs the program then makes it anew with more room.
 */
export const residualRoom = { capacity: 64 }

/** The source of checks that a stack has room, which are of no user's line. */
const checkSource = 'residuals of a loop'
export const isStackFull = (source: string | undefined): boolean => source === checkSource
const checkedInterpreter = graphInterpreterFrom(() => checkSource)

export interface Stacked {
  readonly control: ControlSpec
  readonly operands: readonly Value[]
}

/** The same loop with stacks of the carried values `kept`, as further carried ones. `count` is the known number of passes. */
export function withStacks(
  control: ControlSpec,
  operands: readonly Value[],
  kept: readonly number[],
  count: number | undefined,
): Stacked {
  const [body, condition] = [bodyOf(control as GraphControl), conditionOf(control as GraphControl)] // ask for regions only
  const { carried } = control
  const room = Math.max(count ?? residualRoom.capacity, 1)
  const names = new InputMaker(control.regions.flatMap(({ inputs }) => inputs))
  const stacks = kept.map((k) => {
    const { dtype, shape } = body.results[k]!.type
    return names.make('stack', { dtype, shape: [room, ...shape] })
  })
  const put = (region: Graph): readonly GraphInput[] => [
    ...region.inputs.slice(0, 1 + carried),
    ...stacks,
    ...region.inputs.slice(1 + carried),
  ]
  const pass = body.inputs[0]!
  const pushed = withInterpreter(count === undefined ? checkedInterpreter : graphInterpreter, () =>
    kept.map((k, i) => {
      const value = body.inputs[1 + k]!
      // The primitive itself: the call would make a number that takes the dtype of what it meets float32.
      const row = currentInterpreter().apply('reshape', [value], { shape: [1, ...value.type.shape] })
      return setSlice(stacks[i]!, row, pass, { inBounds: count !== undefined }) as GraphValue // the graph interpreter's values
    }),
  )
  const stackedBody = copyGraph({ ...body, inputs: put(body), results: [...body.results, ...pushed] })
  noteBody(stackedBody, { stacks: new Map(kept.map((k, i) => [k, carried + i])) })
  const regions = condition ? [stackedBody, copyGraph({ ...condition, inputs: put(condition) })] : [stackedBody]
  const first = firstCarried(control)
  const empty = stacks.map(({ type: { dtype, shape } }) => zeros(shape, dtype))
  return {
    control: { ...control, regions, carried: carried + kept.length },
    operands: [...operands.slice(0, first + carried), ...empty, ...operands.slice(first + carried)],
  }
}

/** What was pushed in pass `index`. */
export function readStack(stack: Value, index: Value): Value {
  const [, ...shape] = stack.type.shape
  return reshape(dynamicSlice(stack, index, [1, ...shape], { inBounds: true }), shape)
}
