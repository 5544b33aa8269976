import { dtypeInfo, type Dtype, type TypedArray } from '../base/dtype.ts'
import { deviceArena, type Arena } from './arena.ts'

/** Has to settle the storage. */
type Provide = (storage: Storage) => void

export interface StorageWatcher {
  used(slot: number): void
}

/**
 * Where the elements of a tensor lie: an ordinary typed array that the garbage collector frees, or, for long-lived state, a fixed
 * place in the arena that compiled programs read and write directly.
 */
export class Storage {
  readonly dtype: Dtype
  readonly length: number
  /** Tells storages apart without keeping them alive. */
  readonly id = ++storages
  /** Byte address in the arena; 0 for heap storage. */
  byteOffset = 0
  /** How often the contents were replaced; views made before are stale. */
  version = 0
  /** Where eager kernels last had a copy of heap elements; see `workspace`. */
  workspacePosition = -1
  /** Whether a variable has it: then its elements can change. */
  isVariable = false
  /** Number of the elements among the values of the segment run that uses them, and which run that is. */
  slot = 0
  runId = 0
  /** Told of the first use of elements that a call has left behind. */
  watcher: StorageWatcher | undefined
  #array: TypedArray
  #provide: Provide | undefined

  constructor(dtype: Dtype, array: TypedArray, length = array.length) {
    this.dtype = dtype
    this.length = length
    this.#array = array
  }

  /** Elements that nobody has computed yet. */
  static putOff(dtype: Dtype, length: number, provide: Provide): Storage {
    const storage = new Storage(dtype, (noElements[dtype] ??= new dtypeInfo[dtype].array(0)), length)
    storage.#provide = provide
    return storage
  }

  get isPutOff(): boolean {
    return this.#provide !== undefined
  }

  /** Whoever reads the elements calls `provide` first, which has to settle them. */
  putOff(provide: Provide): void {
    this.#provide = provide
  }

  /** Ends a delay: the elements are these, or what they were before it. */
  settle(array: TypedArray = this.#array): void {
    this.#provide = undefined
    this.#array = array
  }

  /** Tells the watcher, once. */
  noteUse(): void {
    const { watcher } = this
    this.watcher = undefined
    watcher?.used(this.slot)
  }

  get isResident(): boolean {
    return this.byteOffset !== 0
  }

  /** The elements, as they are now. A resident storage's array must not be kept: it goes stale when memory grows. */
  get array(): TypedArray {
    if (this.#provide) this.#provide(this)
    if (this.watcher) this.noteUse()
    if (this.byteOffset !== 0 && this.#array.buffer !== deviceArena().memory.buffer)
      this.#array = this.#residentView(deviceArena())
    return this.#array
  }

  /** Moves the elements to a place of their own in the arena, for the rest of the storage's life. Returns its byte address. */
  makeResident(): number {
    if (this.byteOffset !== 0) return this.byteOffset
    const arena = deviceArena()
    const elements = this.array
    this.byteOffset = arena.allocate(elements.byteLength)
    this.#array = this.#residentView(arena)
    this.#array.set(elements)
    reclaim.register(this, this.byteOffset)
    return this.byteOffset
  }

  #residentView(arena: Arena): TypedArray {
    return new dtypeInfo[this.dtype].array(arena.memory.buffer, this.byteOffset, this.length)
  }
}

let storages = 0
const noElements: Partial<Record<Dtype, TypedArray>> = {}

/** State is long-lived and rare, so late collection is fine here; temporaries never come this way. */
const reclaim = new FinalizationRegistry<number>((byteOffset) => deviceArena().release(byteOffset))
