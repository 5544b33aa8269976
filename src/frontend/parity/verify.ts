import type { TypedArray } from '../../base/dtype.ts'
import { GryphError } from '../../base/errors.ts'
import { FailedOp } from '../../compile/graph-evaluation.ts'
import type { CompileOptions } from '../../compile/options.ts'
import { controlsOf, type GraphControl, type GraphInput } from '../../ir/graph.ts'
import { lineOf } from '../debug/effects.ts'
import { notingPrints, type Printed } from '../debug/print.ts'
import { variableOf } from '../hybridize/bindings.ts'
import { inputElements } from '../hybridize/input-elements.ts'
import type { Recording } from '../hybridize/record-call.ts'
import type { Specialisation } from '../hybridize/specialisation.ts'
import type { Leaves, Template } from '../hybridize/template.ts'
import type { Tensor } from '../tensor.ts'
import { bisectCase } from './bisect.ts'
import {
  beforeOf,
  controlsBehind,
  outcomeDifference,
  printDifference,
  type Before,
  type RecordedOutcome,
} from './call-difference.ts'
import { firstDifferent, otherDifference, type Difference } from './difference.ts'
import { fieldDifference, fieldsOf, restoreFields } from './fields.ts'
import { makeFinding, type Finding } from './finding.ts'
import { frozenValue, type FrozenValue } from './frozen.ts'
import { observeEager, type EagerCall, type ObservedCall } from './observe-eager.ts'
import { observeJavaScript, type JavaScriptCall } from './observe-javascript.ts'
import { evaluateOutcome, evaluationOf, type ParityCase } from './parity-case.ts'
import type { Found } from './result-difference.ts'
import { resultNames } from './result-names.ts'
import { verifyFailed } from './verify-error.ts'

interface Failed {
  readonly error: unknown
}
type JavaScriptOutcome = JavaScriptCall | Failed

/** One call to a specialisation: the function, and what it is given. */
export interface VerifiedCall extends ObservedCall {
  readonly specialisation: Specialisation
  readonly options: CompileOptions
  readonly leaves: Leaves
}

/**
 * A compiled call that is compared with an eager one from the same state. It leaves what one compiled call leaves.
 *
 * @throws VERIFY_FAILED where they differ; then no state has changed
 */
export function verifyCall(call: VerifiedCall): unknown {
  const { specialisation, leaves } = call
  const { recording } = specialisation
  const elements = elementsBefore(recording, leaves)
  const gradsBefore = gradsOf(recording, leaves.values)
  const before = beforeOf(recording, leaves.values, elements)
  const fields = fieldsOf(recording.fieldWrites)
  const eager = javaScriptOutcome(call)
  const printed: Printed[] = []
  let result: unknown
  let thrown: unknown
  try {
    result = notingPrints(printed, () => specialisation.call(leaves))
  } catch (error) {
    if (!(error instanceof GryphError)) throw error // the call is to be made again
    thrown = error
  }
  const found = thrown
    ? errorDifference(eager, thrown)
    : 'error' in eager
      ? { difference: otherDifference('the call', `throws ${errorText(eager.error)}`, 'succeeds') }
      : callDifference(call, eager, before, printed)
  if (!found) {
    if (thrown) throw thrown
    return result
  }
  const { difference } = found
  restore(recording, elements, gradsBefore)
  restoreFields(fields)
  const frozen = whatIsFrozen(call)
  const parityCase = caseOfCall(call, elements)
  const documented = frozen ? undefined : documentedDifference(recording, found, eager)
  throw verifyFailed(call.functionName, difference, { frozen, documented }, () => {
    const ofRecording = frozen ? undefined : recordingFinding(call, parityCase, eager, before)
    return ofRecording ?? findingOf(parityCase, difference, frozen)
  })
}

