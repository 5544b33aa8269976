import { leadsTo } from '../../autograd/leads-to.ts'
import { sameAs } from '../../autograd/pull-back.ts'
import type { Graph, GraphInput, GraphValue } from '../../ir/graph.ts'
import { context, withContext } from '../context.ts'
import { scalarTensor } from '../eager.ts'
import type { Effect } from '../debug/effects.ts'
import { Deferral } from '../deferral.ts'
import { argumentMutated, gradientTooLate, hostReadInFullGraph } from '../errors.ts'
import { FieldGuards } from '../guards/field-guards.ts'
import type { FieldWrite } from '../guards/field-watch.ts'
import type { FrozenValue } from '../guards/frozen-value.ts'
import type { Guard } from '../guards/guard.ts'
import { unusedNumbers } from '../guards/number-guards.ts'
import { Recorder, VariableNeeded, type GradWrite, type HostRead, type InputSource } from '../recorder.ts'
import { toHostValue } from '../hybrid/host-value.ts'
import { LazyCall } from '../segments/lazy-call.ts'
import { SegmentCache } from '../segments/segment-cache.ts'
import { Tensor } from '../tensor.ts'
import { isReturned, templateOfResult, type ResultTemplate } from './results.ts'
import { isPlainObject, isUntouched, mapLeaves, type Template } from './template.ts'

/** What one call did, without the tensors it made. */
export interface Recording {
  readonly graph: Graph
  readonly sources: ReadonlyMap<GraphInput, InputSource>
  readonly resultTemplate: ResultTemplate
  /** Per tensor among the results, whether it is a number that takes the dtype of what it meets. */
  readonly weakResults: readonly boolean[]
  /** Whether each result can be differentiated by an enclosing program. */
  readonly trackedResults: readonly boolean[]
  /** Nodes where gradients end. */
  readonly untracked: ReadonlySet<GraphValue>
  readonly gradWrites: readonly GradWrite[]
  /** Arguments that backward passes inside the call reached, by position: the caller's tape goes on from them after the call. */
  readonly argumentGradients: readonly number[]
  /** Variables whose gradients the arguments at these positions may not lead to. */
  readonly lateGradients: ReadonlySet<Tensor>
  readonly gradsAtEntry: ReadonlyMap<Tensor, boolean>
  readonly guards: readonly Guard[]
  readonly effects: readonly Effect[]
  /** Fields of objects that the function read. */
  readonly fieldGuards: FieldGuards
  /** Fields of objects that the call changed; those of tensors are among the graph's writes. */
  readonly fieldWrites: readonly FieldWrite[]
  /** What is as it was, of what the graph does not show. */
  readonly frozen: readonly FrozenValue[]
}

export interface Recorded {
  readonly recording: Recording
  /** Nothing of the call has been computed, and variables and gradients are as before: the compiled program has to make the call. */
  readonly isPutOff: boolean
  /** Puts variables and gradients back as they were before the call. */
  readonly rollBack: () => void
  /** Positions of numbers that went neither into an op nor into the result: they may have decided what the function did. */
  readonly unusedNumbers: readonly number[]
}

/** What every recorded call ends with: gradients that reached arguments go on along the caller's tape. */
interface Ended {
  readonly result: unknown
  readonly flowOn: () => void
}

/** What the caller of the first call gets, and the recording or the reason why there is none. */
export type RecordedCall = Ended &
  (Recorded | { readonly hostRead: HostRead } | { readonly madeVariables: true } | { readonly isPassing: true })

/** What a recorder has collected of a call that has ended; fields of objects are watched by others. */
export const recordingOf = (
  recorder: Recorder,
  { graph, gradWrites, argumentGradients }: Omit<ReturnType<Recorder['finish']>, 'leftBehind'>,
  results: readonly Tensor[],
  resultTemplate: ResultTemplate,
): Recording => ({
  graph,
  sources: recorder.sources,
  resultTemplate,
  weakResults: results.map((tensor) => tensor.weak),
  trackedResults: results.map((tensor) => context.gradEnabled && tensor.requiresGrad),
  untracked: recorder.untracked(),
  gradWrites,
  argumentGradients: [...argumentGradients.keys()],
  lateGradients: recorder.lateGradients,
  gradsAtEntry: recorder.gradsAtEntry,
  guards: recorder.guards,
  effects: recorder.scope.effects,
  fieldGuards: new FieldGuards(),
  fieldWrites: [],
  frozen: [],
})

/**
 * Runs `fn` on `args` and records it; what it computes is put off until something reads an element. A throw leaves variables and
 * gradients as they were.
 *
 * @param isPassing whether the call is to leave no program: it runs like a recorded one, and throws like one
 * @param hasLocals whether variables made during the call belong to it alone; otherwise they may be state that a first call sets up
 */
