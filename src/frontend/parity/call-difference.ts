import type { TypedArray } from '../../base/dtype.ts'
import { controlsOf, isNode, type Graph, type GraphControl, type GraphInput, type GraphValue } from '../../ir/graph.ts'
import { typeText } from '../../ir/text.ts'
import { variableOf } from '../hybridize/bindings.ts'
import type { Recording } from '../hybridize/record-call.ts'
import type { Tensor } from '../tensor.ts'
import { otherDifference, tensorDifference, type Difference } from './difference.ts'
import type { JavaScriptCall } from './observe-javascript.ts'
import { resultDifference, type Found } from './result-difference.ts'

/** What a recorded call leaves: compiled, or carried out op by op. */
export interface RecordedOutcome {
  readonly recording: Recording
  /** The arguments' tensors and numbers. */
  readonly leaves: readonly unknown[]
  /** Of the graph's results. */
  readonly elementsOf: (result: number) => TypedArray
  readonly stateOf: (state: GraphInput) => TypedArray
}

/** What there was before the call. */
export interface Before {
  readonly elements: ReadonlyMap<GraphInput, TypedArray>
  readonly gradients: ReadonlyMap<Tensor, TypedArray | null>
}

/** How what a recorded call leaves differs from what the JavaScript does; what it prints and fields of objects are compared elsewhere. */
export function outcomeDifference(recorded: RecordedOutcome, eager: JavaScriptCall, before: Before): Found | undefined {
  const mayCopy = controlsOf(recorded.recording.graph).length > 0
  return (
    resultDifference({ ...recorded, mayCopy }, eager.result) ??
    gradientDifference(recorded, eager, before) ??
    stateDifference(recorded, eager, before)
  )
}

/** The control ops that a value depends on, the last first. */
export function controlsBehind(graph: Graph, value: GraphValue | undefined): GraphControl[] {
  if (!value) return []
  return controlsOf({ inputs: graph.inputs, results: [value], writes: [] }).reverse()
}

function stateDifference(recorded: RecordedOutcome, eager: JavaScriptCall, before: Before): Found | undefined {
  const { graph, sources } = recorded.recording
  const own = new Set<unknown>()
  for (const { state, value } of graph.writes) {
    const { storage, type } = variableOf(sources, state)
    own.add(storage)
    const expected = eager.written.get(storage) ?? before.elements.get(state)!
    const source = isNode(value) ? value.source : undefined
    const difference = tensorDifference(state.name, source, type, expected, recorded.stateOf(state))
    if (difference) return { difference, value }
  }
  for (const [storage, expected] of eager.written) {
    if (own.has(storage)) continue
    const type = { dtype: storage.dtype, shape: [expected.length] }
    const what = 'a variable that the recorded call does not write'
    const difference = tensorDifference(what, undefined, type, expected, storage.array)
    if (difference) return { difference }
  }
  return undefined
}

/** A leaf's gradient that a recorded call leaves, and the value that it comes from. */
interface LeftGradient {
  readonly elements: TypedArray | null
  readonly value: GraphValue | undefined
}

function gradientDifference(recorded: RecordedOutcome, eager: JavaScriptCall, before: Before): Found | undefined {
  const { recording, leaves, elementsOf } = recorded
  const { gradWrites, argumentGradients, weakResults, graph } = recording
  const left = new Map<Tensor, LeftGradient>()
  let next = weakResults.length
  for (const { variable, isNull } of gradWrites) {
    const position = isNull ? -1 : next++
    left.set(variable, {
      elements: isNull ? null : elementsOf(position),
      value: isNull ? undefined : graph.results[position],
    })
  }
  for (const position of argumentGradients) {
    const argument = leaves[position] as Tensor // only tensors have gradients
    const elements = elementsOf(next)
    const value = graph.results[next++]!
    if (argument.isVariable || !argument.derivation) {
      const earlier = left.get(argument)?.elements ?? before.gradients.get(argument)
      left.set(argument, { elements: earlier ? sumOf(earlier, elements) : elements, value })
      continue
    }
    const expected = eager.argumentGradients.get(position) ?? null
    const found = oneGradientDifference(recording, `the gradient of argument ${position}`, expected, {
      elements,
      value,
    })
    if (found) return found
  }
  for (const leaf of new Set([...left.keys(), ...eager.gradients.keys()])) {
    const earlier = before.gradients.get(leaf) ?? null
    const expected = eager.gradients.has(leaf) ? eager.gradients.get(leaf)! : earlier
    const actual = left.get(leaf) ?? { elements: earlier, value: undefined }
    const found = oneGradientDifference(recording, `the gradient of a ${typeText(leaf.type)}`, expected, actual)
    if (found) return found
  }
  return undefined
}

function oneGradientDifference(
  { graph }: Recording,
  what: string,
  expected: TypedArray | null,
  { elements, value }: LeftGradient,
): Found | undefined {
  if (expected === null && elements === null) return undefined
  if (expected === null || elements === null) {
    // Compiled code has a gradient of all branches: of one that was not taken, zeros.
    const isOfControl = controlsBehind(graph, value).length > 0
    if (isOfControl && elements?.every((element) => element === 0)) return undefined
    const text = (gradient: TypedArray | null): string => (gradient ? 'a tensor' : 'null')
    return { difference: otherDifference(what, text(expected), text(elements)), value }
  }
  const type = value?.type ?? { dtype: 'float32', shape: [expected.length] }
  const difference: Difference | undefined = tensorDifference(
    what,
    value && isNode(value) ? value.source : undefined,
    type,
    expected,
    elements,
  )
  return difference && { difference, value }
}

const sumOf = (a: TypedArray, b: TypedArray): TypedArray => {
  const sum = a.slice()
  for (let i = 0; i < sum.length; i++) sum[i] = a[i]! + b[i]!
  return sum
}

/** How what a compiled call prints differs. */
export function printDifference(
  eager: JavaScriptCall['printed'],
  compiled: JavaScriptCall['printed'],
): Found | undefined {
  for (const [i, print] of eager.entries()) {
    const other = compiled[i]
    if (!other) break
    const as = (label: string | undefined): string => (label === undefined ? 'a value' : label)
    if (print.label !== other.label || typeText(print.type) !== typeText(other.type))
      return { difference: otherDifference('what is printed', as(print.label), as(other.label)) }
    const what = `what is printed${print.label === undefined ? '' : ` as ${print.label}`}`
    const difference = tensorDifference(what, undefined, print.type, print.elements, other.elements)
    if (difference) return { difference }
  }
  if (eager.length === compiled.length) return undefined
  return { difference: otherDifference('how often it prints', eager.length, compiled.length) }
}

/** What every recorded call depends on that it may replace. */
export const beforeOf = (
  { gradWrites, argumentGradients }: Recording,
  leaves: readonly unknown[],
  elements: ReadonlyMap<GraphInput, TypedArray>,
): Before => {
  const variables = [
    ...gradWrites.map(({ variable }) => variable),
    ...argumentGradients.map((position) => leaves[position] as Tensor), // only tensors have gradients
  ]
  return {
    elements,
    gradients: new Map(variables.map((variable) => [variable, variable.peekGrad()?.copyElements() ?? null])),
  }
}
