import { GryphError } from '../base/errors.ts'

export const memoryTooSmall = (byteLength: number): GryphError =>
  new GryphError(
    'MEMORY_EXHAUSTED',
    `[memory] ${byteLength} more bytes do not fit in the 4 GiB that WebAssembly can address. Use smaller tensors or batches, or drop references to state you no longer need.`,
  )

export const workerLost = (why: string): GryphError =>
  new GryphError(
    'WORKER_LOST',
    `[threads] a worker thread of a compiled function is gone: ${why}. No state has changed; call the function again, and new workers start.`,
  )
