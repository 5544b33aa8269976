import type { Dtype } from '../base/dtype.ts'

/** One element of a tensor while a kernel is written; what it is made of is the kernel layer's business. */
export interface ScalarValue {
  readonly type: { readonly scalar: 'f32' | 'f64' | 'i32' | 'bool'; readonly lanes: number }
}
/** A position along one axis: affine in the loops, or computed. */
export interface IndexValue {
  readonly kind: 'index'
}

export type ScalarOp =
  | 'neg'
  | 'abs'
  | 'sqrt'
  | 'floor'
  | 'not' // one operand
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'pmin'
  | 'pmax'
  | 'and'
  | 'or'
  | 'xor'
  | 'shl'
  | 'shrS'
  | 'shrU' // two operands
  | 'eq'
  | 'ne'
  | 'lt'
  | 'le'
  | 'gt'
  | 'ge'
  | 'ltU' // comparisons
  | 'select' // condition, then, else
/** Functions with polynomial kernels of our own in f32 and the host's `Math` in f64; `expNonPositive` is `exp` where no operand is above 0. */
export type MathFunction =
  | 'exp'
  | 'expNonPositive'
  | 'expm1'
  | 'log'
  | 'log1p'
  | 'sin'
  | 'cos'
  | 'tanh'
  | 'sigmoid'
  | 'erf'
  | 'pow'

/** The scalar language records are written in. Operands have equal types unless said; uint8 elements are i32 registers. */
export interface ScalarBuilder {
  constant(value: number, dtype: Dtype): ScalarValue
  op(op: ScalarOp, ...operands: ScalarValue[]): ScalarValue
  math(fn: MathFunction, ...operands: ScalarValue[]): ScalarValue
  /** A change of dtype: floats go to integers toward zero, saturating, NaN as 0; anything but 0 is true; uint8 wraps. */
  cast(x: ScalarValue, from: Dtype, to: Dtype): ScalarValue
  /** The register as float32 or float64: `unsigned` reads an i32 as 0…2³²−1. */
  fromUnsigned(x: ScalarValue, to: 'float32' | 'float64'): ScalarValue
}

/** Reads and index arithmetic, for ops whose element depends on its position. */
export interface ElementBuilder extends ScalarBuilder {
  /** Position of the element along `axis` of the result. */
  index(axis: number): IndexValue
  /** A fixed position. */
  at(position: number): IndexValue
  /** A computed position (an i32). */
  computed(position: ScalarValue): IndexValue
  /** start + position · step */
  spaced(index: IndexValue, start: number, step: number): IndexValue
  /** The position with a computed one added to it. */
  shifted(index: IndexValue, by: ScalarValue): IndexValue
  /** The position as an i32. */
  value(index: IndexValue): ScalarValue
  /** Row-major position of the element in the result, as an i32. */
  linearIndex(): ScalarValue
  /** Element of operand `operand`, one index per axis. */
  read(operand: number, index: readonly IndexValue[]): ScalarValue
  /** Stops the program with a coded error when `ok` is false; `value` is an i32 for the message. Reads after it are guarded by it. */
  check(ok: ScalarValue, value: ScalarValue, failure: CheckFailure): void
}

export interface CheckFailure {
  readonly code: string
  readonly describe: (value: number) => string
}

/** A scalar operand that moves a block along `axis`. */
export interface BlockShift {
  readonly axis: number
  readonly operand: number
}

/** Whole-tensor steps of opaque ops, carried out in order. */
export interface StepBuilder extends ScalarBuilder {
  /** Every element of the result, or of the part of it that has `sizes` and begins at `starts`, becomes `value`. */
  fill(value: number, part?: { readonly starts: readonly number[]; readonly sizes: readonly number[] }): void
  /** result[starts + i · steps] = operand[i], for every index i of the operand. */
  copyInto(operand: number, starts: readonly number[], steps: readonly number[]): void
  /** result = operand: the first step, whose elements later ones write over. */
  copyWhole(operand: number): void
  /** As copyInto, with each scalar operand of `shifts` added to the start of its axis. */
  copyBlock(operand: number, starts: readonly number[], steps: readonly number[], shifts: readonly BlockShift[]): void
  /** Both at once for two operands of one shape in the steps of 2 along the last axis, the second one place further. */
  copyPairInto(first: number, second: number, starts: readonly number[], steps: readonly number[]): void
  /** result[…, indices[j], …] += updates[…, j, …] along `axis`, in row-major order of the updates; a negative index counts from the end. */
  scatterAdd(updates: number, indices: number, axis: number, failure: CheckFailure): void
  /** result[…, indices[j], …] = updates[…, j, …], or += it; indices are known to be in range. */
  scatter(updates: number, indices: number, axis: number, combine: 'set' | 'add'): void
  /** result = 0 … n−1, then for i = n−1 … 1 swaps i with `pick(i)`, an i32 in 0 … i. */
  shuffle(
    size: number,
    pick: (k: ScalarBuilder, i: ScalarValue, read: (operand: number, position: number) => ScalarValue) => ScalarValue,
  ): void
}
