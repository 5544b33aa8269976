import type { CompiledProgram, Place } from '../../compile/compiled-program.ts'
import { isContiguous } from '../../base/layout.ts'
import { dtypeInfo } from '../../base/dtype.ts'
import { sameShape, type TensorType } from '../../base/shape.ts'
import { deviceArena, elementsOf } from '../../runtime/arena.ts'
import { bindInput, type InputBinding } from '../hybridize/bindings.ts'
import type { Recording } from '../hybridize/record-call.ts'
import type { Leaves } from '../hybridize/template.ts'
import type { Tensor } from '../tensor.ts'
import type { SizedProgram } from './dynamic-program.ts'
import { writeLow } from './low-indices.ts'
import type { SizeValue } from './size-inputs.ts'

/** How the inputs of one size come to a program that several sizes share: nothing is still there from the call before. */
export function bindSize(
  { dynamic, sizeValues }: SizedProgram,
  { inputs }: CompiledProgram,
  { graph, sources }: Recording,
): InputBinding[] {
  const own = graph.inputs.flatMap((input, i): InputBinding[] => {
    const place = inputs.get(dynamic.graph.inputs[i]!)
    const source = sources.get(input)!
    if (!place) return []
    if (source.kind === 'argument' && !sameShape(input.type.shape, place.type.shape))
      return [new LowArgument(place, source.position, input.type)]
    return bindInput(source, { ...place, isKept: false })
  })
  const sizes = dynamic.graph.sizeInputs.flatMap((input, i): InputBinding[] => {
    const place = inputs.get(input)
    return place ? [new SizeInput(place, sizeValues[i]!)] : []
  })
  return [...own, ...sizes]
}

class LowArgument implements InputBinding {
  readonly #place: Place
  readonly #position: number
  readonly #type: TensorType

  constructor(place: Place, position: number, type: TensorType) {
    this.#place = place
    this.#position = position
    this.#type = type
  }

  write(leaves: Leaves): void {
    const leaf = leaves.values[this.#position] as Tensor // numbers have no axes
    leaf.ensureUsable()
    const { layout, storage, size } = leaf
    const elements = !layout
      ? storage.array
      : isContiguous(layout, leaf.shape)
        ? storage.array.subarray(layout.offset, layout.offset + size)
        : leaf.copyElements()
    writeLow(this.#place, elements, this.#type.shape)
  }
}

class SizeInput implements InputBinding {
  readonly #place: Place
  readonly #value: SizeValue

  constructor(place: Place, value: SizeValue) {
    this.#place = place
    this.#value = value
  }

  write(): void {
    const { type, byteOffset } = this.#place
    const elements = elementsOf(deviceArena(), type.dtype)
    const first = byteOffset / dtypeInfo[type.dtype].byteSize
    if (typeof this.#value === 'number') elements[first] = this.#value
    else elements.set(this.#value, first)
  }
}
