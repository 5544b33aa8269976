import { elementCount, type Shape } from '../../base/shape.ts'
import { elementFormats } from '../../data/elements/element-formats.ts'
import { dataTypeOf } from '../../onnx/element-types.ts'
import type { OnnxAttribute, OnnxElementType, OnnxGraph, OnnxNode, OnnxTensor } from '../../onnx/model.ts'

/** A value of the model, and what is known of it. */
export interface Ref {
  readonly name: string
  readonly elementType: OnnxElementType
  readonly shape: Shape
}

export type RefType = Omit<Ref, 'name'>
export type Attributes = Readonly<Record<string, OnnxAttribute>>

export const int = (value: number): OnnxAttribute => ({ type: 'int', value })
export const ints = (value: readonly number[]): OnnxAttribute => ({ type: 'ints', value })
export const text = (value: string): OnnxAttribute => ({ type: 'string', value })
export const subgraph = (value: OnnxGraph): OnnxAttribute => ({ type: 'graph', value })

/** From here on a constant of one number is computed from it when the model runs. */
const largestFilled = 64

/** Collects the nodes and constants of a model, and gives every value a name of its own: names of subgraphs may not hide others. */
export class GraphWriter {
  readonly opset: number
  readonly initializers: OnnxTensor[] = []
  #nodes: OnnxNode[] = []
  readonly #names = new Set<string>()
  readonly #constants = new Map<string, Ref>()

  constructor(opset: number) {
    this.opset = opset
  }

  get nodes(): readonly OnnxNode[] {
    return this.#nodes
  }

  /** `base`, or `base_1` and so on where that is taken. No name would mean no value. */
  fresh(base: string): string {
    const stem = base === '' ? 'value' : base
    let name = stem
    for (let i = 1; this.#names.has(name); i++) name = `${stem}_${i}`
    this.#names.add(name)
    return name
  }

  /** A node with one output. */
  node(opType: string, inputs: readonly (Ref | undefined)[], type: RefType, attributes: Attributes = {}): Ref {
    return this.nodeOf(opType, inputs, [type], attributes)[0]!
  }

  nodeOf(
    opType: string,
    inputs: readonly (Ref | undefined)[],
    types: readonly RefType[],
    attributes: Attributes = {},
  ): Ref[] {
    const outputs = types.map(({ elementType, shape }): Ref => ({ name: this.fresh(opType), elementType, shape }))
    this.#nodes.push({
      name: '',
      opType,
      domain: '',
      inputs: inputs.map((input) => input?.name ?? ''),
      outputs: outputs.map(({ name }) => name),
      attributes: new Map(Object.entries(attributes)),
    })
    return outputs
  }

  /** Elements that the model holds. */
  initializer(base: string, { elementType, shape }: RefType, elements: ArrayLike<number>): Ref {
    const name = this.fresh(base)
    this.initializers.push({ name, elementType, dims: shape, bytes: elementBytes(elementType, elements) })
    return { name, elementType, shape }
  }

  /** Equal ones are one. */
  constant(type: RefType, elements: readonly number[]): Ref {
    const texts = elements.map((element) => (Object.is(element, -0) ? '-0' : String(element)))
    const key = `${type.elementType} ${type.shape.join(',')}: ${texts.join(' ')}`
    const known = this.#constants.get(key)
    if (known) return known
    const made = this.initializer('constant', type, elements)
    this.#constants.set(key, made)
    return made
  }

  /** One number in every element. */
  filled(type: RefType, value: number): Ref {
    const count = elementCount(type.shape)
    if (count <= largestFilled) return this.constant(type, new Array<number>(count).fill(value))
    const { elementType } = type
    const one = { name: '', elementType, dims: [1], bytes: elementBytes(elementType, [value]) }
    return this.node('ConstantOfShape', [this.ints(type.shape)], type, { value: { type: 'tensor', value: one } })
  }

  scalar(elementType: OnnxElementType, value: number): Ref {
    return this.constant({ elementType, shape: [] }, [value])
  }

  /** A list of int64, as operators take sizes and axes. */
  ints(values: readonly number[]): Ref {
    return this.constant({ elementType: 'int64', shape: [values.length] }, values)
  }

  cast(x: Ref, elementType: OnnxElementType): Ref {
    if (x.elementType === elementType) return x
    return this.node('Cast', [x], { elementType, shape: x.shape }, { to: int(dataTypeOf[elementType]) })
  }

  reshape(x: Ref, shape: Shape): Ref {
    if (x.shape.length === shape.length && x.shape.every((size, axis) => size === shape[axis])) return x
    // Otherwise a size of 0 means the operand's.
    const attributes: Attributes = shape.includes(0) ? { allowzero: int(1) } : {}
    return this.node('Reshape', [x, this.ints(shape)], { elementType: x.elementType, shape }, attributes)
  }

  /** What `write` adds goes into a list of its own, for a subgraph. */
  inSubgraph<T>(write: () => T): { readonly nodes: readonly OnnxNode[]; readonly result: T } {
    const outer = this.#nodes
    this.#nodes = []
    try {
      const result = write()
      return { nodes: this.#nodes, result }
    } finally {
      this.#nodes = outer
    }
  }
}

type Put = (view: DataView, at: number, value: number) => void

/** Elements of the types that models written here have. */
const putters: Partial<Readonly<Record<OnnxElementType, Put>>> = {
  bool: (view, at, value) => view.setUint8(at, value),
  uint8: (view, at, value) => view.setUint8(at, value),
  int32: (view, at, value) => view.setInt32(at, value, true),
  int64: (view, at, value) => view.setBigInt64(at, BigInt(value), true),
  float32: (view, at, value) => view.setFloat32(at, value, true),
  float64: (view, at, value) => view.setFloat64(at, value, true),
}

function elementBytes(elementType: OnnxElementType, elements: ArrayLike<number>): Uint8Array {
  const { itemBytes } = elementFormats[elementType]
  const bytes = new Uint8Array(elements.length * itemBytes)
  const view = new DataView(bytes.buffer)
  const put = putters[elementType]!
  for (let i = 0; i < elements.length; i++) put(view, i * itemBytes, elements[i]!)
  return bytes
}
