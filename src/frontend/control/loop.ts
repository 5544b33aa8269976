import type { ControlSpec } from '../../autograd/control-gradient.ts'
import { leadsTo } from '../../autograd/leads-to.ts'
import { sameType, type TensorType } from '../../base/shape.ts'
import type { ControlName } from '../../ir/graph.ts'
import { passNumberType } from '../../ir/control.ts'
import { nextInProgram, noteBody } from '../../ir/marks.ts'
import type { OpDerivation } from '../../autograd/pull-back.ts'
import { context } from '../context.ts'
import { full, zeros } from '../fill.ts'
import { greater, where as choose } from '../functions/elementwise.ts'
import type { Recorder } from '../recorder.ts'
import type { RegionEffects } from './region-effects.ts'
import { Tensor } from '../tensor.ts'
import { applyControl, knownCount, type ControlOperand } from './apply-control.ts'
import { kindOf, leafAfter, stateAfter } from './branch.ts'
import { testTensor, type Test } from './cond.ts'
import { backwardThroughPasses, gradientCleared, stateChanged, structuresDiffer } from './errors.ts'
import { isTensorLike, leafTensor } from './leaves.ts'
import { isKnown, noteShown, shownBy, type ShownVariable } from './shown-variables.ts'
import { structureOf, type Structure } from './structure.ts'
import { allCaptures, operandsFor, TracedRegion } from './trace-region.ts'

export interface LoopParts {
  readonly name: ControlName
  /** An int32 scalar, if it is known before the first pass. */
  readonly count?: Tensor
  readonly condition?: (state: unknown) => Test
  /** The state after pass number `pass`. */
  readonly body: (pass: Tensor, state: unknown) => unknown
  readonly init: unknown
  readonly checkpoint: boolean
}

/** What a loop carries from pass to pass, as far as tracing has found out. */
interface Carried {
  /** Of each leaf of the state: undefined if it is the same in every pass, and no tensor. */
  readonly leaves: (CarriedLeaf | undefined)[]
  readonly states: Tensor[]
  readonly gradients: Tensor[]
  readonly positions: number[]
}
interface CarriedLeaf {
  readonly initial: Tensor
  isTracked: boolean
  /** What it may show when a pass begins: variables that the loop begins with, or that an earlier pass ended with. */
  shown: readonly ShownVariable[]
}
interface Traced {
  readonly region: TracedRegion
  readonly effects: RegionEffects
  readonly state: Structure
  /** What each leaf of the state may show at the end. */
  readonly shown: readonly (readonly ShownVariable[])[]
}

/** Records the body, and the condition, and a control op that repeats them. The body is traced again while it turns out to carry more. */
export function traceLoop(recorder: Recorder, parts: LoopParts): unknown {
  const end = traceAsGiven(recorder, parts)
  return end === changesState ? traceWithTestAhead(recorder, parts) : end
}

/** In place of a result: the condition leaves something behind, and nothing is recorded. */
export const changesState = Symbol('changes state')

