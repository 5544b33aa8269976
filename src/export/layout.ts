import { dtypeInfo, type TypedArray } from '../base/dtype.ts'
import { InternalError } from '../base/errors.ts'
import { fixedElements, type Bindings, type CompiledGraph } from '../compile/compile-graph.ts'
import type { GraphInput } from '../ir/graph.ts'
import type { Buffer } from '../kernel/ir.ts'
import { controlBlockBytes } from '../plan/control-block.ts'
import type { Placement } from '../plan/placement.ts'
import type { Tensor } from '../frontend/tensor.ts'

const alignment = 64
/** Vector loads may read this far past a buffer's end. */
const readablePadding = 16
export const pageBytes = 65536

/** Where a failed check leaves its value. Address 0 stays unused. */
export const statusByteOffset = alignment

/** Contents that never change. */
export interface FixedContents {
  readonly byteOffset: number
  readonly dtype: Buffer['dtype']
  readonly length: number
  readonly elements: TypedArray | number
}

type Contents = Omit<FixedContents, 'byteOffset'>

function isSame(a: Contents, b: Contents): boolean {
  if (a.dtype !== b.dtype || a.length !== b.length) return false
  if (typeof a.elements === 'number' || typeof b.elements === 'number') return Object.is(a.elements, b.elements)
  const [some, others] = [bytesOf(a.elements), bytesOf(b.elements)]
  return some.every((byte, i) => byte === others[i])
}

const bytesOf = ({ buffer, byteOffset, byteLength }: TypedArray): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

/** What is placed: a program, and the variables behind its states and results. */
export interface PlacedProgram {
  readonly compiled: CompiledGraph
  readonly bindings: Bindings
  readonly variables: readonly Tensor[]
  readonly variableOf: (state: GraphInput) => Tensor
}

/** Addresses in the one memory of an artefact: states first, then constants, then what every program uses while it runs. */
export class ArtefactLayout {
  readonly #states = new Map<Tensor['storage'], number>()
  readonly #fixed: FixedContents[] = []
  readonly #addresses = new Map<CompiledGraph, ReadonlyMap<Buffer, number>>()
  readonly byteLength: number
  /** Where threads meet; 0 without threads. */
  readonly controlByteOffset: number

  constructor(programs: readonly PlacedProgram[], hasThreads = false) {
    let end = 2 * alignment
    const take = (byteLength: number): number => {
      const start = end
      end += Math.ceil((byteLength + readablePadding) / alignment) * alignment
      return start
    }
    this.controlByteOffset = hasThreads ? take(controlBlockBytes) : 0
    const addressOfState = (variable: Tensor): number => {
      const { storage } = variable
      const known = this.#states.get(storage)
      if (known !== undefined) return known
      const address = take(storage.length * dtypeInfo[storage.dtype].byteSize)
      this.#states.set(storage, address)
      return address
    }
    const placed = programs.map(({ compiled, variableOf, bindings, variables }) => {
      const addresses = new Map<Buffer, number>()
      variables.forEach(addressOfState)
      for (const [buffer, home] of compiled.plan.homes) {
        if (home.kind === 'state') addresses.set(buffer, addressOfState(variableOf(home.state)))
        if (home.kind !== 'fixed') continue
        const contents = {
          dtype: buffer.dtype,
          length: buffer.elementCount,
          elements: fixedElements(home.value, bindings),
        }
        // Programs for one and for several threads, and entry points, have much in common.
        let known = this.#fixed.find((each) => isSame(each, contents))
        if (!known) {
          known = { ...contents, byteOffset: take(buffer.elementCount * dtypeInfo[buffer.dtype].byteSize) }
          this.#fixed.push(known)
        }
        addresses.set(buffer, known.byteOffset)
      }
      this.#addresses.set(compiled, addresses)
      return { compiled, addresses }
    })
    // Calls never overlap, so all programs plan into one place.
    const planned = take(Math.max(0, ...programs.map(({ compiled }) => compiled.plan.memory.byteLength)))
    for (const { compiled, addresses } of placed)
      for (const [buffer, home] of compiled.plan.homes)
        if (home.kind === 'planned') addresses.set(buffer, planned + home.byteOffset)
    this.byteLength = end
  }

  get fixed(): readonly FixedContents[] {
    return this.#fixed
  }

  get pages(): number {
    return Math.ceil(this.byteLength / pageBytes)
  }

  addressOf(compiled: CompiledGraph, buffer: Buffer): number {
    const address = this.#addresses.get(compiled)?.get(buffer)
    if (address === undefined) throw new InternalError(`buffer ${buffer.name} has no place`)
    return address
  }

  placementsOf(compiled: CompiledGraph): (buffer: Buffer) => Placement {
    return (buffer) => ({ kind: 'static', byteOffset: this.addressOf(compiled, buffer) })
  }

  /** Address of a variable's elements. */
  addressOfState(variable: Tensor): number {
    const address = this.#states.get(variable.storage)
    if (address === undefined) throw new InternalError('a variable has no place')
    return address
  }
}
