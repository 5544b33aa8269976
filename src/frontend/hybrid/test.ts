import * as calls from '../../ops/calls/index.ts'
import { Tensor } from '../tensor.ts'
import { cond, isRecording } from './control.ts'
import { notConvertible, testNotScalar } from './errors.ts'
import { asHostValue } from './host-value.ts'
import { known } from './missing.ts'

/** The value of a test: plain, or a bool scalar of the recording. */
export type Test = boolean | Tensor

const made = (value: unknown): Tensor => value as Tensor // the eager interpreter only makes tensors

/** A tensor's only element as a bool scalar. Zero is false; of numbers that JavaScript computed, NaN too. */
export function truthOf(tensor: Tensor): Tensor {
  if (tensor.size !== 1) throw testNotScalar(tensor.shape)
  const scalar = tensor.rank === 0 ? tensor : tensor.reshape([])
  if (scalar.dtype === 'bool') return scalar
  const isNotZero = calls.notEqual(scalar, 0)
  return made(scalar.weak ? calls.logicalAnd(isNotZero, calls.equal(scalar, scalar)) : isNotZero)
}

let hasReadTensor = false

/** Whether an eager test has read a tensor since this was last asked: what it steers is a control op in a recording. */
export function takesTensor(): boolean {
  const taken = hasReadTensor
  hasReadTensor = false
  return taken
}

/** An eager test goes by what was read before. */
export function noteRead(): void {
  hasReadTensor = true
}

/** What any value is as a test. Tensors of a recording stay tensors; others are read. */
export function testOf(value: unknown): Test {
  if (typeof value === 'boolean') return value
  if (!(value instanceof Tensor)) return Boolean(known(value))
  if (isRecording()) return truthOf(value)
  if (value.size !== 1) throw testNotScalar(value.shape)
  hasReadTensor = true
  return value.item() !== 0
}

/** The test of a statement that stays JavaScript. */
export function native(value: unknown, site: string): unknown {
  if (typeof value === 'boolean' || !(value instanceof Tensor)) return known(value)
  if (isRecording()) throw notConvertible(site)
  return testOf(value)
}

/** `!a` as a test. */
export function not(a: unknown): Test {
  const test = testOf(a)
  return typeof test === 'boolean' ? !test : asHostValue(made(calls.logicalNot(test)), 'boolean')
}

/** Whether none of the jumps is under way. */
export function go(...jumps: readonly Test[]): Test {
  let under: Test = false
  for (const jump of jumps) {
    if (jump === true) return false
    if (jump !== false) under = under === false ? jump : made(calls.logicalOr(under, jump))
  }
  return not(under)
}

/** `a && b()` as a test. A harmless b may be computed when a is false. */
export function and(a: unknown, b: () => unknown, isHarmless = false): Test {
  const first = testOf(a)
  if (typeof first === 'boolean') return first && testOf(b())
  if (!isHarmless)
    return asTest(
      cond(
        first,
        () => asTensor(testOf(b())),
        () => asTensor(false),
      ),
    )
  const second = testOf(b())
  if (typeof second === 'boolean') return second && first
  return asTest(calls.logicalAnd(first, second))
}

/** `a || b()` as a test. */
export function or(a: unknown, b: () => unknown, isHarmless = false): Test {
  const first = testOf(a)
  if (typeof first === 'boolean') return first || testOf(b())
  if (!isHarmless)
    return asTest(
      cond(
        first,
        () => asTensor(true),
        () => asTensor(testOf(b())),
      ),
    )
  const second = testOf(b())
  if (typeof second === 'boolean') return second || first
  return asTest(calls.logicalOr(first, second))
}

/** `a && b()` as a value: what it means in JavaScript, where a tensor is always true, unless a is a bool tensor of one element. */
export function andValue(a: unknown, b: () => unknown): unknown {
  if (isTruth(a)) return and(a, b)
  return known(a) && b()
}

/** `a || b()` as a value. */
export function orValue(a: unknown, b: () => unknown): unknown {
  if (isTruth(a)) return or(a, b)
  return known(a) || b()
}

const isTruth = (value: unknown): value is Tensor =>
  value instanceof Tensor && value.dtype === 'bool' && value.size === 1

/** `t.item()` and `t.bool()` in a test: in a recording the tensor itself, as exact as the number. */
export function element(value: unknown, method: 'item' | 'bool'): unknown {
  if (!(value instanceof Tensor) || !isRecording()) {
    if (value instanceof Tensor) hasReadTensor = true
    return (value as Record<typeof method, () => unknown>)[method]() // as the source says
  }
  if (value.size !== 1) throw testNotScalar(value.shape)
  if (method === 'bool') return truthOf(value)
  const scalar = value.rank === 0 ? value : value.reshape([])
  return scalar.dtype === 'float64' ? scalar : scalar.cast('float64')
}

const asTest = (value: unknown): Tensor => asHostValue(made(value), 'boolean')

/** A bool scalar of the recording. */
export const asTensor = (test: Test): Tensor => (typeof test === 'boolean' ? booleanTensor(test) : test)

export const booleanTensor = (value: boolean): Tensor => made(calls.full([], Number(value), 'bool'))
