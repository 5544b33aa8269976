import type { TypedArray } from '../../base/dtype.ts'
import type { Graph } from '../../ir/graph.ts'
import type { OpName } from '../../ops/table.ts'
import { withContext } from '../context.ts'
import { withoutPrints } from '../debug/print.ts'
import { RecordingWatch } from '../guards/recording-watch.ts'
import { variableOf } from '../hybridize/bindings.ts'
import { standInAs, recordingOf, type Recording } from '../hybridize/record-call.ts'
import { templateOfResult } from '../hybridize/results.ts'
import { mapLeaves, type Template } from '../hybridize/template.ts'
import { Recorder } from '../recorder.ts'
import { LazyCall } from '../segments/lazy-call.ts'
import { SegmentCache } from '../segments/segment-cache.ts'
import type { Tensor } from '../tensor.ts'

/** What a call does whose ops are carried out one by one as they are recorded, control ops among them. Variables and gradients are as before. */
export interface EagerCall {
  readonly recording: Recording
  /** Elements of the graph's results, but for what is printed. */
  readonly results: readonly TypedArray[]
  /** What each variable that it writes would hold. */
  readonly written: ReadonlyMap<Tensor, TypedArray>
}

/** A function as it is called. */
export interface ObservedCall {
  readonly original: (this: unknown, ...args: unknown[]) => unknown
  readonly functionName: string
  readonly self: unknown
  readonly args: readonly unknown[]
}

/**
 * Records a call, carries it out op by op, and takes back what it did to variables, gradients and fields of objects. What else it does in JavaScript
 * happens.
 *
 * @param numbers what the function sees for a number argument: the number, as in an eager call, or what stands for it in a recording
 * @throws what the function throws
 */
export function observeEager(
  { original, functionName, self, args }: ObservedCall,
  template: Template,
  numbers: 'plain' | 'standIns' = 'standIns',
): EagerCall {
  const recorder = new Observer(functionName)
  const watch = new RecordingWatch()
  const positions = new Map<unknown, number>()
  const stand = (leaf: Tensor | number, position: number, { kind }: Template): unknown => {
    if (numbers === 'plain' && typeof leaf === 'number') return leaf
    const standIn = standInAs(kind, leaf)
    positions.set(standIn, position)
    if (!standIn.isVariable) recorder.argument(standIn, position, kind === 'leaf')
    return standIn
  }
  const standIns = mapLeaves(args, template, stand) as unknown[] // the arguments are an array
  try {
    const returned = withContext({ recorder, deferral: undefined, lazyCall: undefined }, () =>
      withoutPrints(() => watch.run(self, args, () => original.apply(self, standIns))),
    )
    const { template: resultTemplate, tensors } = templateOfResult(returned, positions, recorder)
    const { graph, gradWrites, argumentGradients, leftBehind } = recorder.finish(tensors)
    const { guards: fieldGuards, writes: fieldWrites, frozen } = watch.report()
    const recording: Recording = {
      ...recordingOf(recorder, { graph, gradWrites, argumentGradients }, tensors, resultTemplate),
      fieldGuards,
      fieldWrites,
      frozen,
    }
    return {
      recording,
      results: [...tensors, ...leftBehind].map((tensor) => tensor.copyElements()),
      written: writtenBy(graph, recording),
    }
  } finally {
    recorder.rollBack()
    watch.rollBack()
    recorder.close([])
  }
}

/** Goes on recording whatever the function reads: the elements are there, and what follows is for this call only. */
class Observer extends Recorder {
  constructor(functionName: string) {
    super(functionName, false, new LazyCall(new SegmentCache(functionName, { target: 'wasm' })))
  }

  override hostRead(): void {}

  override checked<R>(_op: OpName, run: () => R): R {
    return run()
  }
}

const writtenBy = ({ writes }: Graph, { sources }: Recording): Map<Tensor, TypedArray> =>
  new Map(
    writes.map(({ state }) => {
      const variable = variableOf(sources, state)
      return [variable, variable.copyElements()]
    }),
  )
