import type { TypedArray } from '../../base/dtype.ts'
import { context, withContext } from '../context.ts'
import { notingPrints, withoutPrints, type Printed } from '../debug/print.ts'
import type { FieldWrite } from '../guards/field-watch.ts'
import { RecordingWatch } from '../guards/recording-watch.ts'
import { mapLeaves, type Template } from '../hybridize/template.ts'
import type { Storage } from '../../runtime/storage.ts'
import { Tensor } from '../tensor.ts'
import { Undo } from '../undo.ts'
import type { ObservedCall } from './observe-eager.ts'
import { snapshotOf, type Snapshot } from './snapshot.ts'

/** What a call does as JavaScript, without its having been made. */
export interface JavaScriptCall {
  readonly result: Snapshot
  /** What it leaves in what it writes. */
  readonly written: ReadonlyMap<Storage, TypedArray>
  /** Gradients that it leaves on leaves, in place of others. */
  readonly gradients: ReadonlyMap<Tensor, TypedArray | null>
  /** What backward passes bring to arguments that the caller has computed, by position. */
  readonly argumentGradients: ReadonlyMap<number, TypedArray>
  readonly printed: readonly Printed[]
  readonly fieldWrites: readonly FieldWrite[]
}

/**
 * Makes a call as eager code does, with nothing recorded: control functions run the JavaScript that they are given, and the tape goes through it.
 * What it did to variables, gradients and fields of objects is taken back.
 *
 * @throws what the function throws
 */
export function observeJavaScript(
  { original, self, args }: Omit<ObservedCall, 'functionName'>,
  template: Template,
): JavaScriptCall {
  const positions = new Map<unknown, number>()
  /** For arguments that the caller has computed: the caller's tape is no part of the call. */
  const ends = new Map<number, Tensor>()
  const standIns = mapLeaves(args, template, (leaf: Tensor | number, position) => {
    if (!(leaf instanceof Tensor)) return leaf
    const isComputed = leaf.requiresGrad && !leaf.isVariable && context.gradEnabled
    const given = isComputed ? leaf.standIn().becomeLeaf() : leaf
    if (isComputed) ends.set(position, given)
    positions.set(given, position)
    return given
  }) as unknown[] // the arguments are an array
  const watch = new RecordingWatch()
  const undo = new Undo()
  const printed: Printed[] = []
  let call: JavaScriptCall | undefined
  const observe = (): void => {
    const returned = watch.run(self, args, () => original.apply(self, standIns))
    const isEnd = new Set(ends.values())
    call = {
      result: snapshotOf(returned, positions),
      written: new Map(undo.written().map((storage) => [storage, storage.array.slice()])),
      gradients: new Map(
        [...undo.gradientsBefore().keys()]
          .filter((leaf) => !isEnd.has(leaf))
          .map((leaf) => [leaf, leaf.peekGrad()?.copyElements() ?? null]),
      ),
      argumentGradients: new Map(
        [...ends].flatMap(([position, end]) => {
          const gradient = end.peekGrad()
          return gradient ? [[position, gradient.copyElements()]] : []
        }),
      ),
      printed,
      fieldWrites: watch.report().writes,
    }
  }
  const alone = { recorder: undefined, deferral: undefined, lazyCall: undefined, isObserved: true }
  try {
    withContext(alone, () => withoutPrints(() => notingPrints(printed, () => undo.inVain(observe))))
  } finally {
    watch.rollBack()
  }
  return call!
}
