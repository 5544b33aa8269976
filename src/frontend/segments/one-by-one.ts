import { eagerKernel } from '../../compile/eager-kernel.ts'
import type { Storage } from '../../runtime/storage.ts'
import { valueNotKept } from '../errors.ts'
import type { Run } from './run.ts'
import type { Step } from './step.ts'

/** Carries out the first `count` steps as eager code does. `keep` is called before a variable changes. */
export function runOneByOne(run: Run, count: number, keep: (storage: Storage) => void): void {
  for (let i = 0; i < count; i++) {
    const step = run.steps[i]!
    if (step.op !== 'assign') compute(run, step, i)
    else {
      const [target, value] = run.operandTensors(i)
      keep(target!.storage)
      target!.replaceElements(value!)
    }
  }
}

function compute(run: Run, step: Step, index: number): void {
  if (step.view || step.op === 'assign') return
  const { storage } = run.tensors[step.slot]!
  if (!storage.isPutOff) return
  const operands = run.operandTensors(index)
  storage.settle(eagerKernel(step.op, operands, step.attrs).run(operands))
}

/**
 * Computes elements that a segment has not kept, from what it was given; the next time it keeps them. `versionOf` is the version of what
 * lies in a variable's cell. @throws VALUE_NOT_KEPT where a variable that they depend on has changed since
 */
export function rescue(run: Run, storage: Storage, versionOf: (state: Storage) => number, functionName: string): void {
  run.segment?.used(storage.slot)
  const needed = new Set([storage])
  const order: number[] = []
  for (let i = run.steps.length - 1; i >= 0; i--) {
    const step = run.steps[i]!
    if (step.op === 'assign' || step.view || !needed.has(run.tensors[step.slot]!.storage)) continue
    order.push(i)
    for (const [position, operand] of run.operandTensors(i).entries()) {
      const version = operand.isVariable ? run.versions[step.slots[position]!] : operand.shownVersion
      if (operand.storage.isVariable ? versionOf(operand.storage) !== version : false)
        throw valueNotKept(functionName, operand.type, step.source)
      if (operand.storage.isPutOff && !operand.storage.isVariable) needed.add(operand.storage)
    }
  }
  if (order.length === 0) throw valueNotKept(functionName, { dtype: storage.dtype, shape: [storage.length] }, undefined)
  for (const i of order.reverse()) compute(run, run.steps[i]!, i)
}
