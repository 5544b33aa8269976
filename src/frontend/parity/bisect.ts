import type { TypedArray } from '../../base/dtype.ts'
import { compileGraph } from '../../compile/compile-graph.ts'
import { FailedOp } from '../../compile/graph-evaluation.ts'
import type { CompileOptions } from '../../compile/options.ts'
import { graphPasses } from '../../compile/pipeline.ts'
import { inDependencyOrder, isNode, type Graph, type GraphNode, type GraphValue } from '../../ir/graph.ts'
import type { PassObserver } from '../../passes/pass.ts'
import { otherDifference } from './difference.ts'
import { firstWrongKernel } from './wrong-kernel.ts'
import { makeFinding, type Finding } from './finding.ts'
import { compiledOutcome, evaluateOutcome, evaluationOf, outcomeDifference, type ParityCase } from './parity-case.ts'
import { reproductionText } from './reproduction.ts'

/** Narrows down where the compiled form of a case parts from its ops one by one: to a pass, or a kernel, and to an op. */
export function bisectCase(parityCase: ParityCase): Finding {
  const { functionName, graph } = parityCase
  const options: CompileOptions = { ...parityCase.options, profile: false }
  const reference = evaluationOf(parityCase)
  let expected
  try {
    expected = evaluateOutcome(graph, reference)
  } catch (error) {
    if (!(error instanceof FailedOp)) throw error
    const { failedSite } = compiledOutcome(parityCase, options)
    if (failedSite !== 0) return makeFinding({ functionName, cause: 'none' })
    const difference = otherDifference('the call', `throws ${error.error.code}`, 'succeeds')
    return makeFinding({ functionName, cause: 'program', difference })
  }
  const differenceWith = (of: ParityCase, changed: Partial<CompileOptions>): ReturnType<typeof outcomeDifference> =>
    outcomeDifference(of, expected, compiledOutcome(of, { ...options, ...changed }))
  const found = differenceWith(parityCase, {})
  if (!found) return makeFinding({ functionName, cause: 'none' })
  const { difference, value } = found

  const goneWith = variationsOf(options).flatMap(([name, changed]) =>
    differenceWith(parityCase, changed) ? [] : [name],
  )
  const wrongPass = firstWrongPass(parityCase, options, expected, value)
  const common = { functionName, difference, goneWith }
  if (wrongPass) {
    const { pass, node } = wrongPass
    const smaller = alone(parityCase, value)
    const shown = bisectsToo(smaller, options) ? smaller : parityCase
    return makeFinding({
      ...common,
      cause: 'pass',
      pass,
      op: node?.op,
      source: node?.source,
      reproduction: reproductionText(shown, difference),
    })
  }
  const wrong = firstWrongKernel(parityCase, options, reference)
  if (wrong) {
    const { cause, kernel, node, part } = wrong
    return makeFinding({
      ...common,
      cause,
      kernel,
      op: node?.op,
      source: node?.source,
      reproduction: reproductionText(part ?? parityCase, difference),
    })
  }
  const cause = (options.threads ?? 1) > 1 && goneWith.includes('one thread') ? 'threads' : 'program'
  return makeFinding({
    ...common,
    cause,
    source: difference.source,
    reproduction: reproductionText(parityCase, difference),
  })
}

/** What to leave out or change, one at a time. */
function variationsOf({
  target,
  threads = 1,
  withoutPasses = [],
}: CompileOptions): [string, Partial<CompileOptions>][] {
  const names = [...new Set([...graphPasses.map((pass) => pass.name), 'fusion', 'updates'])]
  const without = names.filter((name) => !withoutPasses.includes(name))
  return [
    ...without.map((name): [string, Partial<CompileOptions>] => [
      `withoutPasses: ['${name}']`,
      { withoutPasses: [...withoutPasses, name] },
    ]),
    target === 'js' ? ["target: 'wasm'", { target: 'wasm' }] : ["target: 'js'", { target: 'js' }],
    ...(threads > 1 ? ([['one thread', { threads: 1 }]] as [string, Partial<CompileOptions>][]) : []),
  ]
}

/** The first graph pass after which the ops one by one no longer give what they gave before. */
function firstWrongPass(
  parityCase: ParityCase,
  options: CompileOptions,
  expected: ReturnType<typeof evaluateOutcome>,
  value: GraphValue | undefined,
): { pass: string; node: GraphNode | undefined } | undefined {
  const steps: { pass: string; before: Graph; after: Graph }[] = []
  const observe: PassObserver = ({ name }, before, after) => steps.push({ pass: name, before, after })
  compileGraph(parityCase.graph, options, [observe])
  for (const { pass, before, after } of steps) {
    const evaluation = evaluationOf(parityCase)
    const found = outcomeDifference(parityCase, expected, evaluateOutcome(after, evaluation))
    if (!found) continue
    const output = counterpartOf(found.value ?? value, parityCase.graph, after)
    return { pass, node: output && firstNewValue(parityCase, before, after, output) }
  }
  return undefined
}

/** The output of a later graph that stands where `value` stands in the first one. */
function counterpartOf(value: GraphValue | undefined, from: Graph, to: Graph): GraphValue | undefined {
  const result = from.results.indexOf(value!)
  if (result >= 0) return to.results[result]
  const write = from.writes.find((each) => each.value === value)
  return write && to.writes.find(({ state }) => state === write.state)?.value
}

/** The first node that the output needs whose elements are those of no value before the pass. */
function firstNewValue(parityCase: ParityCase, before: Graph, after: Graph, output: GraphValue): GraphNode | undefined {
  const [old, young] = [evaluationOf(parityCase), evaluationOf(parityCase)]
  const keyOf = (elements: TypedArray, { type }: GraphValue): string =>
    `${type.dtype} ${elements.length} ${checksum(elements)}`
  const known = new Set(inDependencyOrder(before).map((value) => keyOf(old.elements(value), value)))
  const needed = inDependencyOrder({ inputs: after.inputs, results: [output], writes: [] }).filter(isNode)
  return needed.find((node) => !known.has(keyOf(young.elements(node), node))) ?? needed.at(-1)
}

function checksum(elements: TypedArray): number {
  const bytes = new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength)
  let sum = 0x811c9dc5
  for (let i = 0; i < bytes.length; i++) sum = Math.imul(sum ^ bytes[i]!, 0x01000193)
  return sum
}

/** The case with the output that differs as its only result. */
function alone(parityCase: ParityCase, value: GraphValue | undefined): ParityCase {
  if (!value) return parityCase
  const graph: Graph = { inputs: parityCase.graph.inputs, results: [value], writes: [] }
  const used = new Set(inDependencyOrder(graph).flatMap((each) => (isNode(each) ? each.operands : [])))
  const inputs = graph.inputs.filter((input) => used.has(input) || value === input)
  return { ...parityCase, graph: { ...graph, inputs }, nameOf: () => 'the result' }
}

function bisectsToo(parityCase: ParityCase, options: CompileOptions): boolean {
  const expected = evaluateOutcome(parityCase.graph, evaluationOf(parityCase))
  return outcomeDifference(parityCase, expected, compiledOutcome(parityCase, options)) !== undefined
}
