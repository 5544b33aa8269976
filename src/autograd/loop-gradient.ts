import { isFloat } from '../base/dtype.ts'
import { graphInterpreter } from '../ir/builder.ts'
import { firstCarried, passNumberType } from '../ir/control.ts'
import { inDependencyOrder, operandsOf, type Graph, type GraphInput, type GraphValue } from '../ir/graph.ts'
import { noteOrder } from '../ir/marks.ts'
import { copyGraph, substitute } from '../ir/substitute.ts'
import { greater, logicalOr, sub } from '../ops/calls/index.ts'
import { withInterpreter, type Value } from '../ops/interpreter.ts'
import { flagValue } from './branch-gradient.ts'
import type { ApplyControl, ControlUse } from './control-use.ts'
import { Given, InputMaker } from './input-maker.ts'
import { LoopCotangents } from './loop-cotangents.ts'
import type { JointContributions, JointCotangents } from './pull-back.ts'
import { residualsOf } from './read-residuals.ts'
import { either, nothing, type Sum, type Touched } from './sum.ts'

/**
 * The gradient of a loop is a loop over its passes in reverse. It carries the cotangents of what the loop carries, and the sums of those of captures;
 * a pass reads what the loop carried when that pass of it began, computes it again and pulls back.
 */
export function pullBackLoop(use: ControlUse, given: JointCotangents, apply: ApplyControl): JointContributions {
  const { control, operands, results, count } = use
  const { carried } = control
  const first = firstCarried(control)
  const captureAt = (i: number): number => first + carried + i
  const body = control.regions[0]!
  const names = new InputMaker(control.regions.flatMap(({ inputs }) => inputs))
  const plan = new LoopCotangents(body, carried, names, {
    touchedAtEnd: (k) => given.cotangents[k]?.touched ?? false,
    needsInitial: (k) => given.needs(first + k) && isFloat(body.results[k]!.type.dtype),
    needsCapture: (i) => given.needs(captureAt(i)),
  })
  const { gradient, cotangents, captures } = plan
  if (cotangents.length === 0 || (captures.length === 0 && !cotangents.some(({ k }) => given.needs(first + k))))
    return { sums: new Map(), added: [] }
  const passes = results[results.length - 1]!

  // What the loop over the passes in reverse carries.
  const loop: { input: GraphInput; initial: Value; next: () => Value }[] = []
  const carry = (input: GraphInput, initial: Value, next: () => Value): number =>
    loop.push({ input, initial, next }) - 1
  const cotangentPlaces = cotangents.map(({ k, input, flag }) => {
    const sum = given.cotangents[k]
    const start = body.inputs[1 + k]!
    return {
      k,
      place: carry(
        input,
        sum?.cotangent ?? nothing(operands[first + k]!),
        () => gradient.of(start)?.cotangent ?? nothing(start),
      ),
      flag:
        flag && carry(flag, flagValue(sum?.touched ?? false), () => flagValue(gradient.of(start)?.touched ?? false)),
    }
  })
  const sumPlaces = captures.map(({ i, input, sum, flag, touched }) => {
    const before = given.sums[captureAt(i)]
    return {
      i,
      place: carry(sum, before?.cotangent ?? nothing(operands[captureAt(i)]!), () => gradient.of(input)!.cotangent),
      flag: flag && carry(flag, flagValue(false), () => logicalOr(flag, flagValue(touched))),
    }
  })

  const next = withInterpreter(graphInterpreter, () => loop.map((each) => each.next() as GraphValue)) // the graph interpreter's values
  const used = usedInputs(next)
  const pass = names.make('pass', passNumberType)
  const outside = new Given(names)
  const total = outside.add('passes', passes)
  const index = withInterpreter(graphInterpreter, () => sub(sub(total, 1), pass) as GraphValue) // as above
  const needed = Array.from({ length: carried }, (_, k) => k).filter((k) => used.has(body.inputs[1 + k]!))
  const residuals = residualsOf(use, needed, outside, apply)
  const captureInputs = body.inputs.slice(1 + carried)
  const values = new Map<GraphInput, GraphValue>([[body.inputs[0]!, index]])
  withInterpreter(graphInterpreter, () => {
    residuals(index, captureInputs).forEach((value, j) => values.set(body.inputs[1 + needed[j]!]!, value as GraphValue)) // as above
  })
  const of = substitute({ inputs: [], results: next, writes: [] }, values)
  // A copy, because some of its values are the body's own, which keep their places in program order.
  const region = copyGraph({
    inputs: [pass, ...loop.map(({ input }) => input), ...captureInputs, ...outside.inputs],
    results: next.map(of),
    writes: [],
  })
  noteOrder(region)
  const after = apply(
    {
      name: 'forLoop',
      regions: [region],
      carried: loop.length,
      counted: true,
      ...(control.source === undefined ? {} : { source: control.source }),
    },
    [passes, ...loop.map(({ initial }) => initial), ...operands.slice(captureAt(0)), ...outside.operands],
  )

  const sums = new Map<number, Sum>()
  for (const { i, place, flag } of sumPlaces) {
    const came: Touched = flag !== undefined ? after[flag]! : count === undefined ? greater(passes, 0) : count > 0
    sums.set(captureAt(i), {
      cotangent: after[place]!,
      touched: either(came, given.sums[captureAt(i)]?.touched ?? false),
    })
  }
  // As if each initial value were a value of its own, made before all others of the loop.
  const added = cotangentPlaces.flatMap(({ k, place, flag }): (readonly [number, Sum])[] =>
    given.needs(first + k)
      ? [[first + k, { cotangent: after[place]!, touched: flag === undefined ? true : after[flag]! }]]
      : [],
  )
  return { sums, added: added.reverse() }
}

function usedInputs(values: readonly GraphValue[]): Set<GraphValue> {
  const used = new Set<GraphValue>(values)
  const graph: Graph = { inputs: [], results: values, writes: [] }
  for (const value of inDependencyOrder(graph)) for (const operand of operandsOf(value)) used.add(operand)
  return used
}
