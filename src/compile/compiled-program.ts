import { dtypeInfo, type TypedArray } from '../base/dtype.ts'
import { InternalError } from '../base/errors.ts'
import { elementCount, type TensorType } from '../base/shape.ts'
import type { GraphInput } from '../ir/graph.ts'
import type { Buffer } from '../kernel/ir.ts'
import type { Placement } from '../plan/placement.ts'
import { inOrder } from '../plan/program-steps.ts'
import { oneThread } from '../plan/threads.ts'
import { keptBuffers } from '../plan/kept-buffers.ts'
import type { ProgramPlan } from '../plan/program-plan.ts'
import { deviceArena } from '../runtime/arena.ts'
import { fixedElements, type Bindings, type CompiledGraph } from './compile-graph.ts'
import { codeText, linkCode, type LinkedCode } from './linked-code.ts'
import type { CompileOptions } from './options.ts'
import { ProgramMarks } from './program-marks.ts'

/** A value's place in the arena. */
export interface Place {
  readonly type: TensorType
  readonly byteOffset: number
  /** Whether what was put there is still there at the next call. */
  readonly isKept: boolean
}

/** A compiled graph bound to memory: copy arguments to their places, run, read results from theirs. */
export class CompiledProgram {
  readonly compiled: CompiledGraph
  /** Where each input the program reads has to be; unused ones are missing. */
  readonly inputs: ReadonlyMap<GraphInput, Place>
  readonly results: readonly Place[]
  readonly resultBytes: number
  /** Bytes of arena that belong to the program alone: planned buffers and fixed contents. */
  readonly arenaBytes: number
  readonly moduleBytes: number
  /** Of a profiled program: when each kernel began and ended. */
  readonly marks: ProgramMarks | undefined
  readonly #region: ProgramRegion
  readonly #target: CompileOptions['target']
  #code: LinkedCode

  constructor(compiled: CompiledGraph, bindings: Bindings, options: CompileOptions) {
    const { plan } = compiled
    const region = new ProgramRegion(compiled, bindings, options.profile)
    this.compiled = compiled
    this.#region = region
    this.marks = region.marks
    this.#target = options.target
    this.arenaBytes = region.byteLength
    const kept = keptBuffers(plan)
    this.inputs = new Map(
      [...plan.inputs].map(([input, buffer]) => [
        input,
        { type: input.type, byteOffset: region.addressOf(buffer), isKept: kept.has(buffer) },
      ]),
    )
    const { results } = compiled.traced
    this.results = plan.results.map(({ buffer, elementOffset }, i) => {
      const { type } = results[i]!
      const byteOffset = region.addressOf(buffer) + elementOffset * dtypeInfo[type.dtype].byteSize
      return { type, byteOffset, isKept: false }
    })
    this.resultBytes = results.reduce(
      (sum, { type }) => sum + elementCount(type.shape) * dtypeInfo[type.dtype].byteSize,
      0,
    )
    this.#code = region.link(options.target)
    this.moduleBytes = this.#code.moduleBytes
    reclaim.register(this, region, this)
  }

  /** Runs every kernel. Returns 0, or the site of a failed check; then no state has changed. @throws WORKER_LOST */
  run(): number {
    if (this.#code.memory !== deviceArena().memory) this.#code = this.#region.link(this.#target)
    return this.#code.run()
  }

  /** Byte address of one of the plan's buffers. */
  addressOf(buffer: Buffer): number {
    return this.#region.addressOf(buffer)
  }

  /** Runs one kernel alone, by code of its own; returns 0, or the site of a failed check. */
  runKernel(step: number): number {
    return this.#region.linkKernel(step, this.#target).run()
  }

  /** The generated code: JavaScript, or the text format of WebAssembly. */
  text(): string {
    return codeText(this.compiled.plan, this.#region.placementOf, this.#target, this.marks?.byteOffset)
  }

  dispose(): void {
    reclaim.unregister(this)
    this.#region.release()
  }
}

/** The arena blocks of one program, and the address of each of its buffers. */
class ProgramRegion {
  readonly byteLength: number
  readonly marks: ProgramMarks | undefined
  readonly #blocks: number[] = []
  readonly #addresses = new Map<Buffer, number>()
  readonly #plan: ProgramPlan
  #releaseCode = (): void => {}

  constructor({ plan }: CompiledGraph, bindings: Bindings, isProfiled = false) {
    this.#plan = plan
    const arena = deviceArena()
    const planned = this.#allocate(plan.memory.byteLength)
    let fixedBytes = 0
    for (const [buffer, home] of plan.homes) {
      if (home.kind === 'planned') this.#addresses.set(buffer, planned + home.byteOffset)
      else if (home.kind === 'state') this.#addresses.set(buffer, bindings.addressOf(home.state))
      else {
        const { byteSize, array } = dtypeInfo[buffer.dtype]
        const address = this.#allocate(buffer.elementCount * byteSize)
        fixedBytes += buffer.elementCount * byteSize
        this.#addresses.set(buffer, address)
        const elements = fixedElements(home.value, bindings) // first, because memory may grow for it
        fill(new array(arena.memory.buffer, address, buffer.elementCount), elements)
      }
    }
    this.byteLength = plan.memory.byteLength + fixedBytes
    const [{ threads }, kernels] = [plan.threads, plan.kernels.length]
    if (isProfiled)
      this.marks = new ProgramMarks(this.#allocate(ProgramMarks.byteLength(threads, kernels)), threads, kernels)
  }

  addressOf(buffer: Buffer): number {
    const address = this.#addresses.get(buffer)
    if (address === undefined) throw new InternalError(`buffer ${buffer.name} has no place`)
    return address
  }

  readonly placementOf = (buffer: Buffer): Placement => ({ kind: 'static', byteOffset: this.addressOf(buffer) })

  link(target: CompileOptions['target']): LinkedCode {
    const code = linkCode(this.#plan, this.placementOf, target, this.marks?.byteOffset)
    this.#releaseCode = code.release
    return code
  }

  linkKernel(step: number, target: CompileOptions['target']): LinkedCode {
    const { copyOf: _, ...kernel } = this.#plan.kernels[step]!
    const threads = oneThread([kernel], undefined)
    return linkCode({ ...this.#plan, kernels: [kernel], steps: inOrder(1), threads }, this.placementOf, target)
  }

  release(): void {
    this.#releaseCode()
    for (const block of this.#blocks.splice(0)) deviceArena().release(block)
  }

  #allocate(byteLength: number): number {
    const block = deviceArena().allocate(byteLength)
    this.#blocks.push(block)
    return block
  }
}

function fill(target: TypedArray, elements: TypedArray | number): void {
  if (typeof elements === 'number') target.fill(elements)
  else target.set(elements)
}

const reclaim = new FinalizationRegistry<ProgramRegion>((region) => region.release())
