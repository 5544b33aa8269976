import type { Dtype, TypedArray } from '../base/dtype.ts'
import { isContiguous, type Layout } from '../base/layout.ts'
import { elementCount, sameType, type Shape, type TensorType } from '../base/shape.ts'
import type { Derivation } from '../autograd/pull-back.ts'
import { eagerKernel } from '../compile/eager-kernel.ts'
import { noAttrs } from '../ops/table.ts'
import { freshArray } from '../runtime/fresh-array.ts'
import { Storage } from '../runtime/storage.ts'
import { backward } from './backward.ts'
import type { ShownVariable } from './control/shown-variables.ts'
import { context, currentLazyCall } from './context.ts'
import {
  assignMismatch,
  backwardFromNonScalar,
  comparedAsNumber,
  dtypeNotDifferentiable,
  escapedFromTrace,
  gradientMismatch,
  itemOfMany,
  notATensor,
  notAVariable,
  staleView,
} from './errors.ts'
import { formatTensor } from './format.ts'
import { hostKind } from './hybrid/host-value.ts'
import { toNested, type NestedArray } from './nested.ts'
import { InPlaceMethods } from './in-place-methods.ts'

/** Where a tensor was made, when that was inside a hybridized function. */
export interface TraceOrigin {
  readonly functionName: string
  /** Whether it stands for an argument. */
  readonly isArgument: boolean
  readonly source: string | undefined
  /** Set when the traced call has ended and did not return the tensor. */
  isClosed: boolean
  /** Variables that it may be, where a control op gave one on. */
  shows?: readonly ShownVariable[]
}

/** How a tensor differs from a plain, row-major, untracked one. */
export interface TensorOptions {
  readonly layout?: Layout | undefined
  readonly weak?: boolean
  readonly derivation?: Derivation<Tensor> | undefined
}

/**
 * An n-dimensional array of one dtype. Values never change, but for those of a variable (see `variable`), which `assign` and methods with a
 * trailing underscore replace.
 *
 * @example tensor([[1, 2], [3, 4]]).matmul(ones([2])).toArray() // [3, 7]
 */
export class Tensor extends InPlaceMethods {
  /** Its parts along the first axis, in transformed functions: a tensor is no iterable of JavaScript, where tools would take it apart to elements. */
  declare [Symbol.iterator]: () => IterableIterator<Tensor>
  readonly type: TensorType
  readonly weak: boolean
  /** @internal */
  readonly storage: Storage
  /** @internal Undefined is row-major from the first element. */
  readonly layout: Layout | undefined
  /** @internal The storage's version this tensor shows; −1 follows every change (variables). */
  shownVersion: number
  /** @internal */
  derivation: Derivation<Tensor> | undefined
  /** @internal */
  origin: TraceOrigin | undefined
  /** @internal A number that an op was given; its elements never change. */
  isConstant: boolean
  /** @internal Its number among the values of a segment's run, and which run that is. */
  slot: number
  /** @internal */
  runId: number
  #isLeaf = false
  #grad: Tensor | null = null

  /** @internal Use `tensor`, `zeros`, … to make tensors. */
  constructor(type: TensorType, storage: Storage, options?: TensorOptions) {
    super()
    this.type = Object.isFrozen(type.shape) ? type : { dtype: type.dtype, shape: Object.freeze([...type.shape]) }
    this.storage = storage
    this.layout = options?.layout
    this.weak = options?.weak ?? false
    this.shownVersion = storage.version
    this.derivation = options?.derivation
    this.origin = undefined
    this.isConstant = false
    this.slot = 0
    this.runId = 0
  }

  /** Sizes per axis. */
  get shape(): Shape {
    return this.type.shape
  }

  get dtype(): Dtype {
    return this.type.dtype
  }

  /** Number of elements. */
  get size(): number {
    return elementCount(this.type.shape)
  }

  /** Number of axes. */
  get rank(): number {
    return this.type.shape.length
  }

  /** Whether `backward` flows into or through this tensor. */
  get requiresGrad(): boolean {
    return this.#isLeaf || this.derivation !== undefined
  }

  /** Whether `assign` may replace the values: made by `variable`, or with `requiresGrad`. */
  get isVariable(): boolean {
    return this.shownVersion < 0
  }

