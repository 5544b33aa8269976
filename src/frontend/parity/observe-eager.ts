import type { TypedArray } from '../../base/dtype.ts'
import type { Graph } from '../../ir/graph.ts'
import { context, withContext } from '../context.ts'
import { withoutPrints } from '../debug/print.ts'
import { FieldGuards } from '../guards/field-guards.ts'
import { variableOf } from '../hybridize/bindings.ts'
import { standInFor, type Recording } from '../hybridize/record-call.ts'
import { templateOfResult } from '../hybridize/results.ts'
import { mapLeaves, type Template } from '../hybridize/template.ts'
import { Recorder } from '../recorder.ts'
import type { Tensor } from '../tensor.ts'

/** What an eager call does, without its having been made: variables and gradients are as before. */
export interface EagerCall {
  readonly recording: Recording
  /** Elements of the graph's results, but for what is printed. */
  readonly results: readonly TypedArray[]
  /** What each variable that it writes would hold. */
  readonly written: ReadonlyMap<Tensor, TypedArray>
  /** What the function reads on the host, which no recording can stand for. */
  readonly hostRead: string | undefined
}

/**
 * Runs `fn` eagerly, op by op, and takes back what it did to variables and gradients. What else it does in JavaScript happens.
 *
 * @throws what `fn` throws
 */
export function observeEager(
  fn: (...args: unknown[]) => unknown,
  functionName: string,
  args: readonly unknown[],
  template: Template,
): EagerCall {
  const recorder = new Recorder(functionName, false)
  const positions = new Map<unknown, number>()
  const stand = (leaf: Tensor | number, position: number): unknown => {
    const standIn = standInFor(leaf)
    positions.set(standIn, position)
    if (!standIn.isVariable) recorder.argument(standIn, position)
    return standIn
  }
  const standIns = mapLeaves(args, template, stand) as unknown[] // the arguments are an array
  try {
    const returned = withContext({ recorder, deferral: undefined }, () => withoutPrints(() => fn(...standIns)))
    const { template: resultTemplate, tensors } = templateOfResult(returned, positions, recorder)
    const { graph, gradWrites, argumentGradients, leftBehind } = recorder.finish(tensors)
    const recording: Recording = {
      graph,
      sources: recorder.sources,
      resultTemplate,
      weakResults: tensors.map((tensor) => tensor.weak),
      trackedResults: tensors.map((tensor) => context.gradEnabled && tensor.requiresGrad),
      untracked: recorder.untracked(),
      gradWrites,
      argumentGradients: [...argumentGradients.keys()],
      gradsAtEntry: recorder.gradsAtEntry,
      guards: recorder.guards,
      fieldGuards: new FieldGuards(),
      fieldWrites: [],
      frozen: [],
      effects: recorder.effects,
    }
    return {
      recording,
      results: [...tensors, ...leftBehind].map((tensor) => tensor.copyElements()),
      written: writtenBy(graph, recording),
      hostRead: recorder.firstHostRead?.what,
    }
  } finally {
    recorder.rollBack()
    recorder.close([])
  }
}

const writtenBy = ({ writes }: Graph, { sources }: Recording): Map<Tensor, TypedArray> =>
  new Map(
    writes.map(({ state }) => {
      const variable = variableOf(sources, state)
      return [variable, variable.copyElements()]
    }),
  )
