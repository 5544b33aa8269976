import { checkFailed } from '../../compile/check-failed.ts'
import { CompiledProgram } from '../../compile/compiled-program.ts'
import { compileGraphOnce } from '../../compile/graph-cache.ts'
import type { CompileOptions } from '../../compile/options.ts'
import type { TypedArray } from '../../base/dtype.ts'
import { differentiate, type GradientGraph } from '../../autograd/gradient-graph.ts'
import type { GraphInput } from '../../ir/graph.ts'
import { nextInProgram } from '../../ir/marks.ts'
import { changedBeforeBackward } from '../errors.ts'
import type { OpDerivation } from '../../autograd/pull-back.ts'
import type { Tensor } from '../tensor.ts'
import type { InputSource } from '../recorder.ts'
import { bindingsOf, readResult, variableOf, writeLeaf } from './bindings.ts'
import type { Recording } from './record-call.ts'
import { makeRoom } from './residual-room.ts'
import type { Leaves } from './template.ts'

/** What one call's gradient will need: its arguments, and how states looked before it. */
interface CallRecord {
  readonly leaves: readonly (Tensor | number)[]
  readonly versions: readonly number[]
  /** Variables among the arguments that stood for any, and their versions. */
  readonly leafVersions: ReadonlyMap<Tensor, number>
  /** Gradients that the call read. */
  readonly grads: ReadonlyMap<Tensor, Tensor>
  /** Numbers from outside that the call used. */
  readonly free: ReadonlyMap<InputSource, number>
  /** Copies of the states that the call itself replaces (random counters, running statistics). */
  readonly replaced: ReadonlyMap<Tensor, TypedArray>
}

/**
 * The gradient of a compiled call under an enclosing tape: one program per result that computes the call again and goes on to the
 * cotangents, so that the call itself keeps nothing but its arguments. Compiled at the first backward pass.
 */
export class CompiledGradient {
  readonly #recording: Recording
  readonly #functionName: string
  readonly #options: CompileOptions
  readonly #states: readonly GraphInput[]
  /** A call that trains invalidates its own gradient, as in eager mode, so that there is nothing to keep for it. */
  readonly #trains: boolean
  /** Arguments and variables that may want a gradient, and where they come from. */
  readonly #wrt: readonly GraphInput[]
  readonly #wrtSources: readonly InputSource[]
  readonly #programs = new Map<number, { gradient: GradientGraph; program: CompiledProgram }>()

  constructor(recording: Recording, functionName: string, options: CompileOptions) {
    this.#recording = recording
    this.#functionName = functionName
    this.#options = { ...options, profile: false } // a profile is about the calls
    this.#states = recording.graph.inputs.filter((input) => input.role === 'state')
    this.#trains = recording.graph.writes.some(({ state }) => variableOf(recording.sources, state).requiresGrad)
    this.#wrt = differentiableInputs(recording)
    this.#wrtSources = this.#wrt.map((input) => recording.sources.get(input)!)
  }

  beforeRun(leaves: Leaves): CallRecord {
    const called = leaves.values.slice(0, leaves.length)
    if (this.#trains) return { leaves: called, ...nothing }
    const { graph, sources } = this.#recording
    const replaced = new Map<Tensor, TypedArray>()
    for (const { state } of graph.writes) {
      const variable = variableOf(sources, state)
      replaced.set(variable, variable.copyElements())
    }
    const grads = new Map<Tensor, Tensor>()
    const free = new Map<InputSource, number>()
    for (const source of sources.values())
      if (source.kind === 'grad') grads.set(source.variable, source.variable.peekGrad()!)
      else if (source.kind === 'free') free.set(source, source.read())
    const versions = this.#states.map((state) => variableOf(sources, state).storage.version)
    const leafVersions = new Map<Tensor, number>()
    for (const source of sources.values()) {
      const leaf = source.kind === 'argument' ? leaves.values[source.position] : undefined
      if (typeof leaf === 'object' && leaf.isVariable) leafVersions.set(leaf, leaf.storage.version)
    }
    return { leaves: called, versions, leafVersions, grads, free, replaced }
  }

  /** Makes the results of a call differentiable. */
  track(results: readonly Tensor[], call: CallRecord): void {
    const { trackedResults } = this.#recording
    for (let position = 0; position < trackedResults.length; position++)
      if (trackedResults[position]) results[position]!.derivation = this.#derivation(position, call)
  }

  #derivation(position: number, call: CallRecord): OpDerivation<Tensor> {
    const operands = this.#wrtSources.map(
      (source) =>
        source.kind === 'state' ? source.variable : (call.leaves[(source as ArgumentSource).position] as Tensor), // differentiable inputs are no others, and tensors
    )
    return { operands, position: nextInProgram(), vjp: (cotangent) => this.#run(position, call, cotangent as Tensor) } // the tape only holds tensors
  }

