import type { Dtype, TypedArray } from '../base/dtype.ts'
import { memoryTooSmall } from './errors.ts'

const pageBytes = 65536
const initialPages = 64
/** 4 GiB: all that 32-bit addresses reach. Reserved as address space only. */
export const maximumPages = 65536
const alignment = 64
/** Vector loads may read this far past the end of a buffer. */
export const readablePadding = 16

/** Typed views of the whole memory; replaced together when the memory grows. */
export interface MemoryViews {
  readonly f32: Float32Array
  readonly f64: Float64Array
  readonly i32: Int32Array
  readonly u8: Uint8Array
}

/**
 * One WebAssembly memory with an allocator: home of parameters, optimizer state and every compiled program's buffers. Blocks are
 * aligned to 64 bytes and followed by 16 readable bytes. The memory is shared from the first threaded program on.
 */
export class Arena {
  /** Replaced by `share`, after which whatever was linked to it has to be linked again. */
  memory = new WebAssembly.Memory({ initial: initialPages, maximum: maximumPages })
  views: MemoryViews = viewsOf(this.memory)
  isShared = false
  allocatedBytes = 0
  /** Free runs, sorted by offset; offset 0 stays unused so that 0 is never an address. */
  readonly #free: { offset: number; size: number }[] = [
    { offset: alignment, size: initialPages * pageBytes - alignment },
  ]
  readonly #sizes = new Map<number, number>()

  /** A block of at least `byteLength` bytes; first fit. @throws MEMORY_EXHAUSTED */
  allocate(byteLength: number): number {
    const size = Math.ceil((byteLength + readablePadding) / alignment) * alignment
    const found = this.#free.findIndex((run) => run.size >= size)
    if (found < 0) {
      this.#grow(size)
      return this.allocate(byteLength)
    }
    const run = this.#free[found]!
    const { offset } = run
    run.offset += size
    run.size -= size
    if (run.size === 0) this.#free.splice(found, 1)
    this.#sizes.set(offset, size)
    this.allocatedBytes += size
    return offset
  }

  /** Moves everything, addresses unchanged, to memory that threads can share. Copying in and out of it is slower, so it is not the default. False if the engine gives none. */
  share(): boolean {
    if (this.isShared) return true
    const initial = this.memory.buffer.byteLength / pageBytes
    let memory: WebAssembly.Memory
    try {
      memory = new WebAssembly.Memory({ initial, maximum: maximumPages, shared: true })
    } catch {
      return false
    }
    new Uint8Array(memory.buffer).set(this.views.u8)
    this.memory = memory
    this.views = viewsOf(memory)
    this.isShared = true
    return true
  }

  /** What a module says about the memory it imports. */
  get limits(): { minimumPages: number; maximumPages?: number; shared?: boolean } {
    return this.isShared ? { minimumPages: 0, maximumPages, shared: true } : { minimumPages: 0 }
  }

  release(offset: number): void {
    const size = this.#sizes.get(offset)
    if (size === undefined) return
    this.#sizes.delete(offset)
    this.allocatedBytes -= size
    this.#addFree(offset, size)
  }

  #addFree(offset: number, size: number): void {
    const next = this.#free.findIndex((run) => run.offset > offset)
    const at = next < 0 ? this.#free.length : next
    this.#free.splice(at, 0, { offset, size })
    for (const i of [at, at - 1]) {
      const [a, b] = [this.#free[i], this.#free[i + 1]]
      if (a && b && a.offset + a.size === b.offset) {
        a.size += b.size
        this.#free.splice(i + 1, 1)
      }
    }
  }

  #grow(size: number): void {
    const pages = this.memory.buffer.byteLength / pageBytes
    const last = this.#free.at(-1)
    const atEnd = last && last.offset + last.size === pages * pageBytes ? last.size : 0
    const wanted = Math.max(Math.ceil((size - atEnd) / pageBytes), Math.ceil(pages / 2))
    const added = Math.min(wanted, maximumPages - pages)
    if (atEnd + added * pageBytes < size) throw memoryTooSmall(size)
    try {
      this.memory.grow(added)
    } catch {
      throw memoryTooSmall(size)
    }
    this.views = viewsOf(this.memory)
    this.#addFree(pages * pageBytes, added * pageBytes)
  }
}

const viewsOf = ({ buffer }: WebAssembly.Memory): MemoryViews => ({
  f32: new Float32Array(buffer),
  f64: new Float64Array(buffer),
  i32: new Int32Array(buffer),
  u8: new Uint8Array(buffer),
})

/** The view that holds elements of `dtype`. */
export function elementsOf({ views }: Arena, dtype: Dtype): TypedArray {
  switch (dtype) {
    case 'float32':
      return views.f32
    case 'float64':
      return views.f64
    case 'int32':
      return views.i32
    default:
      return views.u8
  }
}

let shared: Arena | undefined
/** The arena of this process's CPU device, made at first use. */
export const deviceArena = (): Arena => (shared ??= new Arena())
