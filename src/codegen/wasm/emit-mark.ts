import { endMark, markBytesPerThread, startMark, type MarksSpec } from '../../plan/profile-marks.ts'
import type { FunctionBuilder } from './function-builder.ts'
import type { ImportedFunction } from './module.ts'

/** Milliseconds on the clock of the thread that calls the program. */
export const clock: ImportedFunction = { module: 'clock', name: 'now', type: { parameters: [], results: ['f64'] } }

/** Where marks go, and the index of the imported clock. */
export interface MarkTarget extends MarksSpec {
  readonly clockIndex: number
  /** Kernels that run several times. */
  readonly repeated: ReadonlySet<number>
}

/**
 * Notes the time before or after a kernel among the marks of the thread whose number is in a local. Values on the stack stay. A kernel that runs
 * several times has the time that it began first, and that time and its whole duration together.
 */
export function emitMark(
  builder: FunctionBuilder,
  marks: MarkTarget | undefined,
  when: 'start' | 'end',
  kernel: number,
  worker?: number,
): void {
  if (!marks) return
  const pushBase = (): void => {
    if (worker === undefined) return builder.emit('i32.const', 0)
    builder.emit('local.get', worker)
    builder.emit('i32.const', markBytesPerThread(marks.kernels))
    builder.emit('i32.mul')
  }
  const [start, end] = [marks.byteOffset + startMark(kernel), marks.byteOffset + endMark(kernel)]
  const comment = `${when} of kernel ${kernel}`
  if (!marks.repeated.has(kernel)) {
    pushBase()
    builder.emit('call', marks.clockIndex)
    return builder.emitNoted(comment, 'f64.store', when === 'start' ? start : end)
  }
  const now = builder.borrow('f64')
  const store = (offset: number, push: () => void): void => {
    pushBase()
    push()
    builder.emitNoted(comment, 'f64.store', offset)
  }
  const pushLoaded = (offset: number): void => {
    pushBase()
    builder.emit('f64.load', offset)
  }
  builder.emit('call', marks.clockIndex)
  builder.emit('local.set', now)
  if (when === 'start') {
    pushLoaded(start)
    builder.emit('f64.const', 0)
    builder.emit('f64.eq')
    builder.open('if', { comment: 'the first time' })
    store(start, () => builder.emit('local.get', now))
    store(end, () => builder.emit('local.get', now))
    builder.emit('end')
  }
  store(end, () => {
    pushLoaded(end)
    builder.emit('local.get', now)
    builder.emit(when === 'start' ? 'f64.sub' : 'f64.add')
  })
  builder.giveBack(now, 'f64')
}
