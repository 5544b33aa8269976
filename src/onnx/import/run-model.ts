import { GryphError } from '../../base/errors.ts'
import { shapeText } from '../../base/shape.ts'
import { Tensor } from '../../frontend/tensor.ts'
import type { OnnxAttribute, OnnxAttributes, OnnxGraph, OnnxNode } from '../model.ts'
import { Constant } from './constant.ts'
import { nodeFailed } from './errors.ts'
import { NodeCall, Sequence, type NodeResult, type NodeRun, type NodeValue } from './node-call.ts'
import { drawing } from './operators/casts.ts'
import type { PreparedFunction, PreparedGraph, PreparedModel, PreparedNode } from './prepare.ts'
import { untraced } from './untraced.ts'
import type { Weights } from './weights.ts'

/** Nodes and passes of one call: far more than a model has, and few enough for a loop without an end to be noticed. */
const mostSteps = 2 ** 19
/** A tensor of more elements than this comes of a model that is damaged. */
const largestResult = 2 ** 29

/** What is known of constants from the call before: the same ones give the same. */
interface Folded {
  readonly inputs: readonly (NodeValue | undefined)[]
  readonly outputs: readonly (NodeValue | undefined)[]
}

/** Results of constants, kept from call to call. */
export type FoldedNodes = Map<OnnxNode, Folded>

/** Values by name, where a graph may read those around it. */
class Scope {
  readonly values = new Map<string, NodeValue>()
  readonly around: Scope | undefined
  /** Attributes of the call of the function that this is in. */
  readonly attributes: OnnxAttributes

  constructor(around: Scope | undefined, attributes: OnnxAttributes) {
    this.around = around
    this.attributes = attributes
  }

  get(name: string): NodeValue | undefined {
    return this.values.get(name) ?? this.around?.get(name)
  }
}

const noAttributes: OnnxAttributes = new Map()

/** One call of a model. */
export class ModelRun {
  readonly #model: PreparedModel
  readonly #weights: Weights
  readonly #folded: FoldedNodes
  #steps = 0

  constructor(model: PreparedModel, weights: Weights, folded: FoldedNodes) {
    this.#model = model
    this.#weights = weights
    this.#folded = folded
  }

  /** What the main graph gives for these inputs. */
  call(inputs: ReadonlyMap<string, NodeValue>): (NodeValue | undefined)[] {
    const scope = new Scope(undefined, noAttributes)
    for (const [name, value] of inputs) scope.values.set(name, value)
    return this.#graph(this.#model.main, scope)
  }

  #graph({ graph, nodes }: PreparedGraph, scope: Scope): (NodeValue | undefined)[] {
    for (const tensor of graph.initializers)
      if (!scope.values.has(tensor.name)) scope.values.set(tensor.name, this.#weights.values.get(tensor)!)
    this.#nodes(nodes, scope)
    return graph.outputs.map(({ name }) => scope.get(name))
  }

