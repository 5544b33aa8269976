import { describe, expect, test } from 'vitest'
import {
  abs,
  add,
  cast,
  div,
  equal,
  exp,
  floor,
  logicalAnd,
  logicalNot,
  max,
  mean,
  mul,
  neg,
  pow,
  prod,
  sum,
  where,
} from '../../../src/ops/calls/index.ts'
import { withInterpreter, currentInterpreter, type Value } from '../../../src/ops/interpreter.ts'
import { bool, f32, f64, i32, u8 } from '../host-array.ts'
import { applied, byReference, host, reference } from '../reference-interpreter.ts'

const a = reference(f32([2], 1, 2))
const wide = reference(f64([2], 1, 2))
const ints = reference(i32([2], 7, -2))
const bytes = reference(u8([2], 250, 2))
const truth = reference(bool([2], 1, 0))
const weak: Value = { ...reference(f64([], 3)), weak: true }

const dtypeOf = (call: () => Value): string => byReference(call).type.dtype
const valuesOf = (call: () => Value) => byReference(() => host(call()))

describe('the dtype of a call', () => {
  test.each([
    ['int32 + float32', () => add(ints, a), 'float32'],
    ['float32 + float64', () => add(a, wide), 'float64'],
    ['uint8 + int32', () => add(bytes, ints), 'int32'],
    ['bool + uint8', () => add(truth, bytes), 'uint8'],
    ['bool + bool', () => add(truth, truth), 'int32'],
    ['float32 + 0.1', () => add(a, 0.1), 'float32'],
    ['float64 + 1', () => add(wide, 1), 'float64'],
    ['int32 + 2', () => add(ints, 2), 'int32'],
    ['int32 + 0.5', () => add(ints, 0.5), 'float32'],
    ['uint8 + 2', () => add(bytes, 2), 'uint8'],
    ['bool + 1', () => add(truth, 1), 'int32'],
    ['int32 + NaN', () => add(ints, NaN), 'float32'],
    ['float32 + true', () => add(a, true), 'float32'],
    ['int32 / int32', () => div(ints, ints), 'float32'],
    ['int32 / 2', () => div(ints, 2), 'float32'],
    ['−bool', () => neg(truth), 'int32'],
    ['|uint8|', () => abs(bytes), 'uint8'],
    ['e^int32', () => exp(ints), 'float32'],
    ['floor of int32', () => floor(ints), 'int32'],
    ['int32 ** 2', () => pow(ints, 2), 'float32'],
    ['float64 ** 0.5', () => pow(wide, 0.5), 'float64'],
    ['int32 = float32', () => equal(ints, a), 'bool'],
    ['where of 1 and int32', () => where(truth, 1, ints), 'int32'],
    ['where of two booleans', () => where(truth, true, false), 'bool'],
    ['sum of uint8', () => sum(bytes), 'int32'],
    ['product of bool', () => prod(truth), 'int32'],
    ['max of uint8', () => max(bytes), 'uint8'],
    ['max of bool', () => max(truth), 'int32'],
    ['mean of int32', () => mean(ints), 'float32'],
    ['float32 · weak', () => mul(a, weak), 'float32'],
    ['float64 · weak', () => mul(wide, weak), 'float64'],
    ['int32 · weak', () => mul(ints, weak), 'float32'],
    ['weak · 2', () => mul(weak, 2), 'float64'],
    ['2 + 3', () => add(2, 3), 'float64'],
  ])('%s', (_, call, dtype) => {
    expect(dtypeOf(call)).toBe(dtype)
  })

  test('stays weak as long as only numbers met, and then adapts', () => {
    byReference(() => {
      const rate = mul(add(weak, 0.5), 2)
      expect(rate).toMatchObject({ weak: true, type: { dtype: 'float64', shape: [] } })
      expect(mul(a, rate).weak).toBeUndefined()
      expect(host(mul(a, rate))).toEqual(f32([2], 7, 14))
      expect(add(wide, weak).weak).toBeUndefined()
    })
  })

  test('is int32 for an integer tensor and a weak number that the interpreter knows to be whole', () => {
    byReference(() => {
      const interpreter = {
        ...currentInterpreter(),
        ask: <R>(_: string, __: readonly Value[], question: (...numbers: number[]) => R): R => question(3),
      }
      expect(withInterpreter(interpreter, () => mul(ints, weak)).type.dtype).toBe('int32')
    })
  })
})

describe('values that meet in one dtype', () => {
  test('bool counts as 0 and 1', () => {
    expect(valuesOf(() => add(truth, truth))).toEqual(i32([2], 2, 0))
  })
  test('uint8 wraps, and int32 stays whole', () => {
    expect(valuesOf(() => add(bytes, 10))).toEqual(u8([2], 4, 12))
    expect(valuesOf(() => add(ints, 1))).toEqual(i32([2], 8, -1))
  })
  test('logical calls take anything but 0 as true', () => {
    expect(valuesOf(() => logicalAnd(ints, truth))).toEqual(bool([2], 1, 0))
    expect(valuesOf(() => logicalNot(reference(f32([3], 0, NaN, 2))))).toEqual(bool([3], 1, 0, 0))
  })
})

describe('the cost of a call', () => {
  const opsOf = (call: () => Value): string[] => {
    applied.length = 0
    byReference(call)
    return [...applied]
  }
  test('equal dtypes are one op', () => {
    expect(opsOf(() => add(a, a))).toEqual(['add'])
    expect(opsOf(() => mul(a, 2))).toEqual(['mul'])
  })
  test('plain exponents need no power function', () => {
    expect(opsOf(() => pow(a, 2))).toEqual(['mul'])
    expect(opsOf(() => pow(a, 0.5))).toEqual(['sqrt'])
    expect(opsOf(() => pow(a, 1))).toEqual([])
    expect(opsOf(() => pow(a, 3))).toEqual(['pow'])
  })
  test('a cast to the same dtype is nothing', () => {
    expect(opsOf(() => cast(a, 'float32'))).toEqual([])
  })
})
