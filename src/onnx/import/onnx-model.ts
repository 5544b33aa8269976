import type { Dtype } from '../../base/dtype.ts'
import { shapeText } from '../../base/shape.ts'
import { quoted } from '../../data/files/errors.ts'
import { elementFormats } from '../../data/elements/element-formats.ts'
import { Tensor } from '../../frontend/tensor.ts'
import { Module } from '../../nn/module.ts'
import { givenText } from '../../ops/errors.ts'
import type { OnnxElementType, OnnxValue } from '../model.ts'
import { Constant } from './constant.ts'
import { inputsInvalid, inputType } from './errors.ts'
import { Sequence, type NodeValue } from './node-call.ts'
import type { PreparedModel } from './prepare.ts'
import { ModelRun, type FoldedNodes } from './run-model.ts'
import type { Weights } from './weights.ts'

/** An input or an output of a model. */
export interface OnnxPort {
  readonly name: string
  /** What gryph has it as: 64-bit integers are int32, half floats float32. */
  readonly dtype: Dtype
  /** Sizes, or names of sizes that each call may choose; '' has no name. Undefined where even the number of axes is open. */
  readonly shape: readonly (number | string)[] | undefined
}

/** Types whose values are others of gryph's, without a difference in what is computed from them, but for the rounding of half floats. */
const carried: ReadonlySet<OnnxElementType> = new Set([
  'float32',
  'float64',
  'float16',
  'int32',
  'int64',
  'uint8',
  'bool',
])

/**
 * A model of an ONNX file, as a module: its weights are parameters under the names that the file has, and `forward` takes and gives tensors by
 * name.
 */
export class OnnxModel extends Module {
  readonly inputs: readonly OnnxPort[]
  readonly outputs: readonly OnnxPort[]
  readonly #prepared: PreparedModel
  readonly #weights: Weights
  /** Inputs that the file has a value for. */
  readonly #optional: readonly OnnxPort[]
  readonly #folded: FoldedNodes = new Map()

  /** @internal See `importOnnx`. */
  constructor(prepared: PreparedModel, weights: Weights) {
    super()
    const { graph } = prepared.main
    const given = new Set(graph.initializers.map(({ name }) => name))
    const ports = graph.inputs.map(portOf('the input'))
    this.inputs = ports.filter(({ name }) => !given.has(name))
    this.#optional = ports.filter(({ name }) => given.has(name))
    this.outputs = graph.outputs.map(portOf('the output'))
    this.#prepared = prepared
    this.#weights = weights
  }

  /**
   * Computes the outputs. Sizes that the model leaves open are those of the inputs. A number is a tensor of one element whose value is
   * known, so that a choice by it (a sample rate, say) is made once.
   *
   * @throws ONNX_INPUT_INVALID, ONNX_NODE_FAILED, ONNX_FORM_UNSUPPORTED
   */
  forward(inputs: Readonly<Record<string, Tensor | number>>): Record<string, Tensor> {
    const values = this.#run.call(this.#valuesOf(inputs))
    return Object.fromEntries(this.outputs.map(({ name }, i) => [name, outputOf(name, values[i])]))
  }

  protected override fields(): [string, unknown][] {
    super.fields() // takes note
    return [...this.#weights.named]
  }

  protected override describe(): string {
    const side = (ports: readonly OnnxPort[]): string => ports.map(portText).join(', ')
    return `${side(this.inputs)} -> ${side(this.outputs)}`
  }

  get #run(): ModelRun {
    return new ModelRun(this.#prepared, this.#weights, this.#folded)
  }

  #valuesOf(inputs: Readonly<Record<string, Tensor | number>>): Map<string, NodeValue> {
    const names = this.inputs.map(({ name }) => name)
    if (typeof inputs !== 'object' || inputs === null || inputs instanceof Tensor || Array.isArray(inputs))
      throw inputsInvalid(`the inputs are ${givenText(inputs)}`, names)
    const all = [...this.inputs, ...this.#optional]
    const odd = Object.keys(inputs).find((name) => !all.some((port) => port.name === name))
    if (odd !== undefined) throw inputsInvalid(`there is no input ${quoted(odd)}`, names)
    const values = new Map<string, NodeValue>()
    const sizes = new Map<string, number>()
    for (const port of all) {
      const value = Object.hasOwn(inputs, port.name) ? inputs[port.name] : undefined
      if (value === undefined) {
        if (this.inputs.includes(port)) throw inputsInvalid(`the input ${quoted(port.name)} is missing`, names)
        continue
      }
      values.set(port.name, checkedInput(port, value, sizes, names))
    }
    return values
  }
}

function checkedInput(
  port: OnnxPort,
  value: Tensor | number | boolean,
  sizes: Map<string, number>,
  names: readonly string[],
): NodeValue {
  const { name, dtype, shape } = port
  const what = `the input ${quoted(name)}`
  if (typeof value === 'number' || typeof value === 'boolean') {
    if (shape && !shape.every((size) => size === 1 || typeof size === 'string'))
      throw inputsInvalid(`${what} is a number, and has to be ${portText(port)}`, names)
    return new Constant(dtype, shape?.map(() => 1) ?? [], [Number(value)])
  }
  if (!(value instanceof Tensor)) throw inputsInvalid(`${what} is ${givenText(value)}`, names)
  const wrong = (): Error =>
    inputsInvalid(`${what} is ${value.dtype} ${shapeText(value.shape)}, and has to be ${portText(port)}`, names)
  const tensor = value.weak ? value.cast(dtype) : value
  if (tensor.dtype !== dtype) throw wrong()
  if (!shape) return tensor
  if (tensor.rank !== shape.length) throw wrong()
  for (const [axis, size] of shape.entries()) {
    const own = tensor.shape[axis]!
    const wanted = typeof size === 'number' ? size : (sizes.get(size) ?? own)
    if (own !== wanted) throw wrong()
    if (typeof size === 'string' && size !== '') sizes.set(size, own)
  }
  return tensor
}

const portOf =
  (what: string) =>
  ({ name, elementType, shape }: OnnxValue): OnnxPort => {
    if (elementType === undefined || !carried.has(elementType))
      throw inputType(`${what} ${quoted(name)}`, elementType ?? 'text, lists or something unknown')
    return { name, dtype: elementFormats[elementType].dtype, shape }
  }

export const portText = ({ name, dtype, shape }: OnnxPort): string =>
  `${name}: ${dtype}${shape ? ` [${shape.map((size) => (size === '' ? '?' : size)).join(', ')}]` : ''}`

function outputOf(name: string, value: NodeValue | undefined): Tensor {
  if (value === undefined || value instanceof Sequence) throw inputType(`the output ${quoted(name)}`, 'a list')
  return value instanceof Constant ? value.tensor() : value
}
