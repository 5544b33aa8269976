import { describe, expect, test } from 'vitest'
import { GryphError, hybridize, tensor, type Tensor } from 'gryph'
import * as footguns from './programs/footguns.ts'

const [small, large, negative] = [tensor([1, 1]), tensor([3, 8]), tensor([-1, -3])]

/** Calls a function compiled and eagerly, and expects the same. */
function agrees<A extends unknown[]>(f: (...args: A) => Tensor, ...calls: A[]): void {
  const fast = hybridize(f, { fullGraph: true }) as unknown as (...args: A) => Tensor // the same parameters
  for (const args of calls) expect(fast(...args).toArray()).toEqual(f(...args).toArray())
}

describe('foot-guns of control flow', () => {
  test('a branch on a plain value is not frozen to the side first taken', () =>
    agrees(footguns.branchesOnHostValue, [small, false], [small, true], [small, false]))

  test('pushing to an array in a plain loop', () => agrees(footguns.pushesInPlainLoop, [small], [large]))

  test('a variable that only one side uses', () => agrees(footguns.usesOnOneSideOnly, [small], [large]))

  test('a loop that runs no pass', () => agrees(footguns.runsNoPass, [small], [large]))

  test('an early return inside a tensor condition', () => agrees(footguns.returnsEarly, [small], [large], [negative]))
})

const errors: readonly (readonly [code: string, message: string | RegExp, call: () => unknown])[] = [
  [
    'NOT_CONVERTIBLE',
    /^\[hybridize\] the test at footguns\.ts:15:3 is a tensor of the call that is recorded, but what it steers cannot be compiled, for it changes an array or object from outside it, /,
    () => hybridize(footguns.pushesInTracedLoop)(small),
  ],
  [
    'NOT_CONVERTIBLE',
    /footguns\.ts:\d+:3 .*for it throws, .*Use debug\.assert/,
    () => hybridize(footguns.throwsInTensorTest)(small),
  ],
  [
    'NOT_CONVERTIBLE',
    /footguns\.ts:\d+:3 .*declares in one case what another case uses\. Declare it before/,
    () => hybridize(footguns.switches)(small, 1),
  ],
  [
    'ASSIGNED_ON_ONE_SIDE',
    /^\[hybrid\] y has a value on one side of the test at footguns\.ts:36:3 only, and is used afterwards\. Give it one on the other side, or before\.$/,
    () => hybridize(footguns.assignsOnOneSide)(small),
  ],
  [
    'SIDES_DIFFER',
    /^\[hybrid\] the value is float32\[\] on one side of the test at footguns\.ts:\d+:10 and float32\[2\] on the other\. Give it the same form, shape and dtype on both\.$/,
    () => hybridize(footguns.otherShapes)(small),
  ],
  [
    'SIDES_DIFFER',
    /kind is "small" on one side .* and "large" on the other/,
    () => hybridize(footguns.changesKind)(small),
  ],
  [
    'ASSIGNED_IN_LOOP',
    /^\[hybrid\] last gets its first value inside the loop at footguns\.ts:\d+:3, which may run no pass, and is used outside of that pass\. Give it a value before the loop\.$/,
    () => hybridize(footguns.mayRunNoPass)(small),
  ],
  [
    'PASSES_DIFFER',
    /^\[hybrid\] total is the number 0 before a pass of the loop at footguns\.ts:\d+:3 and float32\[2\] after it\. /,
    () => hybridize(footguns.growsInLoop)(small),
  ],
  [
    'SIDES_DIFFER',
    /^\[hybrid\] the returned value is .* on one side of the test at footguns\.ts:\d+:3 and .* on the other/,
    () => hybridize(footguns.returnsSometimes)(small),
  ],
  [
    'RETURN_MISSING',
    /footguns\.ts:\d+:43 returns a value for some values of its tensors and nothing for others/,
    () => hybridize(footguns.endsWithoutReturn as (x: Tensor) => unknown)(small),
  ],
  ['TEST_NOT_SCALAR', /a tensor of shape \[2\] is used as a test/, () => hybridize(footguns.testsManyElements)(small)],
  ['TEST_NOT_SCALAR', /a tensor of shape \[2\] is used as a test/, () => footguns.testsManyElements(small)],
  ['TENSOR_AS_NUMBER', /a tensor \(float32 \[\]\) was used where/, () => hybridize(footguns.remainder)(small, 3)],
  ['TENSOR_AS_NUMBER', /a tensor \(float32 \[\]\) was used where/, () => hybridize(footguns.power)(small, 3)],
  ['TENSOR_AS_NUMBER', /a tensor \(float32 \[2\]\) was used where/, () => hybridize(footguns.switchesOnTensor)(small)],
  ['NO_ROWS', /a loop goes over a 0-d tensor/, () => footguns.rowsOfScalar(small.sum())],
]

test.each(errors)('%s: %s', (code, message, call) => {
  let thrown: unknown
  try {
    call()
  } catch (error) {
    thrown = error
  }
  expect(thrown).toBeInstanceOf(GryphError)
  const error = thrown as GryphError // the line above
  expect([error.code, error.message]).toEqual([code, expect.stringMatching(message)])
  expect(error.stack!.split('\n').find((line) => line.startsWith('    at '))).toMatch(/footguns(\.test)?\.ts:/)
})

test('after such an error the function still runs eagerly', () => {
  expect(footguns.throwsInTensorTest(small)).toBe(small)
  expect(() => footguns.throwsInTensorTest(negative)).toThrow(RangeError)
  expect(footguns.switches(small, 1)).toBe(small)
  expect(footguns.pushesInTracedLoop(small).shape).toEqual([3, 2])
})
