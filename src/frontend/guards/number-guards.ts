import { inDependencyOrder, operandsOf, type Graph, type GraphInput, type GraphValue } from '../../ir/graph.ts'
import type { InputSource, Recorder } from '../recorder.ts'
import type { Tensor } from '../tensor.ts'
import { answerGuard, numberIn, valueGuard } from './guard.ts'

/** The recording holds only for number arguments to which the question has this answer. */
export function guardNumbers<R>(
  recorder: Recorder,
  subject: string,
  weak: readonly Tensor[],
  question: (...numbers: number[]) => R,
  answer: R,
): void {
  if (recorder.isVoid) return
  const values = weak.map((tensor) => recorder.madeValueOf(tensor))
  const positions = values.map((value) => argumentPosition(value, recorder.sources))
  if (positions.every((position) => position !== undefined)) {
    const names = positions.map((position) => `argument ${position}`).join(', ')
    return recorder.require(answerGuard(`${names} ${subject}`, positions, question, answer))
  }
  // The number was computed, and no guard computes it again: each value of what it was computed from has its own recording.
  for (const source of sourcesOf(values, recorder.sources)) {
    if (source.kind === 'free') recorder.require(valueGuard(source.name, source.read, source.read()))
    if (source.kind !== 'argument') continue
    const value = numberIn(recorder.argumentAt(source.position))
    recorder.require(answerGuard(`argument ${source.position} as a number`, [source.position], Number, value))
  }
}

function argumentPosition(value: GraphValue, sources: ReadonlyMap<GraphInput, InputSource>): number | undefined {
  const source = value.op === 'input' ? sources.get(value) : undefined
  return source?.kind === 'argument' ? source.position : undefined
}

/** Where everything comes from that values were computed from. */
export function sourcesOf(
  values: readonly GraphValue[],
  sources: ReadonlyMap<GraphInput, InputSource>,
): Set<InputSource> {
  const found = new Set<InputSource>()
  const stack = [...values]
  const seen = new Set<GraphValue>()
  for (let value = stack.pop(); value; value = stack.pop()) {
    if (seen.has(value)) continue
    seen.add(value)
    const source = value.op === 'input' ? sources.get(value) : undefined
    if (source) found.add(source)
    stack.push(...operandsOf(value))
  }
  return found
}

/** Positions of number arguments that nothing took: no op that was recorded, whether it is in the graph or not. */
export function unusedNumbers(recorder: Recorder, graph: Graph): number[] {
  const used = new Set<GraphValue>([...inDependencyOrder(graph), ...recorder.recordedNodes()].flatMap(operandsOf))
  return [...recorder.sources].flatMap(([input, source]) =>
    source.kind === 'argument' && !source.isTensor && !used.has(input) ? [source.position] : [],
  )
}