  /** The gradient that `backward` left on a leaf, or null. */
  get grad(): Tensor | null {
    currentLazyCall()?.showGradient()
    return context.recorder ? context.recorder.readGrad(this, this.#grad) : this.#grad
  }

  set grad(value: Tensor | null) {
    if (value !== null && !(value instanceof Tensor)) throw notATensor('grad', value)
    if (value && !sameType(value.type, this.type)) throw gradientMismatch(value.type, this.type)
    context.recorder?.writeGrad(this, value, this.#grad)
    currentLazyCall()?.noteGrad(this, this.#grad)
    context.undo?.keepGradient(this, this.#grad)
    this.#grad = value
  }

  /** @internal Without telling the recorder. */
  peekGrad(): Tensor | null {
    return this.#grad
  }

  /** @internal Without telling the recorder. */
  pokeGrad(value: Tensor | null): void {
    context.undo?.keepGradient(this, this.#grad)
    this.#grad = value
  }

  /** @internal The values move to the arena when they are first replaced or a compiled program binds them. */
  becomeVariable(requiresGrad: boolean): this {
    if (requiresGrad && this.type.dtype !== 'float32' && this.type.dtype !== 'float64')
      throw dtypeNotDifferentiable('requiresGrad', this.type.dtype)
    context.deferral?.flush()
    currentLazyCall()?.makeVariable(this)
    context.recorder?.makeVariable(this, () => new Tensor(this.type, new Storage(this.type.dtype, this.copyElements())))
    context.undo?.noteMade(this.storage)
    this.shownVersion = -1
    this.storage.isVariable = true
    this.#isLeaf = requiresGrad
    return this
  }

  /** @internal A leaf without a place of its own: the argument of `grad`. */
  becomeLeaf(): this {
    this.#isLeaf = true
    return this
  }

  /** @internal The same values under another identity, which a recording tells apart from this one. */
  standIn(derivation?: Derivation<Tensor>): Tensor {
    const { layout, weak } = this
    const standIn = new Tensor(this.type, this.storage, { layout, weak, derivation })
    standIn.shownVersion = this.shownVersion
    standIn.slot = this.slot
    standIn.runId = this.runId
    return standIn
  }

  /** @internal Throws where the values are no longer what they were when this tensor was made. */
  ensureUsable(): void {
    if (this.origin) requireAlive(this, this.origin)
    if (this.shownVersion >= 0 && this.shownVersion !== this.storage.version) throw staleView(this.type)
  }

  /** The same values, cut off from how they were made. Shares memory; see `clone` for a copy. */
  detach(): Tensor {
    const { layout, weak } = this
    const detached = new Tensor(this.type, this.storage, { layout, weak })
    if (!this.isVariable) detached.shownVersion = this.shownVersion // what was stale stays so
    detached.origin = this.origin // a recorder gives it one of its own
    detached.slot = this.slot
    detached.runId = this.runId
    if (this.isVariable) currentLazyCall()?.takeIn(this)
    context.recorder?.alias(detached, this)
    return detached
  }

  /** Replaces the values of this variable by those of `value`, which has its shape and dtype. @throws NOT_A_VARIABLE, ASSIGN_MISMATCH */
  assign(value: Tensor): this {
    if (!(value instanceof Tensor)) throw notATensor('assign', value)
    if (!this.isVariable) throw notAVariable()
    value.ensureUsable()
    if (!sameType(value.type, this.type)) throw assignMismatch(value.type, this.type)
    context.recorder?.write(this, value)
    const lazyCall = currentLazyCall()
    if (lazyCall) lazyCall.assign(this, value)
    else if (!context.deferral?.putOffAssignment(this, value)) this.replaceElements(value)
    this.storage.version++
    return this
  }

  /** @internal */
  replaceElements(value: Tensor): void {
    this.storage.makeResident()
    const elements = value.layout ? value.copyElements() : value.storage.array // first, because memory may grow for it
    context.undo?.keep(this.storage)
    this.storage.array.set(elements)
  }

  /** The only element, as a number (bool: 0 or 1). @throws ITEM_NOT_SCALAR */
  item(): number {
    this.ensureUsable()
    if (this.size !== 1) throw itemOfMany(this.type.shape)
    return this.#read('item()')[0]!
  }

  /** The only element, as a boolean: whether it is anything but 0. For conditions in JavaScript. @throws ITEM_NOT_SCALAR */
  bool(): boolean {
    this.ensureUsable()
    if (this.size !== 1) throw itemOfMany(this.type.shape)
    return this.#read('bool()')[0] !== 0
  }

  /** All elements in row-major order, as a copy. */
  data(): TypedArray {
    return this.#read('data()')
  }

  /** Like `data`, for code that also runs on devices that answer later: the elements as they are at the call. */
  dataAsync(): Promise<TypedArray> {
    return new Promise((resolve) => resolve(this.#read('dataAsync()')))
  }

  /** Nested arrays, one level per axis; a number for a 0-d tensor, booleans for bool. */
  toArray(): NestedArray {
    return toNested(this.#read('toArray()'), this.type.shape, this.type.dtype)
  }

  override toString(): string {
    const elements = this.#read('printing')
    const isNumber = this.weak && (this.origin?.isArgument || hostKind(this) === 'number') // to those who wrote the function
    return isNumber ? String(elements[0]) : formatTensor(elements, this.type.shape, this.type.dtype)
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString()
  }

  toJSON(): NestedArray {
    return this.toArray()
  }

  [Symbol.toPrimitive](hint: string): string {
    if (hint === 'string') return this.toString()
    throw comparedAsNumber(this.type)
  }

  /** Differentiates this 0-d tensor: adds to `grad` of every leaf it was made from. @throws BACKWARD_NOT_SCALAR, NOT_DIFFERENTIABLE */
  backward(cotangent?: Tensor): void {
    if (this.size !== 1 && !cotangent) throw backwardFromNonScalar(this.type.shape)
    backward(this, cotangent)
  }

  /** @internal The elements in row-major order, as a copy, without telling the recorder. */
  copyElements(): TypedArray {
    const { layout } = this
    const { array } = this.storage // computed now if it was put off, before a kernel begins
    if (!layout) return freshArray(array)
    if (isContiguous(layout, this.type.shape)) return freshArray(array, layout.offset, layout.offset + this.size)
    return eagerKernel('copy', [this], noAttrs).run([this])
  }

  #read(what: string): TypedArray {
    this.ensureUsable()
    context.recorder?.hostRead(what)
    currentLazyCall()?.noteRead(what)
    return this.copyElements()
  }
}

/** That a tensor made in a recording may be used now. */
function requireAlive(tensor: Tensor, origin: TraceOrigin): void {
  if (origin.isClosed && !context.isPullingBack) throw escapedFromTrace(origin)
  if (origin.shows) context.recorder?.requireUnchanged(tensor)
}
