import type { Layout } from '../base/layout.ts'
import type { Shape, TensorType } from '../base/shape.ts'
import type { Value } from './interpreter.ts'
import type { PaddingRule } from './padding/rule.ts'
import type { ElementBuilder, ScalarBuilder, ScalarValue, StepBuilder } from './scalar-builder.ts'

/**
 * All that the compiler knows about one primitive; `A` is its attributes. The lowering part is all that a back end ever learns of
 * it. Passes ask for `kind` and the flags, never for the name.
 */
export type OpRecord<A> =
  | ElementwiseRecord<A>
  | GeneratorRecord<A>
  | ViewRecord<A>
  | ReductionRecord<A>
  | ContractionRecord<A>
  | OpaqueRecord<A>
export type OpKind = OpRecord<never>['kind']

interface RecordBase<A> {
  /** Result type; throws a coded error when the operands do not fit. */
  infer(operands: readonly TensorType[], attrs: A): TensorType
  /** Cotangent of each operand, undefined where none flows; built from documented calls, so it can be differentiated again. */
  readonly vjp: Vjp<A> | 'not differentiable'
  readonly commutative?: boolean
  /** How it goes with operands that are larger than they look; elementwise ops need none, others without one do not. */
  readonly padding?: PaddingRule<A>
  /** Has run-time checks (an index out of range), so it must run before any state is written. */
  readonly checks?: boolean
}

export interface VjpArgs<A> {
  readonly operands: readonly Value[]
  readonly result: Value
  readonly cotangent: Value
  readonly attrs: A
  /** Which operands a cotangent is wanted for; all when left out. A rule may leave the others undefined and save their cost. */
  readonly needs?: (operand: number) => boolean
}
export type Vjp<A> = (at: VjpArgs<A>) => readonly (Value | undefined)[]

/** Each element from the same element of the operands, which broadcast. */
export interface ElementwiseRecord<A> extends RecordBase<A> {
  readonly kind: 'elementwise'
  lower(k: ScalarBuilder, operands: readonly ScalarValue[], attrs: A, types: OpTypes): ScalarValue
}
/** Each element from its position and any elements of the operands. */
export interface GeneratorRecord<A> extends RecordBase<A> {
  readonly kind: 'gather' | 'random' | 'index'
  lower(k: ElementBuilder, attrs: A, types: OpTypes): ScalarValue
}
/** The operand's elements seen through another layout; undefined where strides cannot say it. */
export interface ViewRecord<A> extends RecordBase<A> {
  readonly kind: 'view'
  layout(layout: Layout, attrs: A, types: OpTypes): Layout | undefined
  /** What a view of evenly spaced elements takes of each axis. */
  readonly range?: (attrs: A) => Range
}
export interface ReductionRecord<A> extends RecordBase<A> {
  readonly kind: 'reduction'
  readonly combine: 'add' | 'mul' | 'max' | 'min'
  /** Reduced axes, sorted. */
  axes(attrs: A): readonly number[]
}
/** [batch…, m, k] × [batch…, k, n] → [batch…, m, n], or, where `slide` is set, windows × weights → [n, o, h, w]. */
export interface ContractionRecord<A> extends RecordBase<A> {
  readonly kind: 'contraction'
  /** How windows and weights that lie as `layouts` say are walked. */
  readonly slide?: (layouts: readonly [Layout, Layout], attrs: A, types: OpTypes) => SlidingTerms
  /** The range of the first operand, and the attributes, of which `range` alone of the result comes, bit for bit; undefined where there are none. */
  readonly part?: (range: Range, attrs: A, types: OpTypes) => { readonly windows: Range; readonly attrs: A } | undefined
  /**
   * Shapes of the operands, reshaped or repeated along new axes, of which the same op makes its result in this shape, bit for bit;
   * undefined where there are none.
   */
  readonly reshaped?: (shape: Shape, attrs: A, types: OpTypes) => readonly Shape[] | undefined
}
/** Elements starts + i·steps, `sizes` of them along each axis. */
export interface Range {
  readonly starts: readonly number[]
  readonly sizes: readonly number[]
  readonly steps: readonly number[]
}
/** Element [n, o, h, w] is the sum, over all of `depth` in row-major order, of products of an element of each operand. */
export interface SlidingTerms {
  /** Equal parts that axis o is cut into. */
  readonly groups: number
  readonly depth: Shape
  /** Steps 0 along o. */
  readonly windows: SlidingTerm
  /** Steps 0 along n, h and w. */
  readonly weights: SlidingTerm
}
export interface SlidingTerm {
  /** Over the axes of the result. */
  readonly layout: Layout
  readonly depthStrides: readonly number[]
  /** Further step from one group to the next. */
  readonly groupStride: number
}
/** Anything else, written as whole-tensor steps. */
export interface OpaqueRecord<A> extends RecordBase<A> {
  readonly kind: 'opaque'
  lower(k: StepBuilder, attrs: A, types: OpTypes): void
  /** The first operand with a part of it replaced: each element is copied before the part is written, so the result may take its place. */
  readonly updatesFirst?: boolean
}

export interface OpTypes {
  readonly operands: readonly TensorType[]
  readonly result: TensorType
}
