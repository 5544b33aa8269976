import type { TypedArray } from '../base/dtype.ts'
import { userLocation } from '../base/errors.ts'
import type { Graph, GraphInput, GraphNode, GraphValue } from '../ir/graph.ts'
import { recordOf } from '../ops/registry.ts'
import type { Attrs, OpName } from '../ops/table.ts'
import { freshArray } from '../runtime/fresh-array.ts'
import type { Storage } from '../runtime/storage.ts'
import { context } from './context.ts'
import { CallEffects, noteFrames, printsAmong } from './debug/effects.ts'
import { captureTracked, hostReadInFullGraph } from './errors.ts'
import { RecordedState } from './recorded-state.ts'
import { guardOf, type Guard } from './guards/guard.ts'
import { sourcesOf } from './guards/number-guards.ts'
import type { GradWrite, HostRead, InputSource } from './recorded-parts.ts'
import type { LazyCall } from './segments/lazy-call.ts'
import type { Tensor, TraceOrigin } from './tensor.ts'

export type { GradWrite, HostRead, InputSource } from './recorded-parts.ts'

/** Ends a recording in which a variable stood for any. Nobody sees it: the call is recorded again. */
export class VariableNeeded extends Error {}

/** Collects what a hybridized function does during its first call. */
export class Recorder extends RecordedState {
  override readonly functionName: string
  readonly inputs: GraphInput[] = []
  readonly sources = new Map<GraphInput, InputSource>()
  /** Gradients that had to be null, or had to be there, for this recording to be right. */
  readonly gradsAtEntry = new Map<Tensor, boolean>()
  /** What else must hold for the recording to be right: of later arguments, or of objects the function read. */
  readonly guards: Guard[] = []
  firstHostRead: HostRead | undefined
  readonly effects = new CallEffects()
  readonly #stateInputs = new Map<Storage, GraphInput>()
  readonly #undo = new Map<Tensor, TypedArray>()
  /** Stand-ins of arguments, by position, and the positions by stand-in. */
  readonly #arguments = new Map<number, Tensor>()
  readonly #positions = new Map<Tensor, number>()
  /** Stand-ins of variables of which the values alone may be used. */
  readonly #leaves = new Set<Tensor>()
  /** Set when more of one was used: the recording is none, and the program has to be bound to the variable. */
  needsVariable = false
  /** Variables whose gradients the function used after a backward pass had come to an argument: what the caller's tape adds would come too late. */
  readonly lateGradients = new Set<Tensor>()
  readonly #gradStandIns = new Map<Tensor, Tensor>()
  readonly #origins: { tensor: Tensor; origin: TraceOrigin }[] = []

  readonly #fullGraph: boolean
  /** What goes on with the call after its first host read, when there is nothing to record any more; without it the call is recorded to its end. */
  readonly #lazyCall: LazyCall | undefined

  constructor(functionName: string, fullGraph: boolean, lazyCall?: LazyCall) {
    super()
    this.functionName = functionName
    this.#fullGraph = fullGraph
    this.#lazyCall = lazyCall
  }

  /** Whether the function has read an element: the recording is for nothing. */
  get isVoid(): boolean {
    return this.firstHostRead !== undefined && this.#lazyCall !== undefined
  }

  /** An argument of the traced call; `isLeaf` if it stands for any variable. */
  argument(tensor: Tensor, position: number, isLeaf = false): void {
    if (isLeaf) this.#leaves.add(tensor)
    this.values.set(
      tensor,
      this.#input('argument', `arg${position}`, tensor, { kind: 'argument', position, isTensor: !tensor.weak }),
    )
    this.#arguments.set(position, tensor)
    this.#positions.set(tensor, position)
    this.madeHere(tensor, undefined, true)
  }

