import { dtypeInfo, type TypedArray } from '../base/dtype.ts'
import { InternalError } from '../base/errors.ts'
import type { TensorType } from '../base/shape.ts'
import { generateJs } from '../codegen/js/program.ts'
import { instantiateJs } from '../codegen/js/instantiate.ts'
import { generateWasm } from '../codegen/wasm/index.ts'
import type { GraphInput } from '../ir/graph.ts'
import type { Buffer } from '../kernel/ir.ts'
import type { Placement } from '../plan/placement.ts'
import { deviceArena } from '../runtime/arena.ts'
import { fmaRule } from '../runtime/engine.ts'
import { instantiateWasm } from '../runtime/instantiate.ts'
import { statusByteOffset } from './check-failed.ts'
import { fixedElements, type Bindings, type CompiledGraph } from './compile-graph.ts'
import type { CompileOptions } from './options.ts'

/** A value's place in the arena. */
export interface Place {
  readonly type: TensorType
  readonly byteOffset: number
}

/** A compiled graph bound to memory: copy arguments to their places, run, read results from theirs. */
export class CompiledProgram {
  readonly compiled: CompiledGraph
  /** Runs every kernel. Returns 0, or the site of a failed check; then no state has changed. */
  readonly run: () => number
  /** Where each input the program reads has to be; unused ones are missing. */
  readonly inputs: ReadonlyMap<GraphInput, Place>
  readonly results: readonly Place[]
  /** Bytes of arena that belong to the program alone: planned buffers and fixed contents. */
  readonly arenaBytes: number
  readonly moduleBytes: number
  readonly #region: ProgramRegion
  readonly #target: CompileOptions['target']

  constructor(compiled: CompiledGraph, bindings: Bindings, options: CompileOptions) {
    const { plan } = compiled
    const region = new ProgramRegion(compiled, bindings)
    this.compiled = compiled
    this.#region = region
    this.#target = options.target
    this.arenaBytes = region.byteLength
    this.inputs = new Map([...plan.inputs].map(([input, buffer]) => [input, { type: input.type, byteOffset: region.addressOf(buffer) }]))
    const { results } = compiled.traced
    this.results = plan.results.map(({ buffer, elementOffset }, i) => {
      const { type } = results[i]!
      return { type, byteOffset: region.addressOf(buffer) + elementOffset * dtypeInfo[type.dtype].byteSize }
    })
    const spec = programSpec(compiled, (buffer) => ({ kind: 'static', byteOffset: region.addressOf(buffer) }))
    if (options.target === 'js') {
      const { text } = generateJs(spec)
      const entry = instantiateJs(text)
      this.moduleBytes = text.length
      this.run = () => entry(deviceArena().views)
    } else {
      const { bytes } = generateWasm(spec)
      this.moduleBytes = bytes.byteLength
      this.run = instantiateWasm(bytes)
    }
    reclaim.register(this, region, this)
  }

  /** The generated code: JavaScript, or the text format of WebAssembly. */
  text(): string {
    const spec = programSpec(this.compiled, (buffer) => ({ kind: 'static', byteOffset: this.#region.addressOf(buffer) }))
    return this.#target === 'js' ? generateJs(spec).text : generateWasm(spec).text()
  }

  dispose(): void {
    reclaim.unregister(this)
    this.#region.release()
  }
}

export const programSpec = ({ plan }: CompiledGraph, placementOf: (buffer: Buffer) => Placement) => ({
  kernels: plan.kernels,
  placementOf,
  parameterCount: 0,
  fma: fmaRule(),
  statusByteOffset: statusByteOffset(),
})

/** The arena blocks of one program, and the address of each of its buffers. */
class ProgramRegion {
  readonly byteLength: number
  readonly #blocks: number[] = []
  readonly #addresses = new Map<Buffer, number>()

  constructor({ plan }: CompiledGraph, bindings: Bindings) {
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
        fill(new array(arena.memory.buffer, address, buffer.elementCount), fixedElements(home.value, bindings))
      }
    }
    this.byteLength = plan.memory.byteLength + fixedBytes
  }

  addressOf(buffer: Buffer): number {
    const address = this.#addresses.get(buffer)
    if (address === undefined) throw new InternalError(`buffer ${buffer.name} has no place`)
    return address
  }

  release(): void {
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
