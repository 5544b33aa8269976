import { deriveBy, type OpDerivation } from '../autograd/pull-back.ts'
import type { Dtype } from '../base/dtype.ts'
import { dtypeInfo } from '../base/dtype.ts'
import { eagerKernel } from '../compile/eager-kernel.ts'
import { isWeakResult, setDefaultInterpreter, type Interpreter, type Value } from '../ops/interpreter.ts'
import { recordOf } from '../ops/registry.ts'
import { noAttrs, type Attrs, type OpName } from '../ops/table.ts'
import { Storage } from '../runtime/storage.ts'
import { context, currentLazyCall } from './context.ts'
import { changedBeforeBackward, notATensor } from './errors.ts'
import { guardNumbers } from './guards/number-guards.ts'
import { Tensor } from './tensor.ts'
import { viewOf } from './view-of.ts'

/** Carries out one primitive now, and notes it for the tape and for a recording. */
export function applyOp(op: OpName, operands: readonly Value[], attrs: Attrs = noAttrs): Tensor {
  const tensors = operands as readonly Tensor[] // checked next
  let isTracked = false
  for (const tensor of tensors) {
    if (!(tensor instanceof Tensor)) throw notATensor(op, tensor)
    tensor.ensureUsable()
    isTracked ||= tensor.requiresGrad
  }
  const result =
    currentLazyCall()?.apply(op, tensors, attrs) ??
    (recordOf(op).kind === 'view' ? view(op, tensors[0]!, attrs) : compute(op, tensors, attrs))
  if (isTracked && context.gradEnabled) result.derivation = derivationOf(op, tensors, result, attrs)
  context.recorder?.record(op, tensors, attrs, result)
  return result
}

function compute(op: OpName, tensors: readonly Tensor[], attrs: Attrs): Tensor {
  const later = context.deferral?.putOff(op, tensors, attrs)
  if (later) return later
  // Before a kernel begins, for what is computed now takes its workspace.
  for (const { storage } of tensors) if (storage.isPutOff) void storage.array
  const kernel = eagerKernel(op, tensors, attrs)
  const { recorder } = context
  return new Tensor(
    kernel.resultType,
    recorder && recordOf(op).checks ? recorder.checked(op, () => kernel.compute(tensors)) : kernel.compute(tensors),
    isWeakResult(tensors, kernel.resultType) ? weakOption : undefined,
  )
}

const weakOption = { weak: true }

function view(op: OpName, operand: Tensor, attrs: Attrs): Tensor {
  const { type, form } = viewOf(op, operand, attrs)
  if (form.copies) return new Tensor(type, compute('copy', [operand], noAttrs).storage, { layout: form.layout })
  return new Tensor(type, operand.storage, { layout: form.layout, weak: isWeakResult([operand], type) })
}

function derivationOf(
  op: OpName,
  operands: readonly Tensor[],
  result: Tensor,
  attrs: Attrs,
): OpDerivation<Tensor> | undefined {
  const derivation = deriveBy(op, operands, result, attrs)
  if (!derivation || !operands.some((operand) => operand.isVariable)) return derivation
  const versions = operands.map((operand) => operand.storage.version)
  return {
    ...derivation,
    vjp: (cotangent, needs) => {
      if (operands.some((operand, i) => operand.storage.version !== versions[i])) throw changedBeforeBackward(op)
      return derivation.vjp(cotangent, needs)
    },
  }
}

/** A 0-d tensor holding `value`; recordings take it as a constant. Values never change, so frequent ones are kept. */
function constantTensor(value: number, dtype: Dtype, weak = false): Tensor {
  const known = constants[weak ? 'weak' : dtype]
  let tensor = known.get(value)
  if (!tensor || value === 0) {
    tensor = scalarTensor(value, dtype, weak) // a Map takes −0 for 0
    tensor.isConstant = true
  }
  if (known.size < constantLimit && value !== 0) known.set(value, tensor)
  context.recorder?.constant(tensor, tensor.storage.array[0]!)
  return tensor
}

const constantLimit = 256
const constants = {
  weak: new Map<number, Tensor>(),
  bool: new Map<number, Tensor>(),
  uint8: new Map<number, Tensor>(),
  int32: new Map<number, Tensor>(),
  float32: new Map<number, Tensor>(),
  float64: new Map<number, Tensor>(),
}

/** A 0-d tensor of its own. */
export function scalarTensor(value: number, dtype: Dtype, weak = false): Tensor {
  const array = new dtypeInfo[dtype].array(1)
  array[0] = value
  return new Tensor(scalarTypes[dtype], new Storage(dtype, array), weak ? weakOption : undefined)
}

/** Answers from the values at hand; a recording holds only for numbers with the same answer. */
function ask<R>(subject: string, weak: readonly Value[], question: (...numbers: number[]) => R): R {
  const tensors = weak as readonly Tensor[] // the eager interpreter only makes tensors
  const answer = question(...tensors.map((tensor) => tensor.storage.array[tensor.layout?.offset ?? 0]!))
  if (context.recorder) guardNumbers(context.recorder, subject, tensors, question, answer)
  return answer
}

const scalarShape: readonly number[] = Object.freeze([])
const scalarTypes = {
  bool: { dtype: 'bool', shape: scalarShape },
  uint8: { dtype: 'uint8', shape: scalarShape },
  int32: { dtype: 'int32', shape: scalarShape },
  float32: { dtype: 'float32', shape: scalarShape },
  float64: { dtype: 'float64', shape: scalarShape },
} as const

/** Runs every op at once; the default everywhere outside graph passes. */
export const eagerInterpreter: Interpreter = {
  apply: applyOp,
  constant: constantTensor,
  ask,
  stopGradient: (x) => (x as Tensor).detach(),
} // the eager interpreter only makes tensors

setDefaultInterpreter(eagerInterpreter)