  #nodes(nodes: readonly PreparedNode[], scope: Scope): void {
    for (const prepared of nodes) {
      const { node, dead } = prepared
      const outputs = this.#run(prepared, scope)
      for (const [i, name] of node.outputs.entries()) {
        const value = outputs[i]
        if (name === '') continue
        if (value === undefined) throw nodeFailed(node, `there is no output ${i}`)
        this.#requireSize(node, value)
        scope.values.set(name, value)
      }
      for (const name of dead) scope.values.delete(name)
    }
  }

  #run(prepared: PreparedNode, scope: Scope): readonly (NodeValue | undefined)[] {
    const { node, operator, body, opset, hasGraphs } = prepared
    this.#count(node)
    const inputs = node.inputs.map((name) => (name === '' ? undefined : scope.get(name)))
    const attributes = resolved(node.attributes, scope.attributes)
    if (body) return this.#function(body, inputs, attributes)
    const weight = this.#weightOf(node)
    if (weight) return [weight]
    const run: NodeRun = {
      runGraph: (graph, given) => this.#inner(node, graph, given, scope),
      countPass: (of) => this.#count(of),
    }
    const call = new NodeCall(node, opset, inputs, attributes, run)
    const compute = (): readonly (NodeValue | undefined)[] => this.#guarded(node, () => listOf(operator!(call)))
    const isKnown =
      !hasGraphs &&
      !drawing.has(node.opType) &&
      inputs.every((value) => value === undefined || value instanceof Constant)
    if (!isKnown) return compute()
    const before = scope.attributes === noAttributes ? this.#folded.get(node) : undefined
    if (before?.inputs.every((value, i) => value === inputs[i])) return before.outputs
    const outputs = untraced(() => compute().map((value) => (value instanceof Tensor ? constantFrom(value) : value)))
    if (scope.attributes === noAttributes) this.#folded.set(node, { inputs, outputs })
    return outputs
  }

  /** Of a constant that is a parameter. */
  #weightOf({ opType, attributes }: OnnxNode): Tensor | Constant | undefined {
    if (opType !== 'Constant') return undefined
    const value = attributes.get('value')
    return value?.type === 'tensor' ? this.#weights.values.get(value.value) : undefined
  }

  #function(
    { fn, nodes }: PreparedFunction,
    inputs: readonly (NodeValue | undefined)[],
    attributes: OnnxAttributes,
  ): (NodeValue | undefined)[] {
    const scope = new Scope(undefined, new Map([...fn.defaults, ...attributes]))
    for (const [i, name] of fn.inputs.entries()) {
      const value = inputs[i]
      if (value !== undefined) scope.values.set(name, value)
    }
    this.#nodes(nodes, scope)
    return fn.outputs.map((name) => scope.get(name))
  }

  #inner(node: OnnxNode, graph: OnnxGraph, inputs: readonly NodeValue[], around: Scope): (NodeValue | undefined)[] {
    const prepared = this.#model.graphs.get(graph)
    if (!prepared || inputs.length !== graph.inputs.length)
      throw nodeFailed(node, `a graph in it takes ${graph.inputs.length} values, not ${inputs.length}`)
    const scope = new Scope(around, around.attributes)
    for (const [i, { name }] of graph.inputs.entries()) scope.values.set(name, inputs[i]!)
    return this.#graph(prepared, scope)
  }

  /** An error says which node it comes of, unless it is about the tracing around it. */
  #guarded<R>(node: OnnxNode, body: () => R): R {
    try {
      return body()
    } catch (error) {
      if (error instanceof GryphError && !isOfOps(error.code)) throw error
      if (error instanceof GryphError) throw nodeFailed(node, error.message.replace(/^\[[^\]]*\] /, ''), error)
      // Sizes that no array can have, and axes that are not there: operators look at what a model that is in order has.
      if (error instanceof RangeError || error instanceof TypeError)
        throw nodeFailed(node, `its inputs do not fit it (${error.message})`, error)
      throw error
    }
  }

  #requireSize(node: OnnxNode, value: NodeValue): void {
    if (!(value instanceof Sequence) && value.size > largestResult)
      throw nodeFailed(node, `a tensor of shape ${shapeText(value.shape)} is too large`)
  }

  #count(node: OnnxNode): void {
    if (++this.#steps > mostSteps) throw nodeFailed(node, `the model is not done after ${mostSteps} nodes`)
  }
}

const listOf = (result: NodeResult): readonly (NodeValue | undefined)[] =>
  Array.isArray(result) ? (result as readonly (NodeValue | undefined)[]) : [result as NodeValue] // isArray leaves any[]

const constantFrom = (value: Tensor): Constant => new Constant(value.dtype, value.shape, value.data())

/** Attributes with those of the call in place of references to them. */
function resolved(attributes: OnnxAttributes, given: OnnxAttributes): OnnxAttributes {
  if (given === noAttributes) return attributes
  const result = new Map<string, OnnxAttribute>()
  for (const [name, attribute] of attributes) {
    const value = attribute.type === 'reference' ? given.get(attribute.value) : attribute
    if (value) result.set(name, value)
  }
  return result
}

/** Errors of ops that were given something wrong; those of tracing, of control flow and of the importer stay what they are. */
const isOfOps = (code: string): boolean =>
  !/^(ONNX_(?!INTEGER)|HOST_READ|TRACE|CAPTURE|BRANCH_|LOOP_|CONTROL_|SCAN_|BACKWARD|CHANGED_|STALE_|ARGUMENT_|VERIFY|NOT_COMPILED)/.test(
    code,
  )
