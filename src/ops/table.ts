import type { Dtype } from '../base/dtype.ts'
import type { Shape } from '../base/shape.ts'

/** Every primitive with its number of operands and its attributes. Types only; the records are in families/. */
export interface OpTable {
  // elementwise; operands broadcast, dtypes are equal unless said
  copy: Op<1>
  neg: Op<1>
  abs: Op<1>
  sign: Op<1>
  sqrt: Op<1>
  floor: Op<1>
  /** `nonPositive` promises that no element of the operand is above 0, which saves operations and changes no bit. */
  exp: Op<1, { nonPositive?: true }>
  expm1: Op<1>
  log: Op<1>
  log1p: Op<1>
  sin: Op<1>
  cos: Op<1>
  tanh: Op<1>
  sigmoid: Op<1>
  erf: Op<1>
  relu: Op<1>
  logicalNot: Op<1>
  cast: Op<1, { dtype: Dtype }>
  add: Op<2>
  sub: Op<2>
  mul: Op<2>
  div: Op<2>
  pow: Op<2>
  maximum: Op<2>
  minimum: Op<2>
  equal: Op<2>
  notEqual: Op<2>
  less: Op<2>
  lessEqual: Op<2>
  greater: Op<2>
  greaterEqual: Op<2>
  logicalAnd: Op<2>
  logicalOr: Op<2>
  logicalXor: Op<2>
  where: Op<3>
  // generators: each element is computed from its index
  iota: Op<0, { shape: Shape; axis: number; dtype: Dtype }>
  oneHot: Op<1, { depth: number; dtype: Dtype }>
  gather: Op<2, { axis: number }>
  /** Fails, with an error that `message` words, where an element is not true, not finite, or 0 as a pivot. Otherwise true everywhere. */
  assertion: Op<1, { test: 'true' | 'finite' | 'pivot'; message: string }>
  /** A block of `sizes`, `steps` apart, from `starts` on, plus a run-time number for each of `axes`, which nothing checks. */
  dynamicSlice: Op<'many', Block & { sizes: readonly number[] }>
  /** Indices counted from 0, checked: from each on there is room for `extent` of the `size` elements along `axis`. */
  checkedIndex: Op<1, { axis: number; size: number; extent: number }>
  random: Op<1, { shape: Shape; distribution: 'uniform' | 'normal' | 'bits'; dtype: Dtype }>
  // views
  reshape: Op<1, { shape: Shape }>
  permute: Op<1, { axes: readonly number[] }>
  broadcastTo: Op<1, { shape: Shape }>
  slice: Op<1, { starts: readonly number[]; sizes: readonly number[]; steps: readonly number[] }>
  // reductions; axes are sorted and non-negative
  sum: Op<1, { axes: readonly number[]; keepDims: boolean }>
  prod: Op<1, { axes: readonly number[]; keepDims: boolean }>
  max: Op<1, { axes: readonly number[]; keepDims: boolean }>
  min: Op<1, { axes: readonly number[]; keepDims: boolean }>
  // contraction: [batch…, m, k] × [batch…, k, n], equal ranks and batch sizes
  matmul: Op<2>
  // [n, c, h, w] × [o, c / groups, i, j], windows inside the first operand: what matmul's one step along k cannot say
  conv2d: Op<2, { strides: Pair; dilations: Pair; groups: number }>
  // opaque
  concat: Op<'many', { axis: number }>
  pad: Op<1, { shape: Shape; starts: readonly number[]; steps: readonly number[]; value: number }>
  // several operands, each at its own places of zeros: a sum of pads would pass over the result once for each
  assemble: Op<'many', { shape: Shape; starts: readonly (readonly number[])[]; steps: readonly (readonly number[])[] }>
  scatterAdd: Op<2, { axis: number; size: number }>
  /** The first operand with the block at that place (see dynamicSlice) replaced by the second: part of it, where `where` would walk all. */
  setSlice: Op<'many', Block>
  /** The first operand, in which slice j of the second goes to position indices[j], which nothing checks, or is added there. */
  scatter: Op<3, { axis: number; combine: 'set' | 'add' }>
  permutation: Op<1, { size: number }>
}

/** Where a block begins, and how far apart its elements are. Scalar operands give what to add to the start of each of `axes`. */
export type Block = { starts: readonly number[]; steps: readonly number[]; axes: readonly number[] }

/** One number for the rows of images, one for their columns. */
export type Pair = readonly [number, number]

export interface Op<A extends Arity, At = NoAttrs> {
  arity: A
  attrs: At
}
export type OpName = keyof OpTable
export type Arity = 0 | 1 | 2 | 3 | 'many'
export type NoAttrs = Record<never, never>
/** Attributes of an op known only at run time, as passes meet it: plain data. */
export type Attrs = Readonly<Record<string, unknown>>
export const noAttrs: Attrs = Object.freeze({})
