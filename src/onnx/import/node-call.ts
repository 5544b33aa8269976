import type { Dtype } from '../../base/dtype.ts'
import { elementCount, shapeText, type Shape } from '../../base/shape.ts'
import type { Tensor } from '../../frontend/tensor.ts'
import { elementFormats } from '../../data/elements/element-formats.ts'
import { elementTypeOf, dataTypeText } from '../element-types.ts'
import type { OnnxAttributes, OnnxGraph, OnnxNode, OnnxTensor } from '../model.ts'
import { Constant, constantOf } from './constant.ts'
import { formUnsupported, nodeFailed } from './errors.ts'

/** What flows along an edge of a model. */
export type NodeValue = Tensor | Constant | Sequence

/** A list of values, which some operators make and take apart. */
export class Sequence {
  readonly items: readonly NodeValue[]

  constructor(items: readonly NodeValue[]) {
    this.items = items
  }
}

/** One output, or several. */
export type NodeResult = NodeValue | readonly (NodeValue | undefined)[]
export type Operator = (call: NodeCall) => NodeResult
export type OperatorTable = Readonly<Record<string, Operator>>

/** What running a node needs of the run it is part of. */
export interface NodeRun {
  /** Runs a graph of an attribute; names it does not make are those around the node. */
  runGraph(graph: OnnxGraph, inputs: readonly NodeValue[]): (NodeValue | undefined)[]
  /** Counts a pass of a loop. @throws ONNX_NODE_FAILED where there are too many */
  countPass(node: OnnxNode): void
}

/** No tensor that a model makes from sizes is larger: a damaged size must not take the machine's memory. */
const mostElements = 2 ** 26

/** One node with the values of its inputs. What is missing or of another kind is an error that names the node. */
export class NodeCall {
  readonly node: OnnxNode
  /** Of the node's domain. */
  readonly opset: number
  readonly inputs: readonly (NodeValue | undefined)[]
  readonly run: NodeRun
  readonly #attributes: OnnxAttributes

  constructor(
    node: OnnxNode,
    opset: number,
    inputs: readonly (NodeValue | undefined)[],
    attributes: OnnxAttributes,
    run: NodeRun,
  ) {
    this.node = node
    this.opset = opset
    this.inputs = inputs
    this.run = run
    this.#attributes = attributes
  }

  /** How many outputs something reads: optional ones at the end may be left out. */
  get outputCount(): number {
    return this.node.outputs.length
  }

  hasOutput(i: number): boolean {
    return (this.node.outputs[i] ?? '') !== ''
  }

  value(i: number): NodeValue {
    const value = this.inputs[i]
    if (value === undefined) throw this.failed(`input ${i} is missing`)
    return value
  }

  has(i: number): boolean {
    return this.inputs[i] !== undefined
  }

  tensor(i: number): Tensor {
    const value = this.value(i)
    if (value instanceof Sequence) throw this.failed(`input ${i} is a sequence, not a tensor`)
    return value instanceof Constant ? value.tensor() : value
  }

  maybe(i: number): Tensor | undefined {
    return this.has(i) ? this.tensor(i) : undefined
  }

  tensors(): Tensor[] {
    return this.inputs.map((_, i) => this.tensor(i))
  }

  sequence(i: number): readonly NodeValue[] {
    const value = this.value(i)
    if (!(value instanceof Sequence)) throw this.failed(`input ${i} is no sequence`)
    return value.items
  }

  shape(i: number): Shape {
    const value = this.value(i)
    if (value instanceof Sequence) throw this.failed(`input ${i} is a sequence, not a tensor`)
    return value.shape
  }

  /** Elements that have to be known. Those of a tensor are read, which splits a compiled function in two. */
  constant(i: number): Constant {
    const value = this.value(i)
    if (value instanceof Constant) return value
    if (value instanceof Sequence) throw this.failed(`input ${i} is a sequence, not a tensor`)
    return new Constant(value.dtype, value.shape, value.data())
  }

