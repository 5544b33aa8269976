import type { TypedArray } from '../../base/dtype.ts'
import type { TensorType } from '../../base/shape.ts'
import type { GraphInput } from '../../ir/graph.ts'
import { NotDynamic } from './scale.ts'

/** What an input that depends on the size alone has at one size. */
export type SizeValue = number | TypedArray

/** Inputs of a program for the numbers that its sizes differ in: how many rows there are, one over that, … */
export class SizeInputs {
  readonly inputs: GraphInput[] = []
  readonly #positions = new Map<string, number>()

  /** The position of the input for a number that is x at one size and y at another; numbers that agree in both share it. */
  position(kind: string, type: TensorType, x: SizeValue, y: SizeValue): number {
    const key = typeof x === 'number' && typeof y === 'number' ? `${kind} ${type.dtype} ${x} ${y}` : undefined
    const known = key === undefined ? undefined : this.#positions.get(key)
    if (known !== undefined) return known
    const position = this.inputs.length
    this.inputs.push({ op: 'input', role: 'argument', name: `size${position}`, type })
    if (key !== undefined) this.#positions.set(key, position)
    return position
  }
}

/** The values of one size, as they come together. */
export class SizeValues {
  readonly values: SizeValue[] = []

  /** @throws NotDynamic where numbers that share an input differ */
  set(position: number, value: SizeValue): void {
    const known = this.values[position]
    if (known !== undefined && !Object.is(known, value))
      throw new NotDynamic('numbers that went together differ at this size')
    this.values[position] = value
  }
}

export function sameElements(a: SizeValue, b: SizeValue): boolean {
  if (typeof a === 'number' || typeof b === 'number') return Object.is(a, b)
  return a === b || (a.length === b.length && a.every((element, i) => Object.is(element, b[i])))
}
