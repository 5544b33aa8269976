import { endMark, markBytesPerThread, startMark, type MarksSpec } from '../../plan/profile-marks.ts'
import type { FunctionBuilder } from './function-builder.ts'
import type { ImportedFunction } from './module.ts'

/** Milliseconds on the clock of the thread that calls the program. */
export const clock: ImportedFunction = { module: 'clock', name: 'now', type: { parameters: [], results: ['f64'] } }

/** Where marks go, and the index of the imported clock. */
export interface MarkTarget extends MarksSpec {
  readonly clockIndex: number
}

/** Stores the time before or after a kernel among the marks of the thread whose number is in a local. Values on the stack stay. */
export function emitMark(
  builder: FunctionBuilder,
  marks: MarkTarget | undefined,
  when: 'start' | 'end',
  kernel: number,
  worker?: number,
): void {
  if (!marks) return
  if (worker === undefined) builder.emit('i32.const', 0)
  else {
    builder.emit('local.get', worker)
    builder.emit('i32.const', markBytesPerThread(marks.kernels))
    builder.emit('i32.mul')
  }
  builder.emit('call', marks.clockIndex)
  const mark = when === 'start' ? startMark(kernel) : endMark(kernel)
  builder.emitNoted(`${when} of kernel ${kernel}`, 'f64.store', marks.byteOffset + mark)
}
