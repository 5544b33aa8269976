import { dtypeInfo, type TypedArray } from '../base/dtype.ts'
import { elementCount } from '../base/shape.ts'
import { type GraphInput, type GraphNode, type GraphValue } from '../ir/graph.ts'
import type { Kernel } from '../kernel/ir.ts'
import { deviceArena, elementsOf } from '../runtime/arena.ts'
import { freshArray } from '../runtime/fresh-array.ts'
import { Storage } from '../runtime/storage.ts'
import type { CompiledGraph } from './compile-graph.ts'
import { CompiledProgram, type Place } from './compiled-program.ts'
import type { CompileOptions } from './options.ts'

/** A compiled graph with states of its own: what it does changes nothing outside. For looking into a call. */
export class IsolatedProgram {
  readonly #program: CompiledProgram
  readonly #cells = new Map<GraphInput, Storage>()

  /** `elements` has those of every input, row-major. */
  constructor(compiled: CompiledGraph, elements: ReadonlyMap<GraphInput, TypedArray>, options: CompileOptions) {
    for (const input of compiled.traced.inputs)
      if (input.role === 'state') this.#cells.set(input, new Storage(input.type.dtype, elements.get(input)!.slice()))
    this.#program = new CompiledProgram(
      compiled,
      {
        addressOf: (state) => this.#cells.get(state)!.makeResident(),
        elementsOf: (capture) => elements.get(capture)!,
      },
      options,
    )
    for (const [input, { byteOffset, type }] of this.#program.inputs) {
      if (input.role !== 'argument') continue
      const { byteSize } = dtypeInfo[type.dtype]
      elementsOf(deviceArena(), type.dtype).set(elements.get(input)!, byteOffset / byteSize)
    }
  }

  get kernels(): readonly Kernel[] {
    return this.#program.compiled.plan.kernels
  }

  /** Runs the whole program, once. Returns 0, or the site of a failed check. @throws WORKER_LOST */
  run(): number {
    return this.#program.run()
  }

  /** Runs the next kernel; the caller goes through them in order. */
  runKernel(step: number): number {
    return this.#program.runKernel(step)
  }

  result(position: number): TypedArray {
    return read(this.#program.results[position]!)
  }

  state(input: GraphInput): TypedArray {
    return this.#cells.get(input)!.array.slice()
  }

  /** The values whose elements a kernel leaves in memory. */
  outputsOf(step: number): readonly GraphNode[] {
    return this.#program.compiled.plan.groups[step]!.outputs
  }

  /** The values that it reads from memory, but for states, which may have been replaced by then. */
  inputsOf(step: number): GraphValue[] {
    const { stored } = this.#program.compiled.plan
    const read = new Set(this.kernels[step]!.reads)
    const values = [...stored].flatMap(([value, buffer]) => (read.has(buffer) ? [value] : []))
    return values.filter((value) => value.op !== 'input' || value.role !== 'state')
  }

  /** What lies where the value is kept; after the kernel that makes it, and before its bytes are used again, its elements. */
  elements(value: GraphValue): TypedArray {
    const buffer = this.#program.compiled.plan.stored.get(value)!
    return read({ type: value.type, byteOffset: this.#program.addressOf(buffer) })
  }

  dispose(): void {
    this.#program.dispose()
  }
}

function read({ type, byteOffset }: Omit<Place, 'isKept'>): TypedArray {
  const first = byteOffset / dtypeInfo[type.dtype].byteSize
  return freshArray(elementsOf(deviceArena(), type.dtype), first, first + elementCount(type.shape))
}
