import type { RegisterType } from '../../kernel/ir.ts'
import type { KernelContext } from './kernel-context.ts'
import { pushZeroVector } from './vector-constant.ts'

/** Whether a register has two lanes of 32 bits, which are the low half of a vector: they go along with two lanes of float64. */
export const isHalfVector = ({ scalar, lanes }: RegisterType): boolean =>
  lanes === 2 && (scalar === 'f32' || scalar === 'i32')

const lowWords = [0, 1, 2, 3, 8, 9, 10, 11, 16, 16, 16, 16, 16, 16, 16, 16]

/** Turns the two masks of 64 bits on the stack into masks of 32 bits in the low half. */
export function narrowMask(context: KernelContext): void {
  pushZeroVector(context)
  context.builder.emit('i8x16.shuffle', ...lowWords)
}