export function recordCall(
  fn: (...args: unknown[]) => unknown,
  functionName: string,
  args: readonly unknown[],
  template: Template,
  fullGraph: boolean,
  hasLocals = true,
  segments = new SegmentCache(functionName, { target: 'wasm' }),
  isPassing = false,
): RecordedCall {
  const lazyCall = new LazyCall(segments)
  const recorder = new Recorder(functionName, fullGraph, lazyCall)
  const deferral = new Deferral(functionName)
  const positions = new Map<unknown, number>()
  const originals: (Tensor | number)[] = []
  const given: unknown[] = []
  const stand = (leaf: Tensor | number, position: number, { kind }: Template): unknown => {
    originals[position] = leaf
    const standIn = standInAs(kind, leaf)
    positions.set(standIn, position)
    given.push(standIn)
    if (!standIn.isVariable) recorder.argument(standIn, position, kind === 'leaf')
    return standIn
  }
  const standIns = mapLeaves(args, template, stand) as unknown[] // the arguments are an array
  try {
    const returned = withContext({ recorder, deferral }, () => fn(...standIns))
    deferral.throwFailure()
    if (recorder.needsVariable) throw new VariableNeeded()
    if (!isUntouched(standIns, template, given)) throw argumentMutated(functionName)
    if (recorder.firstHostRead && fullGraph) throw hostReadInFullGraph(functionName, recorder.firstHostRead.what)
    requireGradientsInTime(functionName, [...recorder.reachedArguments()], recorder.lateGradients, originals)
    const result = withOriginals(returned, positions, originals)
    const flowOn = (): void => recorder.flowOn(originals)
    if (recorder.firstHostRead || isPassing || (recorder.madeVariables && !hasLocals)) deferral.flush()
    lazyCall.finish(returned)
    if (recorder.firstHostRead) return { result, flowOn, hostRead: recorder.firstHostRead }
    if (isPassing) return { result, flowOn, isPassing }
    if (recorder.madeVariables && !hasLocals) return { result, flowOn, madeVariables: true }
    const { template: resultTemplate, tensors, views } = templateOfResult(returned, positions, recorder)
    const { graph, gradWrites, argumentGradients, leftBehind } = recorder.finish(tensors)
    const isPutOff = deferral.isOpen
    recorder.close(isPutOff ? [] : [...tensors, ...views, ...leftBehind])
    const recording = recordingOf(recorder, { graph, gradWrites, argumentGradients }, tensors, resultTemplate)
    const rollBack = (): void => recorder.rollBack()
    if (isPutOff) {
      deferral.drop()
      rollBack()
    }
    const unused = unusedNumbers(recorder, graph).filter((position) => !isReturned(resultTemplate, position))
    return { result, flowOn, recording, isPutOff, rollBack, unusedNumbers: unused }
  } catch (error) {
    printPending(recorder, deferral)
    if (deferral.isOpen) recorder.close([])
    deferral.drop()
    lazyCall.drop()
    recorder.rollBack()
    throw error
  }
}

/** Gradients that reach arguments go on along the caller's tape after the call. @throws GRADIENT_TOO_LATE */
export function requireGradientsInTime(
  functionName: string,
  positions: readonly number[],
  late: ReadonlySet<Tensor>,
  leaves: readonly unknown[],
): void {
  if (late.size === 0) return
  for (const position of positions) {
    const argument = leaves[position] as Tensor // only tensors have gradients
    if (leadsTo(argument, late, ({ derivation }) => derivation?.operands ?? []).has(argument))
      throw gradientTooLate(functionName)
  }
}

/** A call that fails prints what comes before, as far as that was waiting for a region to print. */
function printPending({ effects }: Recorder, deferral: Deferral): void {
  if (!effects.isLate) return
  try {
    deferral.flush()
  } catch {
    // The error that ends the call is the user's; this one would have come later.
  }
}

/**
 * What the function sees instead of an argument: a tensor of its own for each position, so that one tensor given twice stays two
 * inputs, and a weak scalar for a number, so that its value stays an input.
 */
export const standInAs = (kind: Template['kind'], leaf: Tensor | number): Tensor =>
  kind === 'leaf' ? standInForLeaf(leaf as Tensor) : standInFor(leaf) // the form of a tensor

function standInFor(leaf: Tensor | number): Tensor {
  if (typeof leaf === 'number') return scalarTensor(leaf, 'float64', true)
  if (leaf.isVariable) return leaf
  leaf.ensureUsable()
  return leaf.standIn(leaf.requiresGrad && context.gradEnabled ? sameAs(leaf) : undefined)
}

/** What stands for any variable: a value, through which gradients flow to the variable. */
function standInForLeaf(leaf: Tensor): Tensor {
  const standIn = leaf.standIn(leaf.requiresGrad ? sameAs(leaf) : undefined)
  standIn.shownVersion = leaf.storage.version
  return standIn
}

function withOriginals(
  returned: unknown,
  positions: ReadonlyMap<unknown, number>,
  originals: readonly unknown[],
): unknown {
  const position = positions.get(returned)
  if (position !== undefined) return originals[position]
  if (Array.isArray(returned)) return returned.map((part) => withOriginals(part, positions, originals))
  if (isPlainObject(returned)) {
    return Object.fromEntries(
      Object.entries(returned).map(([key, part]) => [key, withOriginals(part, positions, originals)]),
    )
  }
  return returned instanceof Tensor ? toHostValue(returned) : returned
}
