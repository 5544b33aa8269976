/**
 * Words of shared memory by which the threads of a program meet, as byte offsets from the block's start. Words that different threads
 * write stand on lines of their own.
 */
export const controlBlock = {
  /** Barrier: how many threads wait at it, how many times it opened, and how many sleep at it. */
  arrived: 0,
  generation: 64,
  sleepers: 68,
  /** Set by a thread whose check failed; at the next barrier the last to arrive copies it to `stop`, so that all see the same there. */
  pending: 128,
  stop: 132,
  /** A thread is gone: nobody will open the barrier. */
  lost: 136,
  /** Whether thread 0 may sleep; the main thread of a page may not. */
  mayBlock: 140,
  /** One slot for each thread. */
  slots: 192,
} as const

export const slotBytes = 64

/** Byte offsets in a thread's slot. */
export const slot = {
  /** The value and the site of its failed check. */
  value: 0,
  site: 4,
  /** Changes when there is something to do. */
  wake: 8,
  isAsleep: 12,
  /** The program to run, and with how many threads. */
  program: 16,
  threads: 20,
  /** Messages sent to it, and how many of them it has carried out. */
  sent: 24,
  done: 28,
  /** Values of `wake`: of the run it was last asked for, of the last it began, and of the last it left. It is inside one unless it left what it was asked for. */
  asked: 36,
  started: 32,
  left: 40,
} as const

export const mostThreads = 64
export const controlBlockBytes = controlBlock.slots + mostThreads * slotBytes
