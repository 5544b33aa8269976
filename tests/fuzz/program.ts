import type { Dtype } from '../../src/base/dtype.ts'
import type { TensorType } from '../../src/base/shape.ts'
import type { AxisRange } from '../../src/ops/calls/index.ts'
import type { Attrs, OpName } from '../../src/ops/table.ts'
import type { CallName } from './named-calls.ts'

/** Which values an input has: `index` ones are valid positions along an axis of `limit` elements (in the third call perhaps not). */
export type Flavour =
  | 'ordinary'
  | 'special'
  | 'whole'
  | 'generator'
  | { readonly kind: 'index'; readonly limit: number; readonly fails: boolean }

export interface InputStep {
  readonly kind: 'argument' | 'capture' | 'state'
  readonly type: TensorType
  readonly flavour: Flavour
  readonly seed: number
  /** How an argument or capture lies in memory. */
  readonly lies: 'row-major' | 'transposed' | 'backwards'
}

/** One line of a program; its value is named by its position. Operands are positions of earlier lines. */
export type Step =
  | InputStep
  | { readonly kind: 'number'; readonly seed: number }
  | { readonly kind: 'constant'; readonly value: number; readonly dtype: Dtype }
  | { readonly kind: 'op'; readonly op: OpName; readonly operands: readonly number[]; readonly attrs: Attrs }
  /** A documented call of these operands and then `axis`, where it is there. */
  | { readonly kind: 'call'; readonly call: CallName; readonly operands: readonly number[]; readonly axis?: number }
  | AssignStep

/** A state gets a new value: `value`, or what a method with a trailing underscore makes with it, in the whole or at a place. */
export interface AssignStep {
  readonly kind: 'assign'
  readonly state: number
  readonly value: number
  readonly method?: 'add_' | 'sub_' | 'mul_' | 'div_' | 'clamp_' | 'fill_' | 'copy_'
  readonly place?: { readonly ranges: readonly PlaceRange[]; readonly method: 'set_' | 'add_' }
}
/** As `at` takes it; tensors by the step that makes them. */
export type PlaceRange = AxisRange | { readonly step: number }
export const isStepRange = (range: PlaceRange): range is { readonly step: number } =>
  typeof range === 'object' && range !== null && 'step' in range

/**
 * What is computed from the float values among the results: nothing more, their gradients inside the function, gradients that an outer
 * tape takes through it, or a step of gradient descent on the states.
 */
export type Goal = 'values' | 'inner gradient' | 'outer gradient' | 'descent'

export interface Program {
  readonly goal: Goal
  readonly steps: readonly Step[]
  readonly results: readonly number[]
  /** Values that the function reads on the host after the step at `after`, in this order. */
  readonly reads?: readonly { readonly after: number; readonly value: number }[]
  /** Whether it reads its results too, after gradients and updates. */
  readonly readsResults?: boolean
}

export const operandsOf = (step: Step): readonly number[] => {
  if (step.kind === 'op' || step.kind === 'call') return step.operands
  if (step.kind !== 'assign') return []
  const indices = step.place?.ranges.flatMap((range) => (isStepRange(range) ? [range.step] : [])) ?? []
  return [step.state, step.value, ...indices]
}

export const isInput = (step: Step): step is InputStep =>
  step.kind === 'argument' || step.kind === 'capture' || step.kind === 'state'