  /** A number from outside the function that is an input. */
  freeNumber(tensor: Tensor, name: string, read: () => number): void {
    this.values.set(tensor, this.#input('argument', `free${this.inputs.length}`, tensor, { kind: 'free', name, read }))
    this.madeHere(tensor, undefined, false)
  }

  /** A variable made during the call: a place for the value it was made from. `copyOf` gives that value as it is now. */
  makeVariable(variable: Tensor, copyOf: () => Tensor): void {
    if (this.isVoid) return
    const value = this.valueOf(variable)
    // A tensor made of host data shares the variable's memory, which is about to change.
    if (value.op === 'input' && this.sources.get(value)?.kind === 'capture')
      this.sources.set(value, { kind: 'capture', tensor: copyOf() })
    this.stateValues.set(variable.storage, value)
    this.locals.add(variable.storage)
    this.madeHere(variable, userLocation(), false)
  }

  /** Whether a variable was made during the call. */
  get madeVariables(): boolean {
    return this.locals.size > 0
  }

  isLocal(variable: Tensor): boolean {
    return this.locals.has(variable.storage)
  }

  constant(tensor: Tensor, value: number): void {
    this.values.set(tensor, { op: 'constant', value, type: tensor.type })
  }

  record(op: OpName, operands: readonly Tensor[], attrs: Attrs, result: Tensor): void {
    if (this.isVoid) return
    const { checks } = recordOf(op)
    const frames = checks ? this.effects.frames() : []
    const source = checks ? frames[0]?.location : userLocation()
    const node: GraphNode = {
      op,
      operands: operands.map((operand) => this.valueOf(operand)),
      attrs,
      type: result.type,
      ...(source === undefined ? {} : { source }),
    }
    this.values.set(result, this.note(node, result))
    this.effects.latest = node
    if (checks) {
      noteFrames(node, frames)
      this.scope.checks.push(node)
      this.scope.effects.push({ kind: 'check', value: node })
    }
    this.madeHere(result, source, false)
    if (result.derivation) this.noteGradientReads(operands)
    if (recordOf(op).kind === 'view') showAlike(result, operands[0]!)
  }

  /** `alias` is the same value as `tensor`, under another identity: a node of its own where gradients end, which no kernel computes. */
  alias(alias: Tensor, tensor: Tensor): void {
    if (this.isVoid) return
    // One from outside is a capture like any other once it is used, without the history that this one left behind.
    if (!tensor.isVariable && !this.values.has(tensor)) return
    const value = this.valueOf(tensor)
    const node: GraphNode | undefined = tensor.requiresGrad
      ? { op: 'reshape', operands: [value], attrs: { shape: tensor.shape }, type: tensor.type }
      : undefined
    if (node) this.note(node, alias)
    this.values.set(alias, node ?? value)
    if (!tensor.origin) return
    this.madeHere(alias, tensor.origin.source, tensor.origin.isArgument)
    showAlike(alias, tensor)
  }

  /** The variable's elements are to be replaced. */
  write(variable: Tensor, value: Tensor): void {
    if (this.isVoid) return
    const graphValue = this.valueOf(value)
    if (!this.isLocal(variable)) this.#stateInput(variable)
    if (!context.deferral?.isOpen) this.keep(variable)
    const { versions } = this.scope
    if (!versions.has(variable.storage)) versions.set(variable.storage, variable.storage.version)
    this.assigned.set(variable.storage, { variable, tensor: value })
    this.stateValues.set(variable.storage, graphValue)
    if (value.requiresGrad) this.cutOff.add(variable.storage)
    else this.cutOff.delete(variable.storage)
  }

  /** Whether a tensor was there before the call, for all that the recording knows. */
  isFromOutside(tensor: Tensor): boolean {
    const value = this.values.get(tensor)
    if (!value) return true
    const source = value.op === 'input' ? this.sources.get(value) : undefined
    return source?.kind === 'capture' && source.tensor === tensor
  }

  /** The variable from outside whose elements a view shows. */
  variableShownBy(view: Tensor): Tensor | undefined {
    const state = this.#stateInputs.get(view.storage)
    const source = state && this.sources.get(state)
    return source?.kind === 'state' ? source.variable : undefined
  }

  /** Called before the variable's elements change. */
  keep(variable: Tensor): void {
    if (!this.#undo.has(variable)) this.#undo.set(variable, freshArray(variable.storage.array))
  }

  /** What the function sees as the gradient of a leaf: at entry a stand-in, since two leaves may hold one tensor. */
  readGrad(variable: Tensor, current: Tensor | null): Tensor | null {
    this.#requireVariable(variable)
    this.#noteLate(variable)
    if (this.gradWrites.has(variable) || this.isLocal(variable)) return current
    const known = this.#gradStandIns.get(variable)
    if (known) return known
    if (this.isVoid) return current
    this.gradsAtEntry.set(variable, current !== null)
    if (!current) return null
    const standIn = current.standIn()
    this.#gradStandIns.set(variable, standIn)
    this.values.set(
      standIn,
      this.#input('argument', `grad${this.gradsAtEntry.size - 1}`, current, { kind: 'grad', variable }),
    )
    this.madeHere(standIn, userLocation(), false)
    return standIn
  }

  writeGrad(variable: Tensor, value: Tensor | null, before: Tensor | null): void {
    this.#requireVariable(variable)
    this.#noteLate(variable)
    if (!this.gradWrites.has(variable)) this.gradsBefore.set(variable, before)
    this.gradWrites.set(variable, value)
  }

  /** Whether a backward pass inside the call stops here: what an argument was made from is the caller's, and differs from call to call. */
  isArgument(tensor: Tensor): boolean {
    return this.#positions.has(tensor)
  }

  /** Positions of arguments that backward passes came to. */
  reachedArguments(): Iterable<number> {
    return this.argumentGradients.keys()
  }

  argumentGradient(standIn: Tensor): Tensor | undefined {
    return this.argumentGradients.get(this.#positions.get(standIn)!)
  }

  setArgumentGradient(standIn: Tensor, gradient: Tensor): void {
    this.#requireVariable(standIn)
    this.argumentGradients.set(this.#positions.get(standIn)!, gradient)
  }

  #noteLate(variable: Tensor): void {
    if (this.argumentGradients.size > 0 && !context.isPullingBack) this.lateGradients.add(variable)
  }

  #requireVariable(tensor: Tensor): void {
    if (!this.#leaves.has(tensor)) return
    this.needsVariable = true
    throw new VariableNeeded()
  }

  /** The stand-in of an argument. */
  argumentAt(position: number): Tensor {
    return this.#arguments.get(position)!
  }

  /** All nodes, in the order of their calls. */
  recordedNodes(): GraphNode[] {
    return this.scope.made.map(({ value }) => value)
  }

  /** A tensor made of constants alone is good in later calls too: a mask that a function makes once and keeps. */
  keepConstant(tensor: Tensor): void {
    if (!tensor.origin || tensor.requiresGrad || !this.values.has(tensor) || this.scope.parent) return
    if ([...sourcesOf([this.valueOf(tensor)], this.sources)].some(({ kind }) => kind !== 'capture')) return
    context.deferral?.computeNow([tensor])
    tensor.origin = undefined
  }

  /** Remembers that a tensor lives in the call only. */
  protected madeHere(tensor: Tensor, source: string | undefined, isArgument: boolean): void {
    const origin: TraceOrigin = { functionName: this.functionName, source, isArgument, isClosed: false }
    tensor.origin = origin
    this.#origins.push({ tensor, origin })
  }

  /** Adds a condition; one of the same description and subject is there already. */
  guard(description: string, holds: Guard['holds'], subject?: unknown, failure?: Guard['failure']): void {
    this.require(guardOf(description, holds, subject, failure))
  }

  require(guard: Guard): void {
    const isKnown = (other: Guard): boolean =>
      other.description === guard.description && other.subject === guard.subject
    if (!this.guards.some(isKnown)) this.guards.push(guard)
  }

  hostRead(what: string): void {
    this.requireOutside(what)
    if (!this.firstHostRead) {
      this.firstHostRead = { what, source: userLocation() }
      this.#lazyCall?.noteFirstRead(this.firstHostRead)
    }
    if (this.#fullGraph) throw hostReadInFullGraph(this.functionName, what)
    context.deferral?.flush()
    this.goOn()
  }

  /** From the first host read on, ops are carried out in segments, in every context of the call. */
  goOn(): LazyCall | undefined {
    if (!this.isVoid) return undefined
    context.lazyCall = this.#lazyCall
    return this.#lazyCall
  }

  /** Runs an op that can fail. A function that catches the failure takes a way that depends on values, as after a host read. */
  checked<R>(op: OpName, run: () => R): R {
    try {
      return run()
    } catch (error) {
      this.firstHostRead ??= { what: `an error of ${op} that it catches`, source: userLocation() }
      throw error
    }
  }

  /** The graph value of a tensor; one from outside becomes an input. */
  valueOf(tensor: Tensor): GraphValue {
    if (tensor.isVariable) return this.localOf(this.stateValue(tensor), tensor)
    const known = this.values.get(tensor)
    if (known) return this.localOf(known, tensor)
    if (tensor.derivation && context.gradEnabled) throw captureTracked(this.functionName)
    const capture = this.#input('capture', `capture${this.inputs.length}`, tensor, { kind: 'capture', tensor })
    this.values.set(tensor, capture)
    return this.localOf(capture, tensor)
  }

  /** The graph of what was recorded; its results are `results`, then the gradients left on leaves, then those of arguments: together `leftBehind`; then what is printed. */
  finish(results: readonly Tensor[]): {
    graph: Graph
    gradWrites: GradWrite[]
    argumentGradients: ReadonlyMap<number, Tensor>
    leftBehind: Tensor[]
  } {
    const left = [...this.gradWrites].filter(([variable]) => !this.isLocal(variable))
    const leftBehind = [...left.flatMap(([, value]) => (value ? [value] : [])), ...this.argumentGradients.values()]
    const gradWrites = left.map(([variable, value]) => ({ variable, isNull: value === null }))
    const writes = [...this.stateValues].flatMap(([storage, value]) => {
      const state = this.#stateInputs.get(storage)
      return !state || value === state ? [] : [{ state, value }]
    })
    for (const tensor of results) this.requireUnchanged(tensor)
    const { checks } = this.scope
    const graph = {
      inputs: this.inputs,
      results: [
        ...[...results, ...leftBehind].map((tensor) => this.valueOf(tensor)),
        ...printsAmong(this.scope.effects).map(({ value }) => value),
      ],
      writes,
      ...(checks.length > 0 ? { checks } : {}),
    }
    return { graph, gradWrites, argumentGradients: this.argumentGradients, leftBehind }
  }

  /** Nodes that no gradient flows through, though what they were made from may want one: detached, or made under noGrad. */
  untracked(): Set<GraphValue> {
    return new Set(this.scope.made.flatMap(({ value, tensor }) => (tensor.derivation ? [] : [value])))
  }

  /** Marks everything made during the call as gone, but for what it returns or leaves behind. */
  close(kept: Iterable<Tensor>): void {
    const keptTensors = new Set(kept)
    for (const { tensor, origin } of this.#origins) {
      if (keptTensors.has(tensor)) tensor.origin = undefined
      else origin.isClosed = true
    }
  }

  /** Carries gradients of arguments on to what the caller made them from. */
  flowOn(originals: readonly (Tensor | number)[]): void {
    for (const [position, gradient] of this.argumentGradients) (originals[position] as Tensor).backward(gradient) // only tensors have gradients
  }

  /** Puts variables and gradients back as they were when the call began. */
  rollBack(): void {
    for (const [variable, elements] of this.#undo) {
      variable.storage.array.set(elements)
      variable.storage.version++
    }
    for (const [variable, before] of this.gradsBefore) variable.pokeGrad(before)
  }

  /** What a variable holds. It has no history: gradients end at a node of its own, which no kernel computes. */
  protected stateValue(variable: Tensor): GraphValue {
    const { storage, type } = variable
    const written = this.stateValues.get(storage)
    if (!written) return this.#stateInput(variable)
    if (!this.cutOff.delete(storage)) return written
    const node: GraphNode = { op: 'reshape', operands: [written], attrs: { shape: type.shape }, type }
    this.stateValues.set(storage, this.note(node, variable))
    return node
  }

  #stateInput(variable: Tensor): GraphInput {
    const known = this.#stateInputs.get(variable.storage)
    if (known) return known
    const input = this.#input('state', `state${this.#stateInputs.size}`, variable, { kind: 'state', variable })
    this.#stateInputs.set(variable.storage, input)
    return input
  }

  #input(role: GraphInput['role'], name: string, tensor: Tensor, source: InputSource): GraphInput {
    const input: GraphInput = { op: 'input', role, name, type: tensor.type }
    this.inputs.push(input)
    this.sources.set(input, source)
    return input
  }
}

/** A view of what may be a variable may be a view of it. */
function showAlike(view: Tensor, tensor: Tensor): void {
  const shows = tensor.origin?.shows
  if (shows && view.origin) view.origin.shows = shows
}
