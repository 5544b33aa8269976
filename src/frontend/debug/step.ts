import type { TypedArray } from '../../base/dtype.ts'
import { checkFailed } from '../../compile/check-failed.ts'
import { compileGraph, type CompiledGraph } from '../../compile/compile-graph.ts'
import { GraphEvaluation } from '../../compile/graph-evaluation.ts'
import { IsolatedProgram, type KernelRun } from '../../compile/isolated-program.ts'
import { isNode, type Graph, type GraphInput, type GraphValue } from '../../ir/graph.ts'
import { replayCall } from '../hybridize/failed-call.ts'
import { inputElements } from '../hybridize/input-elements.ts'
import type { Recording } from '../hybridize/record-call.ts'
import { buildResult } from '../hybridize/results.ts'
import type { Hybridized } from '../hybridize/hybridize.ts'
import { internalsOf, specialisationFor } from '../parity/hybrid-internals.ts'
import { Storage } from '../../runtime/storage.ts'
import { Tensor } from '../tensor.ts'
import { printsAmong, printsInRegions, type Effect } from './effects.ts'
import { printEffect } from './print.ts'
import { showSteps, type ShowOptions } from './show-steps.ts'
import { parameterNames, variableNames } from './variable-names.ts'

/** A value that a kernel has computed. */
export interface StepValue {
  /** The user's name where it is known; otherwise that of the op. */
  readonly name: string
  readonly op: string
  /** `file:line:column` of the call. */
  readonly source: string | undefined
  /** Whether the kernel stores it; others live in registers, and are computed once more to be looked at. */
  readonly isStored: boolean
  readonly value: Tensor
}

/** One kernel of a compiled program that has just run. */
export interface Step {
  /** How many kernels have run before. */
  readonly index: number
  readonly kernel: string
  readonly ops: readonly string[]
  /** Lines that the kernel carries out. */
  readonly sources: readonly string[]
  /** Numbers of the passes of the loops it is in, outermost first. */
  readonly passes: readonly number[]
  /** What it has computed, in order. */
  readonly values: readonly StepValue[]
  /** Line of a `debug.breakpoint` that holds here. */
  readonly breakpoint: string | undefined
  /** The variables that the program writes, as they are now, by the names that `source('ir')` has. */
  state(): Record<string, Tensor>
}

/**
 * Walks through the compiled program of a hybridized function kernel by kernel: iterate over it, or `await …show()` it in a terminal. Works on
 * copies: variables and gradients stay as they are. With a debugger attached it stops after every kernel.
 *
 * @throws FUNCTION_EXPECTED, NOT_COMPILED before a first call with such arguments; INDEX_OUT_OF_RANGE and others while it runs
 * @example for (const { kernel, values } of debug.step(fast, x, y)) console.log(kernel, values)
 */
export function step<F>(fast: Hybridized<F>, ...args: Parameters<Hybridized<F>>): Stepping {
  const { state, original } = internalsOf('debug.step', fast)
  const { specialisation, leaves } = specialisationFor('debug.step', state, args)
  const { recording, template } = specialisation
  const given = leaves.values.slice(0, leaves.length)
  const names = parameterNames(original, template)
  const elements = new Map(
    recording.graph.inputs.map((input) => [input, inputElements(input, recording.sources, given)]),
  )
  return new Stepping(
    recording,
    state.functionName,
    { ...state.options, threads: 1, profile: false },
    given,
    elements,
    names,
  )
}

type Options = Parameters<typeof compileGraph>[1]
type Breakpoint = Extract<Effect, { kind: 'breakpoint' }>

/** A walk through one call. Every iteration begins anew. */
export class Stepping implements Iterable<Step> {
  readonly functionName: string
  /** How many kernels the program has. */
  readonly kernels: number
  /** What the function returns; known when the last kernel has run. */
  result: unknown
  readonly #recording: Recording
  readonly #options: Options
  readonly #leaves: readonly unknown[]
  readonly #elements: ReadonlyMap<GraphInput, TypedArray>
  readonly #compiled: CompiledGraph
  readonly #names: ReadonlyMap<GraphValue, string>
  readonly #breakpoints: readonly Breakpoint[]