/** Compares one call of the compiled program with an eager one, and narrows down where they part. Changes nothing. */
export function bisectCall(call: VerifiedCall): Finding {
  const { functionName, specialisation, leaves } = call
  const elements = elementsBefore(specialisation.recording, leaves)
  const frozen = whatIsFrozen(call)
  const parityCase = caseOfCall(call, elements)
  if (frozen) {
    const finding = bisectCase(parityCase)
    return finding.difference ? finding : makeFinding({ functionName, cause: 'frozen value', frozen })
  }
  const before = beforeOf(specialisation.recording, leaves.values, elements)
  return recordingFinding(call, parityCase, javaScriptOutcome(call), before) ?? bisectCase(parityCase)
}

function findingOf(parityCase: ParityCase, difference: Difference, frozen: FrozenValue | undefined): Finding {
  const finding = bisectCase(parityCase)
  if (finding.difference) return finding
  const { functionName } = parityCase
  return makeFinding({ functionName, cause: frozen ? 'frozen value' : 'program', difference, frozen })
}

const caseOfCall = (
  { functionName, options, specialisation: { recording } }: VerifiedCall,
  elements: ReadonlyMap<GraphInput, TypedArray>,
): ParityCase => {
  const names = resultNames(recording)
  const nameOf = (result: number): string => names[result] ?? `result ${result}`
  return { functionName, graph: recording.graph, elements, options, nameOf }
}

const elementsBefore = ({ graph, sources }: Recording, leaves: Leaves): Map<GraphInput, TypedArray> =>
  new Map(graph.inputs.map((input) => [input, inputElements(input, sources, leaves.values)]))

const gradsOf = (
  { gradWrites, argumentGradients }: Recording,
  leaves: readonly unknown[],
): Map<Tensor, Tensor | null> => {
  const reached = argumentGradients.map((position) => leaves[position] as Tensor) // only tensors have gradients
  const variables = [...gradWrites.map(({ variable }) => variable), ...reached]
  return new Map(variables.map((variable) => [variable, variable.peekGrad()]))
}

/** What the recording has from the call that made it; or that a number decided there what JavaScript did, of which it tells nobody. */
function whatIsFrozen(call: VerifiedCall): FrozenValue | undefined {
  const recorded = outcomeOf(() => observeEager(call, templateOfArguments(call), 'standIns'))
  if ('error' in recorded) return undefined
  const frozen = frozenValue(call.specialisation.recording, recorded.recording)
  if (frozen || call.leaves.values.every((leaf) => typeof leaf !== 'number')) return frozen
  const plain = outcomeOf(() => observeEager(call, templateOfArguments(call), 'plain'))
  if ('results' in plain && doesSame(plain, recorded)) return undefined
  return {
    description:
      'the function does something else with a number argument than with the tensor that stands for it there',
    source: undefined,
    remedy: 'List the number in staticArgs',
  }
}

function doesSame(a: EagerCall, b: EagerCall): boolean {
  const isEqual = (x: TypedArray | undefined, y: TypedArray | undefined): boolean =>
    x !== undefined && y !== undefined && x.length === y.length && firstDifferent(x, y) < 0
  return (
    a.results.length === b.results.length &&
    a.written.size === b.written.size &&
    a.results.every((result, i) => isEqual(result, b.results[i])) &&
    [...a.written].every(([variable, elements]) => isEqual(elements, b.written.get(variable)))
  )
}

function templateOfArguments({ specialisation: { template } }: VerifiedCall): Template {
  return { kind: 'array', items: template.items.slice(1) } // the first is `this`
}

function outcomeOf<R extends object>(observe: () => R): R | Failed {
  try {
    return observe()
  } catch (error) {
    return { error }
  }
}

const javaScriptOutcome = (call: VerifiedCall): JavaScriptOutcome =>
  outcomeOf(() => observeJavaScript(call, templateOfArguments(call)))

const errorText = (error: unknown): string => (error instanceof GryphError ? error.code : String(error))

