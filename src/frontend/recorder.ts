import type { TypedArray } from '../base/dtype.ts'
import { InternalError, userLocation } from '../base/errors.ts'
import type { Graph, GraphInput, GraphNode, GraphValue } from '../ir/graph.ts'
import type { Attrs, OpName } from '../ops/table.ts'
import type { Storage } from '../runtime/storage.ts'
import { hostReadInFullGraph } from './errors.ts'
import type { Tensor, TraceOrigin } from './tensor.ts'

/** Where an input's elements come from at each call. */
export type InputSource =
  | { readonly kind: 'argument'; readonly position: number; readonly isTensor: boolean } // a tensor or number among the flattened arguments
  | { readonly kind: 'state'; readonly variable: Tensor }
  | { readonly kind: 'capture'; readonly tensor: Tensor }
  | { readonly kind: 'grad'; readonly variable: Tensor } // the gradient the variable has when the call begins

/** A gradient that the function leaves on a leaf: a value, or null where it cleared it. */
export interface GradWrite {
  readonly variable: Tensor
  readonly isNull: boolean
}

/** A condition on later calls. */
export interface Guard {
  readonly description: string
  /** Tells apart conditions with one description. */
  readonly subject: unknown
  holds(leaves: readonly unknown[]): boolean
}

export interface HostRead {
  readonly what: string
  readonly source: string | undefined
}

/** Collects what a hybridized function does during its first, eager call. */
export class Recorder {
  readonly functionName: string
  readonly inputs: GraphInput[] = []
  readonly sources = new Map<GraphInput, InputSource>()
  /** Gradients that had to be null, or had to be there, for this recording to be right. */
  readonly gradsAtEntry = new Map<Tensor, boolean>()
  /** What else must hold for the recording to be right: of later arguments, or of objects the function read. */
  readonly guards: Guard[] = []
  firstHostRead: HostRead | undefined
  readonly #values = new Map<Tensor, GraphValue>()
  readonly #stateInputs = new Map<Storage, GraphInput>()
  readonly #stateValues = new Map<Storage, GraphValue>()
  readonly #gradWrites = new Map<Tensor, Tensor | null>()
  readonly #gradsBefore = new Map<Tensor, Tensor | null>()
  readonly #undo = new Map<Tensor, TypedArray>()
  readonly #origins: { tensor: Tensor; origin: TraceOrigin }[] = []

  readonly #fullGraph: boolean

  constructor(functionName: string, fullGraph: boolean) {
    this.functionName = functionName
    this.#fullGraph = fullGraph
  }

  /** An argument of the traced call. */
  argument(tensor: Tensor, position: number): void {
    this.#values.set(tensor, this.#input('argument', `arg${position}`, tensor, { kind: 'argument', position, isTensor: !tensor.weak }))
  }

  constant(tensor: Tensor, value: number): void {
    this.#values.set(tensor, { op: 'constant', value, type: tensor.type })
  }

  record(op: OpName, operands: readonly Tensor[], attrs: Attrs, result: Tensor): void {
    const source = userLocation()
    const node: GraphNode = { op, operands: operands.map((operand) => this.valueOf(operand)), attrs, type: result.type, ...(source === undefined ? {} : { source }) }
    this.#values.set(result, node)
    const origin: TraceOrigin = { functionName: this.functionName, source, isClosed: false }
    result.origin = origin
    this.#origins.push({ tensor: result, origin })
  }

  /** `alias` is the same value as `tensor`, under another identity. */
  alias(alias: Tensor, tensor: Tensor): void {
    this.#values.set(alias, this.valueOf(tensor))
  }

  /** Called before the variable's elements change. */
  write(variable: Tensor, value: Tensor): void {
    const graphValue = this.valueOf(value)
    this.#stateInput(variable)
    if (!this.#undo.has(variable)) this.#undo.set(variable, variable.storage.array.slice())
    this.#stateValues.set(variable.storage, graphValue)
  }

  readGrad(variable: Tensor, current: Tensor | null): void {
    if (this.#gradWrites.has(variable) || this.gradsAtEntry.has(variable)) return
    this.gradsAtEntry.set(variable, current !== null)
    if (current && !this.#values.has(current)) {
      this.#values.set(current, this.#input('argument', `grad${this.gradsAtEntry.size - 1}`, current, { kind: 'grad', variable }))
    }
  }

  writeGrad(variable: Tensor, value: Tensor | null, before: Tensor | null): void {
    if (!this.#gradWrites.has(variable)) this.#gradsBefore.set(variable, before)
    this.#gradWrites.set(variable, value)
  }

  /** The recording holds only while this number argument is whole, or is not. */
  guardWhole(weak: Tensor, isWhole: boolean): void {
    const input = this.#values.get(weak)
    const source = input?.op === 'input' ? this.sources.get(input) : undefined
    if (source?.kind !== 'argument') throw new InternalError('a number that depends on an argument met integers')
    this.guard(`argument ${source.position} is ${isWhole ? '' : 'not '}a whole number`, (leaves) => Number.isInteger(leaves[source.position]) === isWhole)
  }

  /** Adds a condition; one of the same description and subject is there already. */
  guard(description: string, holds: Guard['holds'], subject?: unknown): void {
    if (!this.guards.some((guard) => guard.description === description && guard.subject === subject)) this.guards.push({ description, holds, subject })
  }

  hostRead(what: string): void {
    if (this.#fullGraph) throw hostReadInFullGraph(this.functionName, what)
    this.firstHostRead ??= { what, source: userLocation() }
  }

  /** The graph value of a tensor; one from outside becomes an input. */
  valueOf(tensor: Tensor): GraphValue {
    if (tensor.isVariable) return this.#stateValues.get(tensor.storage) ?? this.#stateInput(tensor)
    const known = this.#values.get(tensor)
    if (known) return known
    const capture = this.#input('capture', `capture${this.inputs.length}`, tensor, { kind: 'capture', tensor })
    this.#values.set(tensor, capture)
    return capture
  }

  /** The graph of what was recorded; its results are `results`, then the gradients left on leaves, which are `leftBehind`. */
  finish(results: readonly Tensor[]): { graph: Graph; gradWrites: GradWrite[]; leftBehind: Tensor[] } {
    const leftBehind = [...this.#gradWrites.values()].filter((value) => value !== null)
    const gradWrites = [...this.#gradWrites].map(([variable, value]) => ({ variable, isNull: value === null }))
    const writes = [...this.#stateValues].flatMap(([storage, value]) => {
      const state = this.#stateInputs.get(storage)!
      return value === state ? [] : [{ state, value }]
    })
    const graph = { inputs: this.inputs, results: [...results, ...leftBehind].map((tensor) => this.valueOf(tensor)), writes }
    return { graph, gradWrites, leftBehind }
  }

  /** Marks everything made during the call as gone, but for what it returns or leaves behind. */
  close(kept: Iterable<Tensor>): void {
    const keptTensors = new Set(kept)
    for (const { tensor, origin } of this.#origins) {
      if (keptTensors.has(tensor)) tensor.origin = undefined
      else origin.isClosed = true
    }
  }

  /** Puts variables and gradients back as they were when the call began. */
  rollBack(): void {
    for (const [variable, elements] of this.#undo) {
      variable.storage.array.set(elements)
      variable.storage.version++
    }
    for (const [variable, before] of this.#gradsBefore) variable.pokeGrad(before)
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