  /** @internal */
  constructor(
    recording: Recording,
    functionName: string,
    options: Options,
    leaves: readonly unknown[],
    elements: ReadonlyMap<GraphInput, TypedArray>,
    parameters: readonly string[],
  ) {
    this.functionName = functionName
    this.#recording = recording
    this.#options = options
    this.#leaves = leaves
    this.#elements = elements
    this.#breakpoints = recording.effects.filter((effect) => effect.kind === 'breakpoint')
    const { graph, effects, resultTemplate } = recording
    this.#compiled = compileGraph(withBreakpoints(graph, this.#breakpoints), options)
    this.#names = variableNames(graph, this.#compiled.optimized, parameters, resultTemplate, effects)
    this.kernels = this.#compiled.plan.kernels.length
  }

  *[Symbol.iterator](): Generator<Step> {
    const program = new IsolatedProgram(this.#compiled, this.#elements, this.#options)
    try {
      let index = 0
      for (const run of program.walk()) {
        const step = this.#carryOut(program, run, index++)
        // With a debugger attached, `step` is there to look at.
        // oxlint-disable-next-line no-debugger
        debugger
        yield step
      }
      this.#end(program)
    } finally {
      program.dispose()
    }
  }

  /** Lists the steps; in a terminal, one after the other: n goes on, c goes to the next breakpoint, q ends. */
  show(options: ShowOptions = {}): Promise<void> {
    return showSteps(this, options)
  }

  #carryOut(program: IsolatedProgram, { kernel, passes }: KernelRun, index: number): Step {
    const before = new Map(program.inputsOf(kernel).map((value) => [value, program.elements(value)]))
    const site = program.runKernel(kernel)
    if (site !== 0) throw checkFailed(this.#compiled.plan.checkSites, site, this.functionName)
    const { name, sources } = program.kernels[kernel]!
    const { nodes } = program.group(kernel)
    return {
      index,
      kernel: name,
      ops: nodes.map(({ op }) => op),
      sources,
      passes,
      values: this.#valuesOf(program, kernel, before),
      breakpoint: this.#breakpointAfter(program, kernel, index),
      state: () => this.#stateOf(program),
    }
  }

  #valuesOf(program: IsolatedProgram, kernel: number, before: ReadonlyMap<GraphValue, TypedArray>): StepValue[] {
    const { nodes, outputs } = program.group(kernel)
    const local = new GraphEvaluation((input) => before.get(input)!, before)
    return nodes.map((node): StepValue => {
      const isStored = outputs.includes(node)
      const elements = isStored ? program.elements(node) : local.elements(node).slice()
      const name = this.#names.get(node) ?? node.op
      return { name, op: node.op, source: node.source, isStored, value: tensorOf(node, elements) }
    })
  }

  #stateOf(program: IsolatedProgram): Record<string, Tensor> {
    const written = this.#recording.graph.writes.map(({ state }): [string, Tensor] => [
      state.name,
      tensorOf(state, program.state(state)),
    ])
    return Object.fromEntries(written)
  }

  #breakpointAfter(program: IsolatedProgram, kernel: number, index: number): string | undefined {
    const first = this.#recording.graph.results.length
    const found = this.#breakpoints.find(({ condition }, i) => {
      const value = this.#compiled.optimized.results[first + i]!
      const isHere = isNode(value) ? program.leavesResult(kernel, first + i) : index === 0
      return isHere && (condition === undefined || program.result(first + i).every((element) => element !== 0))
    })
    return found && (found.frames[0]?.location ?? 'a breakpoint')
  }

  #end(program: IsolatedProgram): void {
    const { graph, resultTemplate, effects } = this.#recording
    const tensors = graph.results.map((value, i) => tensorOf(value, program.result(i)))
    this.result = buildResult(resultTemplate, tensors, this.#leaves)
    if (printsInRegions(effects)) return replayCall(this.#recording, this.functionName, this.#leaves)
    const prints = printsAmong(effects)
    prints.forEach((effect, i) => printEffect(effect, tensors[tensors.length - prints.length + i]!.storage.array))
  }
}

/** What breakpoints wait for becomes a result, so that it lies in memory: the condition, or what was computed last. */
const withBreakpoints = (graph: Graph, breakpoints: readonly Breakpoint[]): Graph => ({
  ...graph,
  results: [
    ...graph.results,
    ...breakpoints.map(({ condition, after }) => condition ?? after ?? graph.inputs[0] ?? noValue),
  ],
})

const noValue: GraphValue = { op: 'constant', value: 1, type: { dtype: 'int32', shape: [] } }

const tensorOf = ({ type }: GraphValue, elements: TypedArray): Tensor =>
  new Tensor(type, new Storage(type.dtype, elements))
