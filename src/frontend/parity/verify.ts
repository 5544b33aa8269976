import type { TypedArray } from '../../base/dtype.ts'
import { GryphError } from '../../base/errors.ts'
import type { CompileOptions } from '../../compile/options.ts'
import { isNode, type GraphInput } from '../../ir/graph.ts'
import { inputElements } from '../hybridize/input-elements.ts'
import type { Recording } from '../hybridize/record-call.ts'
import type { Specialisation } from '../hybridize/specialisation.ts'
import type { Leaves } from '../hybridize/template.ts'
import type { Tensor } from '../tensor.ts'
import { bisectCase } from './bisect.ts'
import { firstDifferent, otherDifference, tensorDifference, type Difference } from './difference.ts'
import { makeFinding, type Finding } from './finding.ts'
import { frozenValue, type FrozenValue } from './frozen.ts'
import { fieldDifference, fieldsOf, restoreFields } from './fields.ts'
import { observeEager, type EagerCall, type ObservedCall } from './observe-eager.ts'
import type { ParityCase } from './parity-case.ts'
import { resultNames, templateDifference, withNumbers } from './result-names.ts'
import { verifyFailed } from './verify-error.ts'
import { variableOf } from '../hybridize/bindings.ts'

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
  const elements = elementsBefore(specialisation.recording, leaves)
  const gradsBefore = gradsOf(specialisation.recording)
  const fields = fieldsOf(specialisation.recording.fieldWrites)
  const eager = eagerOutcome(call, 'plain')
  let result: unknown
  let thrown: unknown
  try {
    result = specialisation.call(leaves)
  } catch (error) {
    if (!(error instanceof GryphError)) throw error // the call is to be made again
    thrown = error
  }
  const difference = thrown
    ? errorDifference(eager, thrown)
    : 'error' in eager
      ? otherDifference('the call', `throws ${errorText(eager.error)}`, 'succeeds')
      : callDifference(call, eager, elements, gradsBefore)
  if (!difference) {
    if (thrown) throw thrown
    return result
  }
  restore(specialisation.recording, elements, gradsBefore)
  restoreFields(fields)
  const frozen = whatIsFrozen(call, eager)
  const parityCase = caseOfCall(call, elements)
  throw verifyFailed(call.functionName, difference, frozen, () => findingOf(parityCase, difference, frozen))
}

/** Compares one call of the compiled program with an eager one, and narrows down where they part. Changes nothing. */
export function bisectCall(call: VerifiedCall): Finding {
  const { functionName, specialisation, leaves } = call
  const elements = elementsBefore(specialisation.recording, leaves)
  const frozen = whatIsFrozen(call, eagerOutcome(call, 'plain'))
  const finding = bisectCase(caseOfCall(call, elements))
  return frozen && !finding.difference ? makeFinding({ functionName, cause: 'frozen value', frozen }) : finding
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

const gradsOf = ({ gradWrites }: Recording): Map<Tensor, Tensor | null> =>
  new Map(gradWrites.map(({ variable }) => [variable, variable.peekGrad()]))

type EagerOutcome = EagerCall | { readonly error: unknown }

/** What the recording has from the call that made it; or that a number decided there what JavaScript did, of which it tells nobody. */
function whatIsFrozen(call: VerifiedCall, eager: EagerOutcome): FrozenValue | undefined {
  const recorded = eagerOutcome(call, 'standIns')
  if ('error' in recorded) return undefined
  const frozen = frozenValue(call.specialisation.recording, recorded.recording)
  if (frozen || ('results' in eager && doesSame(eager, recorded))) return frozen
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

function eagerOutcome(call: VerifiedCall, numbers: 'plain' | 'standIns'): EagerOutcome {
  const { template } = call.specialisation
  const items = template.kind === 'array' ? template.items.slice(1) : [] // the first is `this`
  try {
    return observeEager(call, { kind: 'array', items }, numbers)
  } catch (error) {
    return { error }
  }
}

const errorText = (error: unknown): string => (error instanceof GryphError ? error.code : String(error))

function errorDifference(eager: EagerOutcome, thrown: unknown): Difference | undefined {
  const isSame = 'error' in eager && errorText(eager.error) === errorText(thrown)
  if (isSame) return undefined
  const expected = 'error' in eager ? `throws ${errorText(eager.error)}` : 'succeeds'
  return otherDifference('the call', expected, `throws ${errorText(thrown)}`)
}

/** Compares what the compiled call has left with what the eager one would. */
function callDifference(
  { specialisation, leaves }: VerifiedCall,
  eager: EagerCall,
  before: ReadonlyMap<GraphInput, TypedArray>,
  gradsBefore: ReadonlyMap<Tensor, Tensor | null>,
): Difference | undefined {
  const { recording } = specialisation
  if (eager.hostRead !== undefined)
    return otherDifference('the way of the call', `reads values with ${eager.hostRead}`, 'reads none')
  const resultTemplate = withNumbers(recording.resultTemplate, leaves.values)
  const form = templateDifference({ ...recording, resultTemplate }, eager.recording)
  if (form) return form
  const { results } = eager.recording.graph
  const names = resultNames(recording)
  for (const [i, given] of eager.results.entries()) {
    const { type } = recording.graph.results[i]!
    const compiled = specialisation.resultElements(i)
    const value = results[i]!
    const difference = tensorDifference(names[i]!, isNode(value) ? value.source : undefined, type, given, compiled)
    if (difference) return difference
  }
  return (
    stateDifference(recording, eager, before) ??
    nullGradDifference(recording, eager, gradsBefore) ??
    fieldDifference(recording.fieldWrites, eager.recording.fieldWrites)
  )
}

function stateDifference(
  recording: Recording,
  eager: EagerCall,
  before: ReadonlyMap<GraphInput, TypedArray>,
): Difference | undefined {
  const own = new Map(
    recording.graph.writes.map(({ state, value }) => [variableOf(recording.sources, state), { state, value }]),
  )
  for (const variable of new Set([...own.keys(), ...eager.written.keys()])) {
    const write = own.get(variable)
    const expected = eager.written.get(variable) ?? before.get(write!.state)!
    const source = write && isNode(write.value) ? write.value.source : undefined
    const name = write?.state.name ?? 'a variable that the recorded call does not write'
    const difference = tensorDifference(name, source, variable.type, expected, variable.copyElements())
    if (difference) return difference
  }
  return undefined
}

/** Gradients that are there are results of the program; what is left are those that one call clears and the other does not. */
function nullGradDifference(
  recording: Recording,
  eager: EagerCall,
  gradsBefore: ReadonlyMap<Tensor, Tensor | null>,
): Difference | undefined {
  const cleared = (variable: Tensor, { gradWrites }: Recording): string => {
    const write = gradWrites.find((each) => each.variable === variable)
    const isNull = write ? write.isNull : (gradsBefore.get(variable) ?? variable.peekGrad()) === null
    return isNull ? 'null' : 'a tensor'
  }
  const variables = [...recording.gradWrites, ...eager.recording.gradWrites].map(({ variable }) => variable)
  for (const variable of new Set(variables)) {
    const [expected, actual] = [cleared(variable, eager.recording), cleared(variable, recording)]
    if (expected !== actual)
      return otherDifference(`the gradient of a ${variable.dtype}[${variable.shape.join(', ')}]`, expected, actual)
  }
  return undefined
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
