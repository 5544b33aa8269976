import { userLocation } from '../../base/errors.ts'
import { elementCount, sameType, type TensorType } from '../../base/shape.ts'
import { noAttrs, type Attrs, type OpName } from '../../ops/table.ts'
import type { Storage } from '../../runtime/storage.ts'
import type { Tensor } from '../tensor.ts'
import type { ViewForm } from '../view-of.ts'
import type { Run } from './run.ts'
import type { Segment } from './segment.ts'

/** A value from outside that a step is the first of its run to use. */
export interface ExternalSpec {
  readonly slot: number
  readonly type: TensorType
  readonly weak: boolean
  /** The variable that programs read and write where it is; others are copied in. */
  readonly state: Storage | undefined
  /** Whether the elements can change though it is no state: a variable of the call's own. */
  readonly isLocal: boolean
}

/** What a call asks for: an op, or an assignment of the second operand to the first. */
export interface Request {
  readonly op: OpName | 'assign'
  readonly operands: readonly Tensor[]
  readonly attrs: Attrs
  /** Made by the library for itself: nobody else can hold its result. */
  readonly isHidden: boolean
}

/**
 * One op at one place in a sequence of ops. Steps are a tree: a call walks it from the root, so that ops which came in this order before
 * are known with their types, and nothing about them is worked out again. Values have numbers, *slots*, in the order of their first use.
 */
export class Step implements Omit<Request, 'operands'> {
  readonly op: OpName | 'assign'
  readonly attrs: Attrs
  readonly isHidden: boolean
  /** Slots of the operands; −1 is a constant. */
  readonly slots: readonly number[]
  readonly constants: readonly (Tensor | undefined)[]
  /** Which constants are inputs, because they have changed from call to call. */
  readonly lifted: readonly boolean[]
  readonly hasLifted: boolean
  readonly externals: readonly ExternalSpec[]
  /** Of the result; −1 for an assignment. */
  readonly slot: number
  readonly type: TensorType
  readonly weak: boolean
  readonly length: number
  /** Whether the result depends on variables, so that it cannot be computed again once they have changed. */
  readonly readsState: boolean
  /** Where the user calls it; known from the second time on, for most things that come once never come again, and to find it takes longer than the op. */
  source: string | undefined
  visits = 0
  view: ViewForm | undefined
  /** Steps that came after this one; the latest first. */
  readonly next: Step[] = []
  /** The segment that ends here. */
  segment: Segment | undefined

  constructor(
    request: Request,
    slots: readonly number[],
    externals: readonly ExternalSpec[],
    result: { readonly slot: number; readonly type: TensorType; readonly weak: boolean; readonly readsState: boolean },
    before: Step | undefined,
  ) {
    this.op = request.op
    this.attrs = request.attrs
    this.isHidden = request.isHidden
    this.slots = slots
    this.constants = request.operands.map((operand, i) => (slots[i] === -1 ? operand : undefined))
    this.lifted = this.constants.map(
      (constant, i) => constant !== undefined && before !== undefined && isOtherNumber(constant, before, i),
    )
    this.hasLifted = this.lifted.includes(true)
    this.externals = externals
    this.slot = result.slot
    this.type = Object.isFrozen(result.type.shape)
      ? result.type
      : { dtype: result.type.dtype, shape: Object.freeze([...result.type.shape]) }
    this.weak = result.weak
    this.length = elementCount(result.type.shape)
    this.readsState = result.readsState
  }

  /** Called each time a call comes by; `isReplay` when the op was asked for before. */
  visit(isReplay: boolean): void {
    if (++this.visits === 2 && !isReplay) this.source = userLocation()
  }

  /** The step that came after this one for such a request before, if any. */
  after(request: Request, slots: readonly number[], run: Run, firstExternal: number): Step | undefined {
    const { next } = this
    for (let i = 0; i < next.length; i++) {
      const step = next[i]!
      if (!step.#fits(request, slots, run, firstExternal) || !step.#hasConstants(request.operands)) continue
      if (i > 0) {
        next.splice(i, 1)
        next.unshift(step)
      }
      return step
    }
    return undefined
  }

  /** A step like the request but for the numbers in it. */
  afterButNumbers(request: Request, slots: readonly number[], run: Run, firstExternal: number): Step | undefined {
    if (!slots.includes(-1)) return undefined
    return this.next.find((step) => step.#fits(request, slots, run, firstExternal))
  }

  #fits(request: Request, slots: readonly number[], run: Run, firstExternal: number): boolean {
    if (this.op !== request.op || this.isHidden !== request.isHidden) return false
    const own = this.slots
    if (own.length !== slots.length) return false
    for (let i = 0; i < own.length; i++) {
      if (own[i] !== slots[i]) return false
      if (own[i] !== -1) continue
      const constant = this.constants[i]!
      const operand = request.operands[i]!
      if (constant !== operand && (constant.weak !== operand.weak || constant.type.dtype !== operand.type.dtype))
        return false
    }
    if (!sameAttrs(this.attrs, request.attrs)) return false
    return run.fits(this.externals, firstExternal)
  }

  #hasConstants(operands: readonly Tensor[]): boolean {
    const { constants, lifted } = this
    for (let i = 0; i < constants.length; i++) {
      const constant = constants[i]
      if (constant === undefined || lifted[i] || constant === operands[i]) continue
      if (!Object.is(numberOf(constant), numberOf(operands[i]!))) return false
    }
    return true
  }
}

/** Before any step. */
export const rootStep = (): Step =>
  new Step(
    { op: 'assign', operands: [], attrs: noAttrs, isHidden: true },
    [],
    [],
    { slot: -1, type: { dtype: 'float32', shape: [] }, weak: false, readsState: false },
    undefined,
  )

export const numberOf = (constant: Tensor): number => constant.storage.array[0]!

/** Whether a constant differs from the one that was at its place, or that one had been lifted. */
const isOtherNumber = (constant: Tensor, before: Step, position: number): boolean =>
  before.lifted[position] === true || !Object.is(numberOf(constant), numberOf(before.constants[position]!))

export const sameExternal = (
  spec: ExternalSpec,
  tensor: Tensor,
  state: Storage | undefined,
  isLocal: boolean,
): boolean =>
  spec.state === state && spec.isLocal === isLocal && spec.weak === tensor.weak && sameType(spec.type, tensor.type)

function sameAttrs(a: Attrs, b: Attrs): boolean {
  if (a === b) return true
  for (const name in a) if (!sameAttribute(a[name], b[name])) return false
  for (const name in b) if (!(name in a)) return false
  return true
}

function sameAttribute(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (!sameAttribute(a[i], b[i])) return false
  return true
}
