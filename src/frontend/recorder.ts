import type { TypedArray } from '../base/dtype.ts'
import { userLocation } from '../base/errors.ts'
import type { Graph, GraphInput, GraphNode, GraphValue } from '../ir/graph.ts'
import { noteMade } from '../ir/marks.ts'
import { recordOf } from '../ops/registry.ts'
import type { Attrs, OpName } from '../ops/table.ts'
import { freshArray } from '../runtime/fresh-array.ts'
import type { Storage } from '../runtime/storage.ts'
import { context } from './context.ts'
import { Effects } from './debug/effects.ts'
import { captureTracked, hostReadInFullGraph } from './errors.ts'
import { hostReadInRegion, regionTensorEscaped } from './control/errors.ts'
import { refill, type RegionEffects, type SavedEffects, type StateEffect } from './control/region-effects.ts'
import { Scope } from './scope.ts'
import { guardOf, type Guard } from './guards/guard.ts'
import { sourcesOf } from './guards/number-guards.ts'
import type { GradWrite, HostRead, InputSource } from './recorded-parts.ts'
import type { LazyCall } from './segments/lazy-call.ts'
import type { Tensor, TraceOrigin } from './tensor.ts'

export type { GradWrite, HostRead, InputSource } from './recorded-parts.ts'

/** Ends a recording in which a variable stood for any. Nobody sees it: the call is recorded again. */
export class VariableNeeded extends Error {}

/** Collects what a hybridized function does during its first call. */
export class Recorder {
  readonly functionName: string
  readonly inputs: GraphInput[] = []
  readonly sources = new Map<GraphInput, InputSource>()
  /** Gradients that had to be null, or had to be there, for this recording to be right. */
  readonly gradsAtEntry = new Map<Tensor, boolean>()
  /** What else must hold for the recording to be right: of later arguments, or of objects the function read. */
  readonly guards: Guard[] = []
  firstHostRead: HostRead | undefined
  readonly effects = new Effects()
  readonly #values = new Map<Tensor, GraphValue>()
  readonly #stateInputs = new Map<Storage, GraphInput>()
  readonly #stateValues = new Map<Storage, GraphValue>()
  readonly #assigned = new Map<Storage, { readonly variable: Tensor; readonly tensor: Tensor }>()
  /** States whose new value a gradient would flow through, if it were no state. */
  readonly #cutOff = new Set<Storage>()
  readonly #gradWrites = new Map<Tensor, Tensor | null>()
  readonly #gradsBefore = new Map<Tensor, Tensor | null>()
  readonly #undo = new Map<Tensor, TypedArray>()
  /** Stand-ins of arguments, by position, and the positions by stand-in. */
  readonly #arguments = new Map<number, Tensor>()
  readonly #positions = new Map<Tensor, number>()
  /** Cotangents that backward passes inside the call brought to arguments; the caller's own tape goes on from them. */
  readonly #argumentGradients = new Map<number, Tensor>()
  /** Storage of variables made during the call: each call has its own. */
  readonly #locals = new Set<Storage>()
  /** Stand-ins of variables of which the values alone may be used. */
  readonly #leaves = new Set<Tensor>()
  /** Set when more of one was used: the recording is none, and the program has to be bound to the variable. */
  needsVariable = false
  readonly #gradStandIns = new Map<Tensor, Tensor>()
  readonly #origins: { tensor: Tensor; origin: TraceOrigin }[] = []
  /** The call, or the region that is being traced. */
  #scope = new Scope()
  /** Which region a value belongs to; those of the call are not listed. */
  readonly #owners = new Map<GraphValue, Scope>()

  readonly #fullGraph: boolean
  /** What goes on with the call after its first host read, when there is nothing to record any more; without it the call is recorded to its end. */
  readonly #lazyCall: LazyCall | undefined