/** `traceLoop` for a condition that is only asked. */
export function traceAsGiven(recorder: Recorder, parts: LoopParts): unknown {
  const { name, init, count, condition } = parts
  const initial = structureOf(init)
  const carried: Carried = {
    leaves: initial.leaves.map(({ value }) =>
      value instanceof Tensor && !value.isVariable ? leafOf(recorder, value) : undefined,
    ),
    states: [],
    gradients: [],
    positions: [],
  }
  let body = traceBody(recorder, parts, initial, carried)
  while (extend(recorder, name, carried, initial, body)) body = traceBody(recorder, parts, initial, carried)
  const tested = condition && traceCondition(recorder, parts, condition, initial, carried)
  if (tested === changesState) return changesState

  const leaves = carried.leaves.flatMap((leaf, i) => (leaf ? [{ ...leaf, i }] : []))
  const isTracked = context.gradEnabled && leaves.some((leaf) => leaf.isTracked)
  const ends = body.region.within(() => [
    ...leaves.map(({ i }) => leafAfter(recorder, body.effects, body.state.leaves[i]!.value)), // checked by extend
    ...carried.states.map((variable) => stateAfter(recorder, body.effects, variable)),
    ...carried.gradients.map((leaf) => recorder.valueOf(body.effects.gradients.get(leaf)!)), // given to the region, so it has one
    ...carried.positions.map((position) => recorder.valueOf(body.effects.argumentGradients.get(position)!)), // as above
  ])
  const traced = tested ? [body.region, tested.region] : [body.region]
  const captures = allCaptures(traced)
  const regions = traced.map((region, r) => region.graph(captures, r === 0 ? ends : [tested!.test]))
  if (parts.checkpoint) noteBody(regions[0]!, { isCheckpoint: true })
  const ended = body.state.leaves.filter((_, i) => carried.leaves[i]?.isTracked).map(({ value }) => value as Tensor) // none but tensors are tracked
  // A gradient would flow to what the variable was in each pass: going back through the loop is the error that it is eagerly.
  const isRead = (variable: Tensor): boolean =>
    variable.requiresGrad &&
    ended.some((value) => value !== variable && leadsTo(value, new Set([variable]), operandsOf).has(variable))
  const isReplaced = (variable: Tensor): boolean => carried.states.includes(variable)
  const before = [
    ...(count ? [count] : []),
    ...leaves.map((leaf) => leaf.initial),
    ...carried.states.map((variable) => (isTracked && !isRead(variable) ? variable.clone() : variable)),
    ...carried.gradients.map((leaf) => leaf.grad ?? nothingFor(leaf)),
    ...carried.positions.map((at) => recorder.argumentGradientAt(at) ?? nothingFor(recorder.argumentAt(at)!)),
  ].map((tensor): ControlOperand => ({ tensor, value: recorder.valueOf(tensor) }))
  const control: ControlSpec = { name, regions, carried: ends.length, counted: count !== undefined }
  const results = applyControl(
    control,
    [...before, ...operandsFor(recorder, captures, traced, isReplaced, isTracked)],
    {
      weak: leaves.map((leaf) => leaf.initial.weak),
      tracked: [...ends, undefined].map((_, i) => leaves[i]?.isTracked ?? false),
    },
  )
  for (const region of traced) region.scope.isClosed = true

  const passes = results[results.length - 1]!
  const known = count && knownCount(control, [count])
  let next = leaves.length
  for (const variable of carried.states) variable.assign(results[next++]!)
  for (const leaf of carried.gradients) leaf.grad = settled(leaf.grad !== null, results[next++]!, passes, known)
  for (const [leaf, gradient] of body.effects.gradients) if (gradient === null) leaf.grad = null
  for (const at of carried.positions) {
    const had = recorder.argumentGradientAt(at) !== undefined
    recorder.setArgumentGradientAt(at, settled(had, results[next++]!, passes, known))
  }
  leaves.forEach(({ i, shown }, at) => noteShown(results[at]!, (known ?? 0) > 0 ? body.shown[i]! : shown))
  let taken = 0
  return initial.rebuild(carried.leaves.map((leaf, i) => (leaf ? results[taken++] : initial.leaves[i]!.value)))
}

const operandsOf = ({ derivation }: Tensor): readonly Tensor[] => derivation?.operands ?? []

const leafOf = (recorder: Recorder, value: Tensor | number | boolean): CarriedLeaf => {
  const tensor = leafTensor(value)
  const shown = shownBy(recorder, value)
  return { initial: tensor, isTracked: tensor.requiresGrad && context.gradEnabled, shown }
}

/** Where a gradient begins that nothing has been added to. */
const nothingFor = ({ shape, dtype }: Tensor): Tensor => full(shape, -0, { dtype })

/** A gradient that began as nothing, as callers see it. */
function settled(had: boolean, gradient: Tensor, passes: Tensor, known: number | undefined): Tensor {
  if (had || (known ?? 0) > 0) return gradient
  return choose(greater(passes, 0), gradient, zeros([], { dtype: gradient.dtype }))
}

function traceBody(recorder: Recorder, { name, body }: LoopParts, initial: Structure, carried: Carried): Traced {
  const region = new TracedRegion(recorder, `${name}: the body`)
  let pass: Tensor
  let state: unknown
  const { result, effects } = region.trace(
    () => {
      pass = region.give('pass', passNumberType)
      state = giveCarried(recorder, region, name, initial, carried)
    },
    () => {
      const after = structureOf(body(pass, state))
      return { state: after, shown: after.leaves.map(({ value }) => shownBy(recorder, value)) }
    },
  )
  return { region, effects, ...result }
}

function traceCondition(
  recorder: Recorder,
  { name }: LoopParts,
  condition: (state: unknown) => Test,
  initial: Structure,
  carried: Carried,
) {
  const region = new TracedRegion(recorder, `${name}: the condition`)
  let state: unknown
  const { result, effects } = region.trace(
    () => {
      region.give('pass', passNumberType)
      state = giveCarried(recorder, region, name, initial, carried)
    },
    () => {
      const test = condition(state)
      return recorder.valueOf(typeof test === 'boolean' ? leafTensor(test) : testTensor(name, test))
    },
  )
  const { states, gradients, argumentGradients } = effects
  const left = [
    ...[...states.values()].map(({ tensor }) => tensor),
    ...gradients.values(),
    ...argumentGradients.values(),
  ]
  const isWritten = left.some((tensor) => tensor === null || !region.given.has(tensor))
  if (isWritten) region.scope.isClosed = true
  return isWritten ? changesState : { region, test: result }
}

