import { dtypeInfo, type TypedArray } from '../../base/dtype.ts'
import { isContiguous, type Layout } from '../../base/layout.ts'
import { elementCount, type TensorType } from '../../base/shape.ts'
import type { Bindings } from '../../compile/compile-graph.ts'
import type { Place } from '../../compile/compiled-program.ts'
import type { GraphInput } from '../../ir/graph.ts'
import { keepsPositions } from '../../ops/padding/rule.ts'
import { deviceArena, elementsOf } from '../../runtime/arena.ts'
import { freshArray } from '../../runtime/fresh-array.ts'
import { Storage } from '../../runtime/storage.ts'
import { readLow } from '../dynamic-axes/low-indices.ts'
import type { InputSource } from '../recorder.ts'
import { Tensor, type TensorOptions } from '../tensor.ts'
import type { Leaves } from './template.ts'

/** The variable behind a state input. */
export const variableOf = (sources: ReadonlyMap<GraphInput, InputSource>, state: GraphInput): Tensor => {
  const source = sources.get(state)
  if (source?.kind !== 'state') throw new TypeError(`${state.name} is no state`)
  return source.variable
}

/** Where a graph's states and captures lie. */
export const bindingsOf = (sources: ReadonlyMap<GraphInput, InputSource>): Bindings => ({
  addressOf: (state) => variableOf(sources, state).storage.makeResident(),
  elementsOf(capture) {
    const source = sources.get(capture)
    if (source?.kind !== 'capture') throw new TypeError(`${capture.name} is no capture`)
    return source.tensor.copyElements()
  },
})

/** Copies one input's elements to where the program reads them. */
export interface InputBinding {
  write(leaves: Leaves): void
}

export function bindInput(source: InputSource, place: Place): InputBinding[] {
  switch (source.kind) {
    case 'argument':
      return [place.isKept ? new KeptArgument(place, source.position) : new Argument(place, source.position)]
    case 'free':
      return [{ write: () => writeLeaf(place, source.read()) }]
    case 'grad': {
      const { variable } = source
      return [{ write: () => writeLeaf(place, variable.peekGrad()!) }]
    }
    default: // states and captures are where they are
      return []
  }
}

class Argument implements InputBinding {
  protected readonly place: Place
  protected readonly position: number

  constructor(place: Place, position: number) {
    this.place = place
    this.position = position
  }

  write(leaves: Leaves): void {
    writeLeaf(this.place, leaves.values[this.position]!)
  }
}

/** An argument whose place nothing else is written to: elements that are still there from the call before are not copied again. */
class KeptArgument extends Argument {
  #storage = 0
  #version = 0
  #layout: Layout | undefined

  override write(leaves: Leaves): void {
    const leaf = leaves.values[this.position]!
    if (typeof leaf === 'number') return writeLeaf(this.place, leaf)
    const { storage, layout } = leaf
    leaf.ensureUsable()
    if (storage.id === this.#storage && storage.version === this.#version && layout === this.#layout) return
    writeLeaf(this.place, leaf)
    this.#storage = storage.id
    this.#version = storage.version
    this.#layout = layout
  }
}

/** Puts a tensor or number where a program reads it. */
export function writeLeaf({ type, byteOffset }: Place, leaf: Tensor | number): void {
  const first = byteOffset / dtypeInfo[type.dtype].byteSize
  if (typeof leaf === 'number') elementsOf(deviceArena(), type.dtype)[first] = leaf
  else {
    leaf.ensureUsable()
    const elements = elementsInOrder(leaf) // first, because memory may grow for it
    elementsOf(deviceArena(), type.dtype).set(elements, first)
  }
}

/** The elements in row-major order, not copied where they lie so. */
function elementsInOrder(tensor: Tensor): TypedArray {
  const { layout, storage } = tensor
  if (!layout) return storage.array
  if (!isContiguous(layout, tensor.shape)) return tensor.copyElements()
  return storage.array.subarray(layout.offset, layout.offset + tensor.size)
}

/** A result of a program; of one that serves several sizes, the part that this size has. */
export class ResultBinding {
  readonly #place: Place
  readonly #type: TensorType
  readonly #options: TensorOptions
  readonly #first: number
  /** Where the elements end; undefined if they do not lie side by side. */
  readonly #end: number | undefined

  constructor(place: Place, type: TensorType, weak = false) {
    this.#place = place
    this.#type = type
    this.#options = { weak }
    this.#first = place.byteOffset / dtypeInfo[type.dtype].byteSize
    this.#end = keepsPositions(type.shape, place.type.shape) ? this.#first + elementCount(type.shape) : undefined
  }

  /** What the last run has left, in an array of its own. */
  elements(): TypedArray {
    return this.#end === undefined
      ? readLow(this.#place, this.#type)
      : freshArray(elementsOf(deviceArena(), this.#type.dtype), this.#first, this.#end)
  }

  tensor(): Tensor {
    return new Tensor(this.#type, new Storage(this.#type.dtype, this.elements()), this.#options)
  }
}

export const readResult = (place: Place): Tensor => new ResultBinding(place, place.type).tensor()
