/**
 * Where a profiled program leaves times: a float64 before and one after each kernel, in milliseconds of the calling thread's clock. Each
 * thread has a block of its own, on cache lines of its own.
 */
export interface MarksSpec {
  readonly byteOffset: number
  readonly kernels: number
}

export const startMark = (kernel: number): number => 16 * kernel
export const endMark = (kernel: number): number => 16 * kernel + 8
export const markBytesPerThread = (kernels: number): number => Math.ceil((16 * kernels) / 64) * 64
