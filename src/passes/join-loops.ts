import { sameType } from '../base/shape.ts'
import {
  bodyOf,
  captureInputsOf,
  capturesOf,
  carriedInputsOf,
  carriedOf,
  conditionOf,
  countOf,
  isBranch,
  makeControl,
} from '../ir/control.ts'
import {
  controlsOf,
  inDependencyOrder,
  isConstant,
  isNode,
  type Graph,
  type GraphControl,
  type GraphInput,
  type GraphValue,
} from '../ir/graph.ts'
import { mapGraph, replaceInputs } from '../rewrite/map-graph.ts'
import { commonSubexpressions, constantKey, nodeKey } from './common-subexpressions.ts'
import type { Pass } from './pass.ts'

/**
 * Makes one loop of two that compute the same in part: of a loop, and of the same one run again for its gradient, which keeps what the loop
 * carried.
 *
 * Before: %1, %2 = scan(%n, %z) region(%pass, %h) { %0 = tanh(%h); return %0 }
 *         %3, %4, %5 = scan(%n, %z, %s) region(%pass, %h, %stack) { %0 = tanh(%h); %1 = setSlice(%stack, %h, %pass); return %0, %1 }
 * After:  %1, %2, %3 = scan(%n, %z, %s) region(%pass, %h, %stack) { … as the second }, for both
 *
 * Carried values are the same if they begin with the same value and every pass makes the same of them. Needs common subexpressions found
 * outside of the loops. Leaves loops with a condition or with checks, and those of which one needs what the other gives. Cost: O(n) for each
 * pair of loops with the same number of passes.
 */
export const joinLoops: Pass = {
  name: 'join-loops',
  run(graph) {
    for (let before = graph; ;) {
      const after = joinedOnce(before)
      if (!after) return before
      before = after
    }
  },
}

function joinedOnce(graph: Graph): Graph | undefined {
  const loops = controlsOf(graph).filter(isPlainLoop)
  for (const [position, second] of loops.entries())
    for (const first of loops.slice(0, position)) {
      if (countOf(first) !== countOf(second)) continue
      const same = sameCarried(first, second)
      if (same.size === 0 || dependsOn(second, first) || dependsOn(first, second)) continue
      const { control, places } = joined(first, second, same)
      const passes = control.results.at(-1)!
      return mapGraph(
        graph,
        (value) => value,
        (mapped, original) =>
          original === first
            ? [...control.results.slice(0, first.carried), passes]
            : original === second
              ? [...places.map((k) => control.results[k]!), passes]
              : mapped.results,
      )
    }
  return undefined
}

const isPlainLoop = (control: GraphControl): boolean =>
  !isBranch(control) &&
  countOf(control) !== undefined &&
  conditionOf(control) === undefined &&
  (bodyOf(control).checks ?? []).length === 0 &&
  bodyOf(control).writes.length === 0

/** Whether a control op needs a result of `other`. */
function dependsOn(control: GraphControl, other: GraphControl): boolean {
  const theirs = new Set<GraphValue>(other.results)
  const operands: Graph = { inputs: [], results: control.operands, writes: [] }
  return inDependencyOrder(operands).some((value) => theirs.has(value))
}

/** For carried values of the second loop, those of the first that are the same in every pass. */
function sameCarried(first: GraphControl, second: GraphControl): ReadonlyMap<number, number> {
  const loops = [first, second]
  const idOf = numbering<GraphValue | string>()
  // Those that begin alike are one class, until a pass makes different things of two of them.
  let classes = loops.map((loop) => carriedOf(loop).map((init) => idOf(init)))
  const canBeSame = (): boolean => classes[1]!.some((each) => classes[0]!.includes(each))
  for (let count = 0; canBeSame();) {
    const refined = numbering<string>()
    classes = loops.map((loop, l) => {
      const next = updateIds(loop, classes[l]!, idOf)
      return classes[l]!.map((each, k) => refined(`${each} ${next[k]!}`))
    })
    const found = new Set(classes.flat()).size
    if (found === count) break
    count = found
    classes = classes.map((of) => of.map((each) => idOf(`class ${each}`)))
  }
  return new Map(
    classes[1]!.flatMap((each, k) => (classes[0]!.includes(each) ? [[k, classes[0]!.indexOf(each)] as const] : [])),
  )
}

/** A number for what each carried value becomes in a pass, equal where it is made in the same way of carried values of the same classes. */
function updateIds(
  loop: GraphControl,
  classes: readonly number[],
  idOf: (value: GraphValue | string) => number,
): readonly number[] {
  const body = bodyOf(loop)
  const ids = new Map<GraphValue, number>([[body.inputs[0]!, idOf('pass')]])
  carriedInputsOf(loop, body).forEach((input, k) => ids.set(input, idOf(`carried ${classes[k]!}`)))
  captureInputsOf(loop, body).forEach((input, i) => ids.set(input, idOf(capturesOf(loop)[i]!)))
  const of = (value: GraphValue): number => ids.get(value)!
  for (const value of inDependencyOrder(body))
    // Results of control ops are their own.
    ids.set(value, idOf(isNode(value) ? nodeKey(value, of) : isConstant(value) ? constantKey(value) : value))
  return body.results.map(of)
}

/** Gives equal things equal numbers. */
function numbering<T>(): (thing: T) => number {
  const ids = new Map<T, number>()
  return (thing) => {
    const id = ids.get(thing) ?? ids.size
    ids.set(thing, id)
    return id
  }
}

/** Both loops as one: `places` says where the second one's carried values are. */
function joined(
  first: GraphControl,
  second: GraphControl,
  same: ReadonlyMap<number, number>,
): { control: GraphControl; places: readonly number[] } {
  const [body, other] = [bodyOf(first), bodyOf(second)]
  const taken = new Set(body.inputs.map(({ name }) => name))
  const renamed = (input: GraphInput): GraphInput => {
    let { name } = input
    for (let i = 1; taken.has(name); i++) name = `${input.name}_${i}`
    taken.add(name)
    return { ...input, name }
  }
  const inputs = new Map<GraphInput, GraphValue>([[other.inputs[0]!, body.inputs[0]!]])
  const places: number[] = []
  const carried = [...carriedInputsOf(first, body)]
  const initial = [...carriedOf(first)]
  const own: number[] = []
  carriedInputsOf(second, other).forEach((input, k) => {
    const known = same.get(k)
    places.push(known ?? carried.length)
    if (known === undefined) {
      own.push(k)
      carried.push(renamed(input))
      initial.push(carriedOf(second)[k]!)
    }
    inputs.set(input, carried[places[k]!]!)
  })
  const captures = [...capturesOf(first)]
  const captureInputs = [...captureInputsOf(first, body)]
  captureInputsOf(second, other).forEach((input, i) => {
    const value = capturesOf(second)[i]!
    const known = captures.findIndex((capture, c) => capture === value && sameType(captureInputs[c]!.type, input.type))
    if (known < 0) {
      captures.push(value)
      captureInputs.push(renamed(input))
    }
    inputs.set(input, captureInputs.at(known)!)
  })
  const region = replaceInputs(other, inputs, [])
  const results = [...body.results, ...own.map((k) => region.results[k]!)]
  const whole: Graph = { inputs: [body.inputs[0]!, ...carried, ...captureInputs], results, writes: [] }
  const count = countOf(first)!
  const control = makeControl({
    ...first,
    carried: carried.length,
    operands: [count, ...initial, ...captures],
    regions: [commonSubexpressions.run(whole, { evaluate: () => undefined })],
  })
  return { control, places }
}
