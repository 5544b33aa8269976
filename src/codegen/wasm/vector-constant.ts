import type { Lanes, Scalar } from '../../kernel/ir.ts'
import type { Words } from './function-builder.ts'
import type { KernelContext } from './kernel-context.ts'

const view = new DataView(new ArrayBuffer(16))
const readWords = (): Words => [0, 4, 8, 12].map((at) => view.getInt32(at, true)) as [number, number, number, number] // four offsets make four words

/** The bits of a vector with these lanes; a bool is a mask. */
export function wordsOf(scalar: Scalar, values: readonly number[]): Words {
  const width = 16 / values.length
  values.forEach((value, lane) => {
    const at = lane * width
    if (scalar === 'f32') view.setFloat32(at, value, true)
    else if (scalar === 'f64') view.setFloat64(at, value, true)
    else if (scalar === 'bool') for (let byte = 0; byte < width; byte++) view.setInt8(at + byte, value === 0 ? 0 : -1)
    else view.setInt32(at, value, true)
  })
  return readWords()
}

/** Leaves a constant vector on the stack: from a local inside innermost loops, built in place elsewhere. */
export function pushVector(context: KernelContext, words: Words, name: string): void {
  const { builder } = context
  if (context.inInnermostLoop()) builder.emit('local.get', builder.constantLocal(words, name))
  else builder.emitNoted(name, 'v128.const', ...words)
}

export const pushZeroVector = (context: KernelContext): void => pushVector(context, [0, 0, 0, 0], 'zero')

/** The same value in every lane. */
export function pushUniform(context: KernelContext, scalar: Scalar, lanes: Lanes, value: number): void {
  const width = scalar === 'f32' || scalar === 'i32' ? 4 : lanes
  pushVector(context, wordsOf(scalar, new Array<number>(width).fill(value)), `${scalar}:${value}`)
}

/** A mask of the first `count` lanes. */
export function pushLaneMask(context: KernelContext, lanes: Lanes, count: number): void {
  const values = Array.from({ length: lanes }, (_, lane) => (lane < count ? 1 : 0))
  pushVector(context, wordsOf('bool', values), `first_${count}_of_${lanes}`)
}
