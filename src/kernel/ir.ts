import type { Dtype } from '../base/dtype.ts'

/**
 * Kernel IR: loops over scalars and short vectors, buffers with affine addresses, no tensor ops.
 * Back ends see nothing else. An expression is a tree: a value used twice is bound by `let`.
 */

/** What a register holds in each lane. `bool` is 0/1 as a scalar and a lane mask as a vector. */
export type Scalar = 'f32' | 'f64' | 'i32' | 'bool'
/** 1 is a scalar; vectors have 4 lanes (f32, i32 and their masks) or 2 (f64, and what goes along with it). */
export type Lanes = 1 | 2 | 4
export interface RegisterType {
  readonly scalar: Scalar
  readonly lanes: Lanes
}

/** A run of elements of one dtype. Addresses count elements. uint8 and bool elements take one byte each. */
export interface Buffer {
  readonly name: string
  readonly dtype: Dtype
  readonly elementCount: number
  /** Working memory of which every thread has a copy of its own. */
  readonly perWorker?: true
}

/** Counts 0, step, 2·step, … below `extent`; compared by identity. */
export interface LoopIndex {
  readonly name: string
}

/** offset + Σ index · stride. */
export interface Affine {
  readonly offset: number
  readonly terms: readonly { readonly index: LoopIndex; readonly stride: number }[]
}

/** An element of a buffer: affine part plus, for gathers, a computed i32 (scalar, or one per lane). */
export interface Address {
  readonly affine: Affine
  readonly dynamic?: Expr
}

/** A mutable register of the kernel; compared by identity. `let` sets it once, `assign` again. */
export interface Variable {
  readonly name: string
  readonly type: RegisterType
}

export type UnaryOp =
  | 'neg' // f32 f64 i32
  | 'abs' // f32 f64 i32
  | 'sqrt' // f32 f64
  | 'floor' // f32 f64
  | 'not' // bool
/** `pmin(a, b)` is b < a ? b : a and `pmax(a, b)` is a < b ? b : a: a NaN in `a` stays, equal operands give `a`. */
export type BinaryOp =
  | 'add'
  | 'sub'
  | 'mul' // f32 f64 i32 (i32 wraps)
  | 'div' // f32 f64
  | 'pmin'
  | 'pmax' // f32 f64 i32
  | 'and'
  | 'or'
  | 'xor' // i32 bool
  | 'shl'
  | 'shrS'
  | 'shrU' // i32 by a constant or scalar i32
  | 'remU'
  | 'divS' // i32, lanes 1 only; divisor is never 0
export type CompareOp = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'ltU' // f32 f64 i32 → bool; ltU i32 only
/** Result type is on the node. Conversions from and to f64 exist for one lane and for two. */
export type ConvertOp =
  | 'f32ToF64'
  | 'f64ToF32'
  | 'i32ToF32'
  | 'i32ToF64'
  | 'u32ToF32'
  | 'u32ToF64'
  | 'f32ToI32'
  | 'f64ToI32' // toward zero, saturating, NaN → 0
  | 'boolToI32'
  | 'boolToF32'
  | 'boolToF64' // 0 or 1
  | 'bitsF32ToI32'
  | 'bitsI32ToF32'
  | 'highWordF64'
  | 'lowWordF64' // f64 → i32, lanes 1
/** Functions of the host's `Math`, f64 scalars only. */
export type HostFunction = 'exp' | 'log' | 'log1p' | 'expm1' | 'sin' | 'cos' | 'tanh' | 'pow'