  #run(position: number, call: CallRecord, cotangent: Tensor): (Tensor | undefined)[] {
    const { sources } = this.#recording
    this.#states.forEach((state, i) => {
      const variable = variableOf(sources, state)
      if (!call.replaced.has(variable) && variable.storage.version !== call.versions[i])
        throw changedBeforeBackward(this.#functionName)
    })
    for (const [leaf, version] of call.leafVersions)
      if (leaf.storage.version !== version) throw changedBeforeBackward(this.#functionName)
    const { gradient, program } = this.#programFor(position)
    for (const [input, place] of program.inputs) {
      const source = sources.get(input)
      if (input === gradient.cotangent) writeLeaf(place, cotangent)
      else if (source?.kind === 'argument') writeLeaf(place, call.leaves[source.position]!)
      else if (source?.kind === 'free') writeLeaf(place, call.free.get(source)!)
      else if (source?.kind === 'grad') writeLeaf(place, call.grads.get(source.variable)!)
    }
    const site = withOldStates(call.replaced, () => program.run())
    const { checkSites } = program.compiled.plan
    if (site !== 0 && makeRoom(checkSites, site)) {
      this.#programs.delete(position)
      return this.#run(position, call, cotangent)
    }
    if (site !== 0) throw checkFailed(checkSites, site, this.#functionName)
    return gradient.resultOf.map((result) => (result === undefined ? undefined : readResult(program.results[result]!)))
  }

  #programFor(position: number): { gradient: GradientGraph; program: CompiledProgram } {
    const known = this.#programs.get(position)
    if (known) return known
    const { graph, sources, untracked } = this.#recording
    const gradient = differentiate(graph, position, this.#wrt, untracked)
    const made = {
      gradient,
      program: new CompiledProgram(
        compileGraphOnce(gradient.graph, this.#options).compiled,
        bindingsOf(sources),
        this.#options,
      ),
    }
    this.#programs.set(position, made)
    return made
  }
}

type ArgumentSource = InputSource & { readonly kind: 'argument' }

/** Of a call that trains: whatever it kept, its gradient would be an error. */
const nothing: Omit<CallRecord, 'leaves'> = {
  versions: [],
  leafVersions: new Map(),
  grads: new Map(),
  free: new Map(),
  replaced: new Map(),
}

function differentiableInputs({ graph, sources }: Recording): GraphInput[] {
  return graph.inputs.filter((input) => {
    const source = sources.get(input)!
    if (source.kind === 'state') return source.variable.requiresGrad
    return (
      source.kind === 'argument' &&
      source.isTensor &&
      (input.type.dtype === 'float32' || input.type.dtype === 'float64')
    )
  })
}

/** Runs with the states as they were before the call; the gradient program writes none. */
function withOldStates<R>(old: ReadonlyMap<Tensor, TypedArray>, run: () => R): R {
  const now = [...old.keys()].map((variable) => variable.copyElements())
  for (const [variable, elements] of old) variable.storage.array.set(elements)
  try {
    return run()
  } finally {
    ;[...old.keys()].forEach((variable, i) => variable.storage.array.set(now[i]!))
  }
}
