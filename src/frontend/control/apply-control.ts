import { pullBackControl, type ControlSpec } from '../../autograd/control-gradient.ts'
import type { JointDerivation } from '../../autograd/pull-back.ts'
import { isFloat } from '../../base/dtype.ts'
import { userLocation } from '../../base/errors.ts'
import { firstCarried, isBranch, makeControl, resultTypesOf } from '../../ir/control.ts'
import type { GraphValue } from '../../ir/graph.ts'
import { nextInProgram, noteMade, noteUntracked } from '../../ir/marks.ts'
import { Storage } from '../../runtime/storage.ts'
import { context } from '../context.ts'
import { effectOfControl, noteLine } from '../debug/effects.ts'
import { changedBeforeBackward } from '../errors.ts'
import { RoomNeeded } from '../hybridize/residual-room.ts'
import { Tensor } from '../tensor.ts'
import { canFail } from './can-fail.ts'
import { evaluateControl } from './evaluate-control.ts'

export interface ResultOptions {
  /** Which results are numbers that take the dtype of what they meet. */
  readonly weak?: readonly (boolean | undefined)[]
  /** Through which results gradients flow; through all, when left out. */
  readonly tracked?: readonly boolean[]
}

/** A value of the recording, and a tensor that has its elements and is where its gradients go on. */
export interface ControlOperand {
  readonly tensor: Tensor
  readonly value: GraphValue
}

/** Carries out a control op: records it and, where the call is not put off, computes it. */
export function applyControl(
  control: ControlSpec,
  given: readonly (ControlOperand | Tensor)[],
  { weak = [], tracked }: ResultOptions = {},
): Tensor[] {
  const { recorder, deferral, gradEnabled } = context
  const operands = given.map((each) => (each instanceof Tensor ? each : each.tensor))
  const types = resultTypesOf({ ...control, operands: [] })
  const compute = () => evaluateControl(control, operands)
  const storages =
    deferral?.putOffTogether(types, operands, compute) ??
    compute().map((elements, i) => new Storage(types[i]!.dtype, elements))
  const results = types.map((type, i) => new Tensor(type, storages[i]!, weak[i] ? { weak: true } : undefined))
  const isTracked = results.map(
    ({ dtype }, i) =>
      isFloat(dtype) && gradEnabled && (tracked?.[i] ?? operands.some((operand) => operand.requiresGrad)),
  )
  if (isTracked.includes(true)) {
    const derivation = derivationOf(control, operands, results)
    results.forEach((result, i) => {
      if (isTracked[i]) result.derivation = derivation
    })
  }
  if (!recorder) return results
  if (isTracked.includes(true)) recorder.noteGradientReads(operands)
  const made = makeControl({
    ...control,
    operands: given.map((each) => (each instanceof Tensor ? recorder.valueOf(each) : each.value)),
  })
  const source = control.source ?? userLocation()
  if (source !== undefined) noteLine(made, source)
  made.results.forEach((value, i) => {
    recorder.bind(results[i]!, noteMade(value), source)
    if (!isTracked[i]) noteUntracked(value)
  })
  const fails = canFail(made)
  if (fails) recorder.scope.checks.push(made.results[0]!)
  recorder.scope.effects.push(...effectOfControl(made.results[0]!, control.regions, fails))
  return results
}

function derivationOf(
  control: ControlSpec,
  operands: readonly Tensor[],
  results: readonly Tensor[],
): JointDerivation<Tensor> {
  const versions = operands.map(({ storage }) => storage.version)
  const count = knownCount(control, operands)
  return {
    operands,
    results,
    position: nextInProgram(),
    pullBackAll: (given) => {
      if (operands.some((operand, i) => operand.isVariable && operand.storage.version !== versions[i]))
        throw changedBeforeBackward(control.name)
      for (;;) {
        try {
          // The eager interpreter only makes tensors.
          return pullBackControl({ control, operands, results, count }, given, (next, of) =>
            applyControl(next, of as Tensor[]),
          )
        } catch (error) {
          if (!(error instanceof RoomNeeded)) throw error
        }
      }
    },
  }
}

/** How many passes a loop makes, if the recording says it. */
export function knownCount(control: ControlSpec, operands: readonly Tensor[]): number | undefined {
  if (isBranch(control) || !control.counted || control.regions.length > 1) return undefined
  const count = operands[firstCarried(control) - 1]!
  const value = context.recorder ? context.recorder.valueOf(count) : undefined
  if (value) return value.op === 'constant' && typeof value.value === 'number' ? value.value : undefined
  return count.copyElements()[0]!
}
