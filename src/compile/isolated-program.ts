import { dtypeInfo, type TypedArray } from '../base/dtype.ts'
import { elementCount } from '../base/shape.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import type { GraphInput, GraphValue } from '../ir/graph.ts'
import type { Kernel } from '../kernel/ir.ts'
import type { ScalarPlace } from '../plan/program-steps.ts'
import { deviceArena, elementsOf } from '../runtime/arena.ts'
import { freshArray } from '../runtime/fresh-array.ts'
import { Storage } from '../runtime/storage.ts'
import type { CompiledGraph } from './compile-graph.ts'
import { CompiledProgram, type Place } from './compiled-program.ts'
import type { CompileOptions } from './options.ts'

/** One time that a kernel runs. */
export interface KernelRun {
  readonly kernel: number
  /** Numbers of the passes of the loops around it, outermost first. */
  readonly passes: readonly number[]
}

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

  /**
   * Kernels in the order they run, each with the numbers of the passes of the loops around it. The caller runs each before it asks for the
   * next: branches and loops depend on what they leave.
   */
  *walk(steps = this.#program.compiled.plan.steps, passes: readonly number[] = []): Generator<KernelRun> {
    for (const step of steps) {
      if (step.kind === 'kernel') yield { kernel: step.kernel, passes }
      else if (step.kind === 'branch') {
        const chosen = Math.min(Math.max(this.#scalar(step.selector), 0), step.arms.length - 1)
        yield* this.walk(step.arms[chosen], passes)
      } else {
        for (let pass = 0; ; pass++) {
          this.#elementsAt(step.pass)[step.pass.elementOffset] = pass
          if (step.count && pass >= this.#scalar(step.count)) break
          const inside = [...passes, pass]
          if (step.condition) {
            yield* this.walk(step.condition.steps, inside)
            if (this.#scalar(step.condition.test) === 0) break
          }
          yield* this.walk(step.body, inside)
        }
      }
    }
  }

  /** Runs one kernel; returns 0, or the site of a failed check. */
  runKernel(kernel: number): number {
    return this.#program.runKernel(kernel)
  }

  #scalar(place: ScalarPlace): number {
    return this.#elementsAt(place)[place.elementOffset]!
  }

  #elementsAt({ buffer }: ScalarPlace): TypedArray {
    const first = this.#program.addressOf(buffer) / dtypeInfo[buffer.dtype].byteSize
    return elementsOf(deviceArena(), buffer.dtype).subarray(first, first + buffer.elementCount)
  }

  result(position: number): TypedArray {
    return read(this.#program.results[position]!)
  }

  state(input: GraphInput): TypedArray {
    return this.#cells.get(input)!.array.slice()
  }

  group(kernel: number): FusionGroup {
    return this.#program.compiled.plan.groups[kernel]!
  }

  /** The values that a kernel reads from memory. */
  inputsOf(kernel: number): GraphValue[] {
    const read = new Set(this.kernels[kernel]!.reads)
    return [...this.#program.compiled.plan.stored].flatMap(([value, buffer]) => (read.has(buffer) ? [value] : []))
  }

  /** Whether a kernel leaves a result, or part of what one is seen in. */
  leavesResult(kernel: number, position: number): boolean {
    return this.kernels[kernel]!.writes.includes(this.#program.compiled.plan.results[position]!.buffer)
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