  constructor(functionName: string, fullGraph: boolean, lazyCall?: LazyCall) {
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
    this.#values.set(
      tensor,
      this.#input('argument', `arg${position}`, tensor, { kind: 'argument', position, isTensor: !tensor.weak }),
    )
    this.#arguments.set(position, tensor)
    this.#positions.set(tensor, position)
    this.#madeHere(tensor, undefined, true)
  }

  /** A number from outside the function that is an input. */
  freeNumber(tensor: Tensor, name: string, read: () => number): void {
    this.#values.set(tensor, this.#input('argument', `free${this.inputs.length}`, tensor, { kind: 'free', name, read }))
    this.#madeHere(tensor, undefined, false)
  }

  /** A variable made during the call: a place for the value it was made from. `copyOf` gives that value as it is now. */
  makeVariable(variable: Tensor, copyOf: () => Tensor): void {
    if (this.isVoid) return
    const value = this.valueOf(variable)
    // A tensor made of host data shares the variable's memory, which is about to change.
    if (value.op === 'input' && this.sources.get(value)?.kind === 'capture')
      this.sources.set(value, { kind: 'capture', tensor: copyOf() })
    this.#stateValues.set(variable.storage, value)
    this.#locals.add(variable.storage)
    this.#madeHere(variable, userLocation(), false)
  }

  /** Whether a variable was made during the call. */
  get madeVariables(): boolean {
    return this.#locals.size > 0
  }

  isLocal(variable: Tensor): boolean {
    return this.#locals.has(variable.storage)
  }

  constant(tensor: Tensor, value: number): void {
    this.#values.set(tensor, { op: 'constant', value, type: tensor.type })
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
    this.#values.set(result, this.#note(node, result))
    this.effects.latest = node
    if (checks) {
      this.#scope.checks.push(node)
      this.effects.list.push({ kind: 'check', value: node, frames })
    }
    this.#madeHere(result, source, false)
  }

  /** `alias` is the same value as `tensor`, under another identity: a node of its own where gradients end, which no kernel computes. */
  alias(alias: Tensor, tensor: Tensor): void {
    if (this.isVoid) return
    // One from outside is a capture like any other once it is used, without the history that this one left behind.
    if (!tensor.isVariable && !this.#values.has(tensor)) return
    const value = this.valueOf(tensor)
    const node: GraphNode | undefined = tensor.requiresGrad
      ? { op: 'reshape', operands: [value], attrs: { shape: tensor.shape }, type: tensor.type }
      : undefined
    if (node) this.#note(node, alias)
    this.#values.set(alias, node ?? value)
    if (tensor.origin) this.#madeHere(alias, tensor.origin.source, tensor.origin.isArgument)
  }

  /** The variable's elements are to be replaced. */
  write(variable: Tensor, value: Tensor): void {
    if (this.isVoid) return
    const graphValue = this.valueOf(value)
    if (!this.isLocal(variable)) this.#stateInput(variable)
    if (!context.deferral?.isOpen) this.keep(variable)
    const { versions } = this.#scope
    if (!versions.has(variable.storage)) versions.set(variable.storage, variable.storage.version)
    this.#assigned.set(variable.storage, { variable, tensor: value })
    this.#stateValues.set(variable.storage, graphValue)
    if (value.requiresGrad) this.#cutOff.add(variable.storage)
    else this.#cutOff.delete(variable.storage)
  }

  /** Whether a tensor was there before the call, for all that the recording knows. */
  isFromOutside(tensor: Tensor): boolean {
    const value = this.#values.get(tensor)
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
    if (this.#gradWrites.has(variable) || this.isLocal(variable)) return current
    const known = this.#gradStandIns.get(variable)
    if (known) return known
    if (this.isVoid) return current
    this.gradsAtEntry.set(variable, current !== null)
    if (!current) return null
    const standIn = current.standIn()
    this.#gradStandIns.set(variable, standIn)
    this.#values.set(
      standIn,
      this.#input('argument', `grad${this.gradsAtEntry.size - 1}`, current, { kind: 'grad', variable }),
    )
    this.#madeHere(standIn, userLocation(), false)
    return standIn
  }

  writeGrad(variable: Tensor, value: Tensor | null, before: Tensor | null): void {
    this.#requireVariable(variable)
    if (!this.#gradWrites.has(variable)) this.#gradsBefore.set(variable, before)
    this.#gradWrites.set(variable, value)
  }

  /** Whether a backward pass inside the call stops here: what an argument was made from is the caller's, and differs from call to call. */
  isArgument(tensor: Tensor): boolean {
    return this.#positions.has(tensor)
  }

  argumentGradient(standIn: Tensor): Tensor | undefined {
    return this.#argumentGradients.get(this.#positions.get(standIn)!)
  }

  setArgumentGradient(standIn: Tensor, gradient: Tensor): void {
    this.#requireVariable(standIn)
    this.#argumentGradients.set(this.#positions.get(standIn)!, gradient)
  }

  #requireVariable(tensor: Tensor): void {
    if (!this.#leaves.has(tensor)) return
    this.needsVariable = true
    throw new VariableNeeded()
  }

  /** All nodes, in the order of their calls. */
  recordedNodes(): GraphNode[] {
    return this.#scope.made.map(({ value }) => value)
  }

  /** A tensor made of constants alone is good in later calls too: a mask that a function makes once and keeps. */
  keepConstant(tensor: Tensor): void {
    if (this.#scope.parent || !tensor.origin || tensor.requiresGrad || !this.#values.has(tensor)) return
    if ([...sourcesOf([this.valueOf(tensor)], this.sources)].some(({ kind }) => kind !== 'capture')) return
    context.deferral?.computeNow([tensor])
    tensor.origin = undefined
  }

  /** Remembers that a tensor lives in the call only. */
  #madeHere(tensor: Tensor, source: string | undefined, isArgument: boolean): void {
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
    if (this.#scope.what !== undefined) throw hostReadInRegion(this.functionName, this.#scope.what, what)
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
    if (tensor.isVariable) return this.localOf(this.#stateValue(tensor), tensor)
    const known = this.#values.get(tensor)
    if (known) return this.localOf(known, tensor)
    if (tensor.derivation && context.gradEnabled) throw captureTracked(this.functionName)
    const capture = this.#input('capture', `capture${this.inputs.length}`, tensor, { kind: 'capture', tensor })
    this.#values.set(tensor, capture)
    return this.localOf(capture, tensor)
  }

  /** The value as the scope being recorded sees it: one from outside of a region is an input of it. `tensor` is what shows it. */
  localOf(value: GraphValue, tensor: Tensor): GraphValue {
    if (value.op === 'constant') return value
    const owner = this.#owners.get(value)
    if (owner?.isClosed) throw regionTensorEscaped(this.functionName, owner.what!) // only regions own values
    const scope = this.#scope
    return owner === scope || (!owner && !scope.parent) ? value : scope.capture(value, tensor)
  }

  #note(node: GraphNode, tensor: Tensor): GraphNode {
    this.#scope.made.push({ value: noteMade(node), tensor })
    if (this.#scope.parent) this.#owners.set(node, this.#scope)
    return node
  }

  /** Records what `body` does as part of a region. */
  within<R>(scope: Scope, body: () => R): R {
    const outer = this.#scope
    this.#scope = scope
    try {
      return body()
    } finally {
      this.#scope = outer
    }
  }

  /** Inside a region, the variable has this value to begin with. */
  enterState(variable: Tensor, tensor: Tensor): void {
    this.#assigned.set(variable.storage, { variable, tensor })
    this.#stateValues.set(variable.storage, this.valueOf(tensor))
  }

  /** The call, or the region that is being traced. */
  get scope(): Scope {
    return this.#scope
  }

  /** A value that the scope being recorded was given, and the tensor that stands for it. */
  bind(tensor: Tensor, value: GraphValue, source: string | undefined): void {
    if (this.#scope.parent) this.#owners.set(value, this.#scope)
    this.#values.set(tensor, value)
    this.#madeHere(tensor, source, false)
  }

  /** What has been assigned and left on leaves so far. */
  saveEffects(): SavedEffects {
    for (const storage of this.#cutOff) this.#stateValue(this.#assigned.get(storage)!.variable) // all states have been assigned
    return {
      states: new Map(this.#stateValues),
      gradients: new Map(this.#gradWrites),
      argumentGradients: new Map(this.#argumentGradients),
    }
  }

  /** Puts everything back as it was saved, and tells what the region has changed. */
  takeEffects(saved: SavedEffects, { versions }: Scope): RegionEffects {
    const states = new Map<Tensor, StateEffect>()
    for (const [storage, value] of this.#stateValues) {
      const isOwn = this.#locals.has(storage) && !saved.states.has(storage)
      if (saved.states.get(storage) === value || isOwn) continue
      const { variable, tensor } = this.#assigned.get(storage)!
      states.set(variable, { value, tensor })
    }
    const gradients = new Map([...this.#gradWrites].filter(([leaf, value]) => saved.gradients.get(leaf) !== value))
    const isNew = ([position, value]: [number, Tensor]): boolean => saved.argumentGradients.get(position) !== value
    const argumentGradients = new Map([...this.#argumentGradients].filter(isNew))
    for (const leaf of gradients.keys()) {
      leaf.pokeGrad(saved.gradients.has(leaf) ? saved.gradients.get(leaf)! : this.#gradsBefore.get(leaf)!) // set with the first write
      if (!saved.gradients.has(leaf)) this.#gradsBefore.delete(leaf)
    }
    for (const [storage, version] of versions) storage.version = version
    this.#cutOff.clear()
    refill(this.#stateValues, saved.states)
    refill(this.#gradWrites, saved.gradients)
    refill(this.#argumentGradients, saved.argumentGradients)
    return { states, gradients, argumentGradients }
  }

  /** The cotangent that backward passes have brought to the argument at `position`. */
  argumentGradientAt(position: number): Tensor | undefined {
    return this.#argumentGradients.get(position)
  }

  setArgumentGradientAt(position: number, gradient: Tensor): void {
    this.#argumentGradients.set(position, gradient)
  }

  /** The type of the argument at `position`. */
  argumentAt(position: number): Tensor {
    return this.#arguments.get(position)!
  }

  /** The graph of what was recorded; its results are `results`, then the gradients left on leaves, then those of arguments: together `leftBehind`; then what is printed. */
  finish(results: readonly Tensor[]): {
    graph: Graph
    gradWrites: GradWrite[]
    argumentGradients: ReadonlyMap<number, Tensor>
    leftBehind: Tensor[]
  } {
    const left = [...this.#gradWrites].filter(([variable]) => !this.isLocal(variable))
    const leftBehind = [...left.flatMap(([, value]) => (value ? [value] : [])), ...this.#argumentGradients.values()]
    const gradWrites = left.map(([variable, value]) => ({ variable, isNull: value === null }))
    const writes = [...this.#stateValues].flatMap(([storage, value]) => {
      const state = this.#stateInputs.get(storage)
      return !state || value === state ? [] : [{ state, value }]
    })
    const { checks } = this.#scope
    const graph = {
      inputs: this.inputs,
      results: [...[...results, ...leftBehind].map((tensor) => this.valueOf(tensor)), ...this.effects.printed],
      writes,
      ...(checks.length > 0 ? { checks } : {}),
    }
    return { graph, gradWrites, argumentGradients: this.#argumentGradients, leftBehind }
  }

  /** Nodes that no gradient flows through, though what they were made from may want one: detached, or made under noGrad. */
  untracked(): Set<GraphValue> {
    return new Set(this.#scope.made.flatMap(({ value, tensor }) => (tensor.derivation ? [] : [value])))
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
    for (const [position, gradient] of this.#argumentGradients) (originals[position] as Tensor).backward(gradient) // only tensors have gradients
  }

  /** Puts variables and gradients back as they were when the call began. */
  rollBack(): void {
    for (const [variable, elements] of this.#undo) {
      variable.storage.array.set(elements)
      variable.storage.version++
    }
    for (const [variable, before] of this.#gradsBefore) variable.pokeGrad(before)
  }

  /** What a variable holds. It has no history: gradients end at a node of its own, which no kernel computes. */
  #stateValue(variable: Tensor): GraphValue {
    const { storage, type } = variable
    const written = this.#stateValues.get(storage)
    if (!written) return this.#stateInput(variable)
    if (!this.#cutOff.delete(storage)) return written
    const node: GraphNode = { op: 'reshape', operands: [written], attrs: { shape: type.shape }, type }
    this.#stateValues.set(storage, this.#note(node, variable))
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