  numbers(i: number): number[] {
    return Array.from(this.constant(i).data)
  }

  number(i: number): number {
    const [value, ...more] = this.numbers(i)
    if (value === undefined || more.length > 0) throw this.failed(`input ${i} has ${more.length + 1} elements, not one`)
    return value
  }

  int(name: string, fallback?: number): number {
    return this.#of(name, 'int') ?? this.#missing(name, fallback)
  }

  float(name: string, fallback?: number): number {
    return this.#of(name, 'float') ?? this.#missing(name, fallback)
  }

  string(name: string, fallback?: string): string {
    return this.#of(name, 'string') ?? this.#missing(name, fallback)
  }

  ints(name: string): readonly number[] | undefined {
    return this.#of(name, 'ints')
  }

  floats(name: string): readonly number[] | undefined {
    return this.#of(name, 'floats')
  }

  strings(name: string): readonly string[] | undefined {
    return this.#of(name, 'strings')
  }

  constantAttribute(name: string): Constant | undefined {
    const tensor = this.#of(name, 'tensor')
    return tensor && constantOf(tensor, 'importOnnx')
  }

  graph(name: string): OnnxGraph {
    const graph = this.#of(name, 'graph')
    if (!graph) throw this.failed(`the attribute '${name}' is missing`)
    return graph
  }

  hasAttribute(name: string): boolean {
    return this.#attributes.has(name)
  }

  /** Of what older opsets give as an attribute and newer ones as an input. */
  listOf(name: string, input: number): readonly number[] | undefined {
    return this.ints(name) ?? (this.has(input) ? this.numbers(input) : undefined)
  }

  /** A dtype given by its number in the format. */
  dtype(name: string, fallback?: Dtype): Dtype {
    const number = this.#of(name, 'int')
    if (number === undefined) return this.#missing(name, fallback)
    const type = elementTypeOf(number)
    if (type === undefined || !['float32', 'float64', 'float16', 'int32', 'int64', 'uint8', 'bool'].includes(type))
      throw this.unsupported(`has the element type ${dataTypeText(number)}`)
    return elementFormats[type].dtype
  }

  /** An axis counted from 0. */
  axis(given: number, rank: number): number {
    if (!Number.isInteger(given) || given < -rank || given >= rank)
      throw this.failed(`axis ${given} is out of range for ${rank} axes`)
    return given < 0 ? given + rank : given
  }

  axes(given: readonly number[], rank: number): number[] {
    return given.map((axis) => this.axis(axis, rank))
  }

  /** A shape that was computed, checked before something is made of it. */
  sizes(given: readonly number[]): Shape {
    if (given.some((size) => !Number.isInteger(size) || size < 0)) throw this.failed(`${shapeText(given)} is no shape`)
    if (!given.includes(0) && elementCount(given) > mostElements)
      throw this.failed(`a tensor of shape ${shapeText(given)} has more than ${mostElements} elements`)
    return given
  }

  failed(reason: string): Error {
    return nodeFailed(this.node, reason)
  }

  unsupported(reason: string): Error {
    return formUnsupported(this.node, reason)
  }

  #missing<T>(name: string, fallback: T | undefined): T {
    if (fallback === undefined) throw this.failed(`the attribute '${name}' is missing`)
    return fallback
  }

  #of<T extends keyof AttributeValues>(name: string, type: T): AttributeValues[T] | undefined {
    const attribute = this.#attributes.get(name)
    if (attribute === undefined) return undefined
    if (attribute.type !== type) throw this.failed(`the attribute '${name}' is ${attribute.type}, not ${type}`)
    return (attribute as { value: unknown }).value as AttributeValues[T] // of the type just compared
  }
}

interface AttributeValues {
  float: number
  int: number
  string: string
  tensor: OnnxTensor
  graph: OnnxGraph
  floats: readonly number[]
  ints: readonly number[]
  strings: readonly string[]
}
