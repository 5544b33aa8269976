import type { TypedArray } from '../../base/dtype.ts'
import { compileGraph } from '../../compile/compile-graph.ts'
import { GraphEvaluation } from '../../compile/graph-evaluation.ts'
import { IsolatedProgram } from '../../compile/isolated-program.ts'
import type { CompileOptions } from '../../compile/options.ts'
import { graphPasses } from '../../compile/pipeline.ts'
import {
  inDependencyOrder,
  isConstant,
  isNode,
  type GraphInput,
  type GraphNode,
  type GraphValue,
} from '../../ir/graph.ts'
import { isView } from '../../ir/materialize.ts'
import { firstDifferent } from './difference.ts'
import { compiledOutcome, evaluateOutcome, evaluationOf, outcomeDifference, type ParityCase } from './parity-case.ts'

/** The kernel that gives other bits than its ops, or is given other bytes than the op before it left. */
export interface WrongKernel {
  readonly cause: 'kernel' | 'memory plan'
  readonly kernel: string
  readonly node: GraphNode | undefined
  /** The kernel's ops on what they are given, where that shows the difference too. */
  readonly part: ParityCase | undefined
}

/**
 * Runs the program kernel by kernel, on one thread. What each leaves is compared with its ops one by one on what it read, and what it reads,
 * outside of branches and loops, with what the graph has there.
 */
export function firstWrongKernel(
  parityCase: ParityCase,
  options: CompileOptions,
  evaluation: GraphEvaluation,
): WrongKernel | undefined {
  const oneThread = { ...options, threads: 1 }
  const compiled = compileGraph(parityCase.graph, oneThread)
  const program = new IsolatedProgram(compiled, parityCase.elements, oneThread)
  const isOutside = new Set<GraphValue>([...compiled.optimized.inputs, ...inDependencyOrder(compiled.optimized)])
  try {
    for (const { kernel } of program.walk()) {
      const { name } = program.kernels[kernel]!
      const given = new Map(program.inputsOf(kernel).map((value) => [value, program.elements(value)]))
      for (const [value, elements] of given) {
        const isKnown = isOutside.has(value) && !(value.op === 'input' && value.role === 'state')
        if (isKnown && firstDifferent(evaluation.elements(value), elements) >= 0)
          return { cause: 'memory plan', kernel: name, node: isNode(value) ? value : undefined, part: undefined }
      }
      const site = program.runKernel(kernel)
      const { nodes, outputs } = program.group(kernel)
      const local = new GraphEvaluation((input) => given.get(input)!, given)
      const isWrong = (value: GraphNode): boolean => firstDifferent(local.elements(value), program.elements(value)) >= 0
      const wrong = site === 0 ? outputs.find(isWrong) : outputs[0]
      if (wrong) return { cause: 'kernel', kernel: name, ...firstWrongOp(parityCase, options, nodes, wrong, local) }
    }
  } finally {
    program.dispose()
  }
  return undefined
}

/** The shortest beginning of a kernel's ops that is wrong when it is compiled by itself. */
function firstWrongOp(
  parityCase: ParityCase,
  options: CompileOptions,
  nodes: readonly GraphNode[],
  wrong: GraphNode,
  evaluation: GraphEvaluation,
): Pick<WrongKernel, 'node' | 'part'> {
  const withoutPasses = [...new Set([...(options.withoutPasses ?? []), ...graphPasses.map(({ name }) => name)])]
  const asItIs: CompileOptions = { ...options, withoutPasses }
  for (const node of nodes) {
    const part = partOf(parityCase, nodes, node, evaluation, asItIs)
    const expected = evaluateOutcome(part.graph, evaluationOf(part))
    if (outcomeDifference(part, expected, compiledOutcome(part, asItIs))) return { node, part }
  }
  return { node: wrong, part: undefined }
}

/** A graph of those of `nodes` that `result` needs. What they read from memory becomes arguments, with the views that they have of it. */
function partOf(
  parityCase: ParityCase,
  nodes: readonly GraphNode[],
  result: GraphNode,
  evaluation: GraphEvaluation,
  options: CompileOptions,
): ParityCase {
  const members = new Set<GraphValue>(nodes)
  const copies = new Map<GraphValue, GraphValue>()
  const elements = new Map<GraphInput, TypedArray>()
  const copyOf = (value: GraphValue): GraphValue => {
    const known = copies.get(value)
    if (known) return known
    const copy = isConstant(value)
      ? value
      : isNode(value) && (members.has(value) || isView(value))
        ? { ...value, operands: value.operands.map(copyOf) }
        : given(value)
    copies.set(value, copy)
    return copy
  }
  const given = (value: GraphValue): GraphInput => {
    const input: GraphInput = { op: 'input', role: 'argument', name: `x${elements.size}`, type: value.type }
    elements.set(input, evaluation.elements(value))
    return input
  }
  const results = [copyOf(result)]
  const graph = { inputs: [...elements.keys()], results, writes: [] }
  return { ...parityCase, graph, elements, options, nameOf: () => 'the result' }
}
