import type { TypedArray } from '../base/dtype.ts'
import type { TensorType } from '../base/shape.ts'
import type { Attrs, OpName } from '../ops/table.ts'
import type { Storage } from '../runtime/storage.ts'
import type { LazyCall } from './segments/lazy-call.ts'
import type { Recorder } from './recorder.ts'
import type { Tensor } from './tensor.ts'
import type { Undo } from './undo.ts'

/** Takes work that is not to be done now. */
export interface PutsOff {
  readonly isOpen: boolean
  /** The result of an op that will be computed later; undefined if it has to be now. */
  putOff(op: OpName, operands: readonly Tensor[], attrs: Attrs): Tensor | undefined
  /** Elements of several results that are computed together, now or later. */
  putOffTogether(types: readonly TensorType[], operands: readonly Tensor[], compute: () => TypedArray[]): Storage[]
  /** Whether an assignment will be made later. */
  putOffAssignment(variable: Tensor, value: Tensor): boolean
  /** Computes these tensors now. */
  computeNow(tensors: readonly Tensor[]): void
  /** Whether something will be done after what has been put off so far. If the compiled program makes the call, it is not done. */
  later(work: () => void): boolean
  flush(): void
}

/** What the eager interpreter does besides computing. One per thread of JavaScript; calls restore it on every way out. */
export interface ExecutionContext {
  /** Whether results remember how they were made. */
  gradEnabled: boolean
  /** How many `grad` calls enclose this one: their results must stay differentiable. */
  gradDepth: number
  /** Collects the ops of a hybridized function's first call. */
  recorder: Recorder | undefined
  /** What that call has put off. */
  deferral: PutsOff | undefined
  /** Collects the ops of a call that reads elements on the way, and carries them out in segments. */
  lazyCall: LazyCall | undefined
  /** Keeps what variables were before a call that may have to be taken back. */
  undo: Undo | undefined
  /** Whether what is made now stays inside the library: no user's code can hold it. */
  isHidden: boolean
  /** In the eager call that a compiled one is compared with: hybridized functions in it run as the JavaScript they are. */
  isObserved: boolean
  /** Inside a vjp, which may use tensors of a finished trace. */
  isPullingBack: boolean
}

export const context: ExecutionContext = {
  gradEnabled: true,
  gradDepth: 0,
  recorder: undefined,
  deferral: undefined,
  lazyCall: undefined,
  undo: undefined,
  isHidden: false,
  isObserved: false,
  isPullingBack: false,
}

/** The call that collects ops in segments: from its first host read on, also one that began as a recording. */
export const currentLazyCall = (): LazyCall | undefined => context.lazyCall ?? context.recorder?.goOn()

/** Runs `body` without remembering how results were made, so they cost no memory and cannot be differentiated. */
export function noGrad<R>(body: () => R): R {
  return withContext({ gradEnabled: false }, body)
}

export function withContext<R>(changes: Partial<ExecutionContext>, body: () => R): R {
  const before = { ...context }
  Object.assign(context, changes)
  try {
    return body()
  } finally {
    Object.assign(context, before)
  }
}
