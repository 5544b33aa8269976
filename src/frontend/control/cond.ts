import { sameAs } from '../../autograd/pull-back.ts'
import { clamp, notEqual } from '../functions/elementwise.ts'
import { context } from '../context.ts'
import { functionExpected } from '../errors.ts'
import { Tensor } from '../tensor.ts'
import { traceBranches, type Branch } from './branch.ts'
import { testInvalid } from './errors.ts'
import { structureOf } from './structure.ts'
import { recorderInUse } from './trace-region.ts'

/** A condition: a boolean, or a tensor of one element, where anything but 0 is true. */
export type Test = Tensor | boolean | number

/** Whether a value is known only when the compiled function runs: a tensor in a call that is being recorded. Conditions on others are JavaScript's. */
export const isTraced = (value: unknown): value is Tensor => value instanceof Tensor && recorderInUse() !== undefined

/**
 * The result of `ifTrue` or of `ifFalse`, whichever `test` says; both get `operands`. Results may be any arrays and objects of tensors, of
 * the same form, shapes and dtypes. Eagerly only one of the two runs. In a hybridized function both are traced, each once, and the
 * compiled function runs one of them.
 *
 * @throws BRANCH_MISMATCH, CONTROL_STRUCTURE, CONTROL_TEST_INVALID, HOST_READ_IN_REGION
 * @example cond(tensor(3).greater(2), (x) => x.mul(10), (x) => x.neg(), tensor([1, 2])).toArray() // [10, 20]
 */
export function cond<R, A extends readonly unknown[]>(
  test: Test,
  ifTrue: (...operands: A) => R,
  ifFalse: (...operands: A) => R,
  ...operands: A
): R {
  requireFunctions('cond', ifTrue, ifFalse)
  if (typeof test === 'boolean' || typeof test === 'number') return (test ? ifTrue : ifFalse)(...operands)
  const recorder = recorderInUse()
  if (!recorder) return separate(isTrue('cond', test) ? ifTrue(...operands) : ifFalse(...operands))
  // Region 0 is for a selector of 0.
  const branches: Branch[] = [
    { label: 'ifFalse', run: () => ifFalse(...operands) },
    { label: 'ifTrue', run: () => ifTrue(...operands) },
  ]
  return traceBranches(recorder, 'cond', testTensor('cond', test), branches) as R // what the branches return
}

/**
 * The result of `branches[index]`; an index below 0 takes the first branch, one above the last takes the last. Otherwise like `cond`.
 *
 * @throws BRANCH_MISMATCH, CONTROL_STRUCTURE, CONTROL_TEST_INVALID, HOST_READ_IN_REGION
 * @example switchCase(1, [(x) => x, (x) => x.neg(), (x) => x.square()], tensor([1, 2])).toArray() // [-1, -2]
 */
export function switchCase<R, A extends readonly unknown[]>(
  index: Tensor | number,
  branches: readonly ((...operands: A) => R)[],
  ...operands: A
): R {
  requireFunctions('switchCase', ...branches)
  const last = branches.length - 1
  if (typeof index === 'number') return branches[Math.min(Math.max(Math.trunc(index), 0), last)]!(...operands)
  if (last < 0 || !(index instanceof Tensor) || index.size !== 1) throw testInvalid('switchCase', index)
  const recorder = recorderInUse()
  if (!recorder) return separate(branches[Math.min(Math.max(Math.trunc(index.item()), 0), last)]!(...operands))
  const selector = clamp(index.cast('int32'), 0, last)
  const labelled = branches.map((branch, i): Branch => ({ label: `branch ${i}`, run: () => branch(...operands) }))
  return traceBranches(recorder, 'switchCase', scalar(selector), labelled) as R // what the branches return
}

export function requireFunctions(where: string, ...functions: readonly unknown[]): void {
  for (const each of functions) if (typeof each !== 'function') throw functionExpected(where, each)
}

/** What a test says now. */
export function isTrue(where: string, test: Test): boolean {
  if (test instanceof Tensor && test.size === 1) return test.item() !== 0
  if (typeof test === 'boolean' || typeof test === 'number') return Boolean(test)
  throw testInvalid(where, test)
}

/** A test as a bool scalar. */
export function testTensor(where: string, test: Test): Tensor {
  if (!(test instanceof Tensor) || test.size !== 1) throw testInvalid(where, test)
  return scalar(test.dtype === 'bool' ? test : notEqual(test, 0))
}

const scalar = (tensor: Tensor): Tensor => (tensor.rank === 0 ? tensor : tensor.reshape([]))

/**
 * What a control function returns when it ran as JavaScript: each tensor is a step of the tape of its own, so that contributions to gradients are
 * added in the order in which the compiled function adds them.
 */
export function separate<R>(result: R): R {
  if (!context.gradEnabled) return result
  const { leaves, rebuild } = structureOf(result)
  if (!leaves.some(({ value }) => isTracked(value))) return result
  return rebuild(leaves.map(({ value }) => (isTracked(value) ? value.standIn(sameAs(value)) : value))) as R // of the same form
}

const isTracked = (value: unknown): value is Tensor =>
  value instanceof Tensor && value.requiresGrad && !value.isVariable && context.gradEnabled