/** A condition that draws random numbers or assigns is asked before the loop and at the end of each pass, which carries the answer. */
function traceWithTestAhead(recorder: Recorder, { name, condition, body, init, checkpoint }: LoopParts): unknown {
  const withTest = (state: unknown): readonly [Tensor, unknown] => {
    const test = condition!(state) // a loop without one leaves nothing behind
    return [typeof test === 'boolean' ? leafTensor(test) : testTensor(name, test), state]
  }
  const ahead: LoopParts = {
    name,
    condition: (carried) => (carried as readonly [Tensor, unknown])[0], // as `init` below
    body: (pass, carried) => withTest(body(pass, (carried as readonly [Tensor, unknown])[1])), // as above
    init: withTest(init),
    checkpoint,
  }
  return (traceAsGiven(recorder, ahead) as readonly [Tensor, unknown])[1] // the form of `init`
}

/** Makes inputs of a loop's region, and the state that the user's function sees. */
function giveCarried(
  recorder: Recorder,
  region: TracedRegion,
  name: string,
  initial: Structure,
  carried: Carried,
): unknown {
  const give = (tensor: { readonly type: TensorType; readonly weak?: boolean }, isTracked = false): Tensor =>
    region.give(`carried${region.inputs.length - 1}`, tensor.type, tensor.weak, isTracked ? blocked(name) : undefined)
  const leaves = carried.leaves.map((leaf, i) => {
    if (!leaf) return initial.leaves[i]!.value
    const standIn = give(leaf.initial, leaf.isTracked)
    noteShown(standIn, leaf.shown)
    return standIn
  })
  for (const variable of carried.states) recorder.enterState(variable, give({ type: variable.type }))
  for (const leaf of carried.gradients) leaf.grad = give(leaf)
  for (const at of carried.positions) recorder.setArgumentGradientAt(at, give(recorder.argumentAt(at)!))
  return initial.rebuild(leaves)
}

/** That a carried value came from earlier passes; only the gradient of the whole loop goes back into them. */
const blocked = (name: string): OpDerivation<Tensor> => ({
  operands: [],
  position: nextInProgram(),
  vjp: () => {
    throw backwardThroughPasses(name)
  },
})

/** Adds to what is carried what the body has turned out to change. Whether there was anything. */
function extend(
  recorder: Recorder,
  name: string,
  carried: Carried,
  initial: Structure,
  { effects, state, shown }: Traced,
): boolean {
  if (state.form !== initial.form)
    throw structuresDiffer(name, 'the initial state', 'the body', initial.form, state.form)
  let isMore = false
  state.leaves.forEach(({ path, value }, i) => {
    const { value: first } = initial.leaves[i]!
    const leaf = carried.leaves[i]
    if (!leaf) {
      if (Object.is(value, first)) return
      const promoted = isTensorLike(value) && isTensorLike(first) ? leafOf(recorder, first) : undefined
      if (!promoted || !fits(promoted.initial, value)) throw stateChanged(name, `state${path}`, first, value)
      carried.leaves[i] = promoted
      isMore = true
    } else {
      if (!fits(leaf.initial, value)) throw stateChanged(name, `state${path}`, first, value)
      if (!leaf.isTracked && value instanceof Tensor && value.requiresGrad && context.gradEnabled)
        isMore = leaf.isTracked = true
      if (!isKnown(shown[i]!, leaf.shown)) {
        leaf.shown = [...leaf.shown, ...shown[i]!]
        isMore = true
      }
    }
  })
  for (const variable of effects.states.keys())
    if (!carried.states.includes(variable)) isMore = carried.states.push(variable) > 0
  for (const [leaf, gradient] of effects.gradients) {
    if (gradient === null && leaf.grad !== null) throw gradientCleared(name)
    if (gradient !== null && !carried.gradients.includes(leaf)) isMore = carried.gradients.push(leaf) > 0
  }
  for (const at of effects.argumentGradients.keys())
    if (!carried.positions.includes(at)) isMore = carried.positions.push(at) > 0
  return isMore
}

/** Whether a value can be what a pass ends with, where the first begins with `initial`. */
function fits(initial: Tensor, value: unknown): boolean {
  if (value instanceof Tensor) return sameType(initial.type, value.type) && initial.weak === value.weak
  return isTensorLike(value) && kindOf(initial) === kindOf(value) && kindOf(value) !== 'tensor'
}
