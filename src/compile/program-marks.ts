import { markBytesPerThread } from '../plan/profile-marks.ts'
import { deviceArena } from '../runtime/arena.ts'

/** The marks of a profiled program in the arena: for each thread, the start and the end of each kernel. */
export class ProgramMarks {
  readonly byteOffset: number
  readonly threads: number
  readonly kernels: number
  /** Float64 words from one thread's marks to the next one's. */
  readonly wordsPerThread: number

  constructor(byteOffset: number, threads: number, kernels: number) {
    this.byteOffset = byteOffset
    this.threads = threads
    this.kernels = kernels
    this.wordsPerThread = markBytesPerThread(kernels) / 8
  }

  static byteLength = (threads: number, kernels: number): number => threads * markBytesPerThread(kernels)

  /** Before a run: a thread that has no part in it, or in a kernel, leaves 0. */
  clear(): void {
    const first = this.byteOffset / 8
    deviceArena().views.f64.fill(0, first, first + this.threads * this.wordsPerThread)
  }

  /** A copy of what the latest run left. */
  read(): Float64Array {
    const first = this.byteOffset / 8
    return Float64Array.from(deviceArena().views.f64.subarray(first, first + this.threads * this.wordsPerThread))
  }
}