export type Expr =
  | { readonly kind: 'constant'; readonly type: RegisterType; readonly value: number } // the same in every lane; i32 may be given signed or unsigned; bool 0 or 1
  | { readonly kind: 'indexValue'; readonly type: RegisterType; readonly affine: Affine; readonly laneStride: number } // i32: affine + lane · laneStride
  | { readonly kind: 'laneMask'; readonly type: RegisterType; readonly count: number } // bool vector: the first `count` lanes
  /**
   * Lane l reads element address + l · laneStride (0 repeats one element, 1 is contiguous), or address + dynamic[l] when
   * `at.dynamic` has lanes. Only the first `valid` lanes matter (default all): the rest may hold anything, but reading them must not trap:
   * a load with laneStride 1 or 2 may read past the end, since every buffer is followed by 16 readable bytes. uint8 loads as i32, bool as bool.
   */
  | {
      readonly kind: 'load'
      readonly type: RegisterType
      readonly buffer: Buffer
      readonly at: Address
      readonly laneStride: number
      readonly valid?: number
    }
  | { readonly kind: 'read'; readonly type: RegisterType; readonly variable: Variable }
  | { readonly kind: 'unary'; readonly type: RegisterType; readonly op: UnaryOp; readonly x: Expr }
  | { readonly kind: 'binary'; readonly type: RegisterType; readonly op: BinaryOp; readonly a: Expr; readonly b: Expr }
  | {
      readonly kind: 'compare'
      readonly type: RegisterType
      readonly op: CompareOp
      readonly a: Expr
      readonly b: Expr
    }
  | {
      readonly kind: 'select'
      readonly type: RegisterType
      readonly condition: Expr
      readonly a: Expr
      readonly b: Expr
    } // condition ? a : b, both evaluated
  | { readonly kind: 'convert'; readonly type: RegisterType; readonly op: ConvertOp; readonly x: Expr }
  | { readonly kind: 'fma'; readonly type: RegisterType; readonly a: Expr; readonly b: Expr; readonly c: Expr } // a·b + c for contractions: fused or not by the process-wide rule
  | { readonly kind: 'lane'; readonly type: RegisterType; readonly x: Expr; readonly lane: number } // one lane as a scalar
  | { readonly kind: 'splat'; readonly type: RegisterType; readonly x: Expr } // a scalar in every lane
  | {
      readonly kind: 'shuffle'
      readonly type: RegisterType
      readonly a: Expr
      readonly b: Expr
      readonly pick: readonly number[]
    } // lane l is lane pick[l] of the lanes of a, then those of b; vectors of two f64 and of four others
  | { readonly kind: 'makeF64'; readonly type: RegisterType; readonly high: Expr; readonly low: Expr } // from two i32 words, lanes 1
  | { readonly kind: 'host'; readonly type: RegisterType; readonly fn: HostFunction; readonly args: readonly Expr[] }

export type Statement =
  /**
   * `extent` > 0 is a multiple of `step`. The passes of a `parallel` loop are independent: threads may take a slice each. It stands at
   * the top of the body, where every thread runs all else.
   */
  | {
      readonly kind: 'loop'
      readonly index: LoopIndex
      readonly extent: number
      readonly step: number
      readonly body: readonly Statement[]
      readonly parallel?: true
    }
  /** No thread goes on before all are here; at the top of the body only. */
  | { readonly kind: 'barrier' }
  /** Lanes l < `count` (default all) of `value` go to element address + l · laneStride. i32 wraps into uint8; bool writes 0 or 1. */
  | {
      readonly kind: 'store'
      readonly buffer: Buffer
      readonly at: Address
      readonly value: Expr
      readonly laneStride: number
      readonly count?: number
    }
  | { readonly kind: 'let'; readonly variable: Variable; readonly value: Expr }
  | { readonly kind: 'assign'; readonly variable: Variable; readonly value: Expr }
  /** Stops the program with `site` when `ok` is false (in any of the first `count` lanes); `value` (i32) is reported. */
  | { readonly kind: 'check'; readonly ok: Expr; readonly value: Expr; readonly site: number; readonly count?: number }
  | { readonly kind: 'comment'; readonly text: string }

export interface Kernel {
  readonly name: string
  /** Every buffer the body touches, in a fixed order. A buffer both read and written is in both lists. */
  readonly reads: readonly Buffer[]
  readonly writes: readonly Buffer[]
  /** Working memory whose contents do not outlive the kernel. */
  readonly scratch: readonly Buffer[]
  readonly body: readonly Statement[]
  /** `file:line` of the ops it carries out, for reports. */
  readonly sources: readonly string[]
  /** Set where an earlier kernel of the program differs in its buffers alone. It has no checks. */
  readonly copyOf?: KernelCopy
}

export interface KernelCopy {
  readonly original: Kernel
  /** For every buffer of the original the one in its place. */
  readonly buffers: ReadonlyMap<Buffer, Buffer>
}

/** A check that can fail, by its site number. */
export interface CheckSite {
  readonly site: number
  readonly op: string
  /** Says what was wrong, given the reported value. */
  readonly code: string
  readonly describe: (value: number) => string
  readonly source: string | undefined
}

export const byteSizeOf: { readonly [S in Scalar]: number } = { f32: 4, f64: 8, i32: 4, bool: 4 }
export const registerScalar: { readonly [D in Dtype]: Scalar } = {
  float32: 'f32',
  float64: 'f64',
  int32: 'i32',
  uint8: 'i32',
  bool: 'bool',
}
