import { deviceArena, readablePadding } from './arena.ts'

const unit = 64
/** Half of a second-level cache; larger ones are made for larger ops. */
const leastUnits = (1 << 20) / unit

/** How many units hold that many bytes, and readable bytes behind. */
export const unitsFor = (byteLength: number): number => Math.ceil((byteLength + readablePadding) / unit)

/**
 * Memory in the arena that eager kernels take in turns, round and round: what an op has read or written stays until the space is needed
 * again, and the next ops find it there. Positions count units since the start of the first round.
 */
class Workspace {
  #byteOffset = 0
  #units = 0
  /** The position of the unit at `byteOffset`, a multiple of the size. */
  #roundStart = 0
  #next = 0

  /** Makes it hold at least so many units, of which then none has anything yet. */
  reserve(units: number): void {
    if (units <= this.#units) return
    const arena = deviceArena()
    const passed = this.#next
    if (this.#units > 0) arena.release(this.#byteOffset)
    this.#units = 0
    // A third more than one op takes, for results and operands of the ops before; if memory is that short, only what the op takes.
    let wanted = Math.max(leastUnits, Math.ceil((units * 4) / 3))
    try {
      this.#byteOffset = arena.allocate(wanted * unit)
    } catch {
      wanted = units
      this.#byteOffset = arena.allocate(wanted * unit)
    }
    this.#units = wanted
    this.#roundStart = passed + wanted
    this.#next = this.#roundStart
  }

  /** What lies before this position may be overwritten by an op that takes so many units. */
  oldestBeside(units: number): number {
    const start = this.#fits(units) ? this.#next : this.#roundStart + this.#units
    return start + units - this.#units
  }

  /** Begins an op that takes at most so many units, all in one round. */
  begin(units: number): void {
    if (this.#fits(units)) return
    this.#roundStart += this.#units
    this.#next = this.#roundStart
  }

  /** Byte address of the next units; all of them together are no more than `begin` was told. */
  take(units: number): number {
    const address = this.addressOf(this.#next)
    this.#next += units
    return address
  }

  /** The position that `take` will give next. */
  get position(): number {
    return this.#next
  }

  /** Byte address of what lies at a position that is not too old. */
  addressOf(position: number): number {
    const at = position - this.#roundStart
    return this.#byteOffset + (at < 0 ? at + this.#units : at) * unit
  }

  #fits(units: number): boolean {
    return this.#next + units <= this.#roundStart + this.#units
  }
}

export const workspace = new Workspace()
