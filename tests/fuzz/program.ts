import type { Dtype } from '../../src/base/dtype.ts'
import type { TensorType } from '../../src/base/shape.ts'
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
  | { readonly kind: 'assign'; readonly state: number; readonly value: number }

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
}

export const operandsOf = (step: Step): readonly number[] => {
  if (step.kind === 'op' || step.kind === 'call') return step.operands
  return step.kind === 'assign' ? [step.state, step.value] : []
}

export const isInput = (step: Step): step is InputStep =>
  step.kind === 'argument' || step.kind === 'capture' || step.kind === 'state'
