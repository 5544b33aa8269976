import type { Buffer, Expr, HostFunction, Variable } from '../../kernel/ir.ts'
import type { Addressing } from './addressing.ts'
import type { FunctionBuilder } from './function-builder.ts'

/** Where a buffer begins: at a fixed byte, or at the byte that an i32 parameter of every function holds. */
export type Placement =
  | { readonly kind: 'static'; readonly byteOffset: number }
  | { readonly kind: 'parameter'; readonly position: number }

/** What the emission of one kernel's function shares. */
export interface KernelContext {
  readonly builder: FunctionBuilder
  readonly addressing: Addressing
  readonly fma: 'fused' | 'separate'
  readonly statusByteOffset: number
  /** A local to be added to it, where each thread has a place of its own. */
  readonly statusBase: number | undefined
  placementOf(buffer: Buffer): Placement
  hostFunctionIndex(fn: HostFunction): number
  localOf(variable: Variable): number
  /** Whether what is emitted now stands in a loop without inner loops. */
  inInnermostLoop(): boolean
  /** Emits the code that leaves the value of `expression` on the stack. */
  push(expression: Expr): void
}