function errorDifference(eager: JavaScriptOutcome, thrown: unknown): Found | undefined {
  const isSame = 'error' in eager && errorText(eager.error) === errorText(thrown)
  if (isSame) return undefined
  const expected = 'error' in eager ? `throws ${errorText(eager.error)}` : 'succeeds'
  return { difference: otherDifference('the call', expected, `throws ${errorText(thrown)}`) }
}

/** Compares what the compiled call has left with what the eager one would. */
function callDifference(
  { specialisation, leaves }: VerifiedCall,
  eager: JavaScriptCall,
  before: Before,
  printed: readonly Printed[],
): Found | undefined {
  const { recording } = specialisation
  const outcome: RecordedOutcome = {
    recording,
    leaves: leaves.values,
    elementsOf: (result) => specialisation.resultElements(result),
    stateOf: (state) => variableOf(recording.sources, state).copyElements(),
  }
  const fields = (): Found | undefined => {
    const difference = fieldDifference(recording.fieldWrites, eager.fieldWrites)
    return difference && { difference }
  }
  return outcomeDifference(outcome, eager, before) ?? printDifference(eager.printed, printed) ?? fields()
}

/** The recording's fault, if its ops one by one do not give what the JavaScript does. */
function recordingFinding(
  { functionName, specialisation: { recording }, leaves }: VerifiedCall,
  parityCase: ParityCase,
  eager: JavaScriptOutcome,
  before: Before,
): Finding | undefined {
  if ('error' in eager) return undefined
  const { graph } = recording
  try {
    const { results, states } = evaluateOutcome(graph, evaluationOf(parityCase))
    const outcome: RecordedOutcome = {
      recording,
      leaves: leaves.values,
      elementsOf: (result) => results[result]!,
      stateOf: (state) => states.get(state)!,
    }
    const found = outcomeDifference(outcome, eager, before)
    if (!found) return undefined
    const controls = controlsBehind(graph, found.value)
    return makeFinding({
      functionName,
      cause: 'recording',
      difference: found.difference,
      op: controls.length > 0 ? controls.map(controlText).join(', or ') : undefined,
      source: (controls[0] && lineOf(controls[0])) ?? found.difference.source,
      documented: documentedDifference(recording, found, eager),
    })
  } catch (error) {
    if (!(error instanceof FailedOp)) throw error
    return undefined
  }
}

function controlText(control: GraphControl): string {
  const line = lineOf(control)
  return line === undefined ? control.name : `${control.name} at ${line}`
}

/** What docs/assumptions.md says of such a difference, which is then no fault. */
function documentedDifference(
  { graph, gradWrites }: Recording,
  { difference, value }: Found,
  eager: JavaScriptOutcome,
): string | undefined {
  if (controlsOf(graph).length === 0) return undefined
  const isOfControl = controlsBehind(graph, value).length > 0
  // A step of an optimizer with zeros, where eager code has left the parameter out.
  const isStep = difference.what.startsWith('state') && gradWrites.length > 0
  const isGradient = isOfControl && (isStep || difference.what.startsWith('the gradient of'))
  const isUntracked = 'error' in eager && errorText(eager.error) === 'NOT_DIFFERENTIABLE'
  const isChanged = difference.what === 'the call' && String(difference.compiled).includes('CHANGED_BEFORE_BACKWARD')
  if (!isGradient && !isUntracked && !isChanged) return undefined
  return 'It may be of a gradient through branches or loops: docs/assumptions.md lists those that eager and compiled code may give differently, which are no faults'
}

/** Puts variables and gradients back as they were. */
function restore(
  { graph, sources }: Recording,
  elements: ReadonlyMap<GraphInput, TypedArray>,
  grads: ReadonlyMap<Tensor, Tensor | null>,
): void {
  for (const { state } of graph.writes) {
    const { storage } = variableOf(sources, state)
    storage.array.set(elements.get(state)!)
    storage.version++
  }
  for (const [variable, gradient] of grads) variable.pokeGrad(gradient)
}
