import { expect, test } from 'vitest'
import type { Dtype } from '../../../src/base/dtype.ts'
import * as k from '../../../src/kernel/builder.ts'
import type { BinaryOp, CompareOp, ConvertOp, Expr, Lanes, Scalar, UnaryOp } from '../../../src/kernel/ir.ts'
import type { FilledBuffer } from './run-kernel.ts'
import { empty, filled, run } from './run-kernel.ts'

const dtypeOf: { readonly [S in Scalar]: Dtype } = { f32: 'float32', f64: 'float64', i32: 'int32', bool: 'bool' }
const fullLanes = (scalar: Scalar): Lanes => (scalar === 'f64' ? 2 : 4)

/** Evaluates `make` element by element over the operands; `lanes` at a time. */
function evaluate(operands: readonly FilledBuffer[], lanes: Lanes, make: (...loads: Expr[]) => Expr): number[] {
  const count = operands[0]!.elementCount
  const index = { name: 'i' }
  const here = k.at(k.affine(0, { index, stride: 1 }))
  const value = make(...operands.map((operand) => k.load(operand, here, lanes, lanes === 1 ? 0 : 1)))
  const result = empty('result', dtypeOf[value.type.scalar], count)
  const store = { kind: 'store', buffer: result, at: here, value, laneStride: 1 } as const
  const body = [{ kind: 'loop', index, extent: count, step: lanes, body: [store] }] as const
  return run(body, [...operands, result]).contentsOf(result)
}

function bothWays(operands: readonly FilledBuffer[], lanes: Lanes, make: (...loads: Expr[]) => Expr): number[] {
  const scalars = evaluate(operands, 1, make)
  expect(evaluate(operands, lanes, make)).toEqual(scalars)
  return scalars
}

const floats = [0, -0, 1.5, -2.5, NaN, Infinity, -Infinity, 3e9, -3e9, 1e-40, -0.75, 2 ** 24 + 2]
const others = [-0, 0, -1.5, NaN, 2, Infinity, Infinity, 7, 0, 1e-40, 0.5, 3]
const integers = [0, 1, -1, 7, -8, 2 ** 31 - 1, -(2 ** 31), 65536]
const otherIntegers = [3, -1, -1, 2, 3, 1, -(2 ** 31), 65537]

const floatBinary: { readonly [O in BinaryOp]?: (a: number, b: number) => number } = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  pmin: (a, b) => (b < a ? b : a),
  pmax: (a, b) => (a < b ? b : a),
}
const integerBinary: { readonly [O in BinaryOp]?: (a: number, b: number) => number } = {
  add: (a, b) => (a + b) | 0,
  sub: (a, b) => (a - b) | 0,
  mul: Math.imul,
  pmin: Math.min,
  pmax: Math.max,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
}
const entries = <K extends string, V>(record: { readonly [P in K]?: V }): [K, V][] => Object.entries(record) as [K, V][] // keys of a literal

test.each(entries(floatBinary))(
  'float %s rounds like JavaScript, in f32 and f64, NaN and -0 included',
  (op, expected) => {
    const rounded32 = floats.map(Math.fround)
    const operands32 = [filled('a', 'float32', rounded32), filled('b', 'float32', others.map(Math.fround))]
    const expected32 = rounded32.map((a, i) => Math.fround(expected(a, Math.fround(others[i]!))))
    expect(bothWays(operands32, 4, (a, b) => k.binary(op, a!, b!))).toEqual(expected32)
    const operands64 = [filled('a', 'float64', floats), filled('b', 'float64', others)]
    const expected64 = floats.map((a, i) => expected(a, others[i]!))
    expect(bothWays(operands64, 2, (a, b) => k.binary(op, a!, b!))).toEqual(expected64)
  },
)

test('scalar pmin and pmax evaluate computed operands once and pick as the definition says', () => {
  const operands = [filled('a', 'float32', [1, NaN, -0, 2]), filled('b', 'float32', [2, 1, 0, NaN])]
  const pick = (op: BinaryOp) => (a: Expr | undefined, b: Expr | undefined) =>
    k.binary(op, k.mul(a!, k.like(a!, 2)), k.mul(b!, k.like(b!, 2)))
  expect(bothWays(operands, 4, pick('pmin'))).toEqual([2, NaN, -0, 4])
  expect(bothWays(operands, 4, pick('pmax'))).toEqual([4, NaN, -0, 4])
})

test.each(entries(integerBinary))('integer %s wraps', (op, expected) => {
  const operands = [filled('a', 'int32', integers), filled('b', 'int32', otherIntegers)]
  const wanted = integers.map((a, i) => expected(a, otherIntegers[i]!))
  expect(bothWays(operands, 4, (a, b) => k.binary(op, a!, b!))).toEqual(wanted)
})

test('shifts take a constant or a scalar count', () => {
  const operand = filled('a', 'int32', integers)
  expect(bothWays([operand], 4, (a) => k.binary('shl', a!, k.like(a!, 3)))).toEqual(integers.map((a) => a << 3))
  expect(bothWays([operand], 4, (a) => k.binary('shrS', a!, k.i32(3)))).toEqual(integers.map((a) => a >> 3))
  expect(bothWays([operand], 4, (a) => k.binary('shrU', a!, k.i32(3)))).toEqual(integers.map((a) => (a >>> 3) | 0))
})

test('integer division truncates and the unsigned remainder is unsigned', () => {
  const operands = [filled('a', 'int32', [7, -7, -1, 100]), filled('b', 'int32', [2, 2, 10, -3])]
  expect(evaluate(operands, 1, (a, b) => k.binary('divS', a!, b!))).toEqual([3, -3, 0, -33])
  expect(evaluate(operands, 1, (a, b) => k.binary('remU', a!, b!))).toEqual([
    1,
    (2 ** 32 - 7) % 2,
    4294967295 % 10,
    100,
  ])
})

const unary: { readonly [O in UnaryOp]?: (x: number) => number } = {
  neg: (x) => -x,
  abs: Math.abs,
  sqrt: Math.sqrt,
  floor: Math.floor,
}
test.each(entries(unary))('float %s is the one of JavaScript', (op, expected) => {
  const rounded = floats.map(Math.fround)
  const wanted = rounded.map((x) => Math.fround(expected(x)))
  expect(bothWays([filled('x', 'float32', rounded)], 4, (x) => k.unary(op, x!))).toEqual(wanted)
  expect(bothWays([filled('x', 'float64', floats)], 2, (x) => k.unary(op, x!))).toEqual(floats.map(expected))
})

test('integer neg and abs wrap at the smallest integer', () => {
  const operand = filled('x', 'int32', integers)
  expect(bothWays([operand], 4, (x) => k.unary('neg', x!))).toEqual(integers.map((x) => -x | 0))
  expect(bothWays([operand], 4, (x) => k.unary('abs', k.add(x!, k.like(x!, 0))))).toEqual(
    integers.map((x) => Math.abs(x) | 0),
  )
})

const comparisons: { readonly [O in CompareOp]: (a: number, b: number) => boolean } = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
  ltU: (a, b) => a >>> 0 < b >>> 0,
}
test.each(entries(comparisons))('%s compares every kind of number', (op, expected) => {
  const wanted = (a: readonly number[], b: readonly number[]) => a.map((x, i) => Number(expected(x, b[i]!)))
  const operands = [filled('a', 'int32', integers), filled('b', 'int32', otherIntegers)]
  const make = (a: Expr | undefined, b: Expr | undefined) => k.compare(op, a!, b!)
  expect(bothWays(operands, 4, make)).toEqual(wanted(integers, otherIntegers))
  if (op === 'ltU') return
  const [a32, b32] = [floats.map(Math.fround), others.map(Math.fround)]
  expect(bothWays([filled('a', 'float32', a32), filled('b', 'float32', b32)], 4, make)).toEqual(wanted(a32, b32))
  const doubles = [filled('a', 'float64', floats), filled('b', 'float64', others)]
  expect(bothWays(doubles, 2, make)).toEqual(wanted(floats, others))
})

test('truth values are combined, inverted and chosen by', () => {
  const p = filled('p', 'bool', [0, 1, 0, 1])
  const q = filled('q', 'bool', [0, 0, 1, 1])
  for (const lanes of [2, 4] as const) {
    expect(bothWays([p, q], lanes, (a, b) => k.binary('and', a!, b!))).toEqual([0, 0, 0, 1])
    expect(bothWays([p, q], lanes, (a, b) => k.binary('or', a!, b!))).toEqual([0, 1, 1, 1])
    expect(bothWays([p, q], lanes, (a, b) => k.binary('xor', a!, b!))).toEqual([0, 1, 1, 0])
    expect(bothWays([p], lanes, (a) => k.unary('not', a!))).toEqual([1, 0, 1, 0])
  }
  const x = filled('x', 'float32', [1, 2, 3, 4])
  expect(bothWays([p, x], 4, (c, a) => k.select(c!, a!, k.like(a!, -1)))).toEqual([-1, 2, -1, 4])
  const y = filled('y', 'float64', [1, 2, 3, 4])
  expect(bothWays([p, y], 2, (c, a) => k.select(c!, a!, k.like(a!, -1)))).toEqual([-1, 2, -1, 4])
  expect(bothWays([p, q], 4, (c, a) => k.select(c!, a!, k.unary('not', a!)))).toEqual([1, 0, 0, 1])
})

const conversions: readonly [ConvertOp, Dtype, Lanes, readonly number[], (x: number) => number][] = [
  ['f32ToF64', 'float32', 1, [0.5, -0, NaN], (x) => x],
  ['f64ToF32', 'float64', 1, [0.1, -0, NaN, 1e300], Math.fround],
  ['i32ToF32', 'int32', 4, [2 ** 31 - 1, -5, 16777217, 0], Math.fround],
  ['i32ToF64', 'int32', 1, [2 ** 31 - 1, -5], (x) => x],
  ['u32ToF32', 'int32', 4, [-1, 5, 16777217, 0], (x) => Math.fround(x >>> 0)],
  ['u32ToF64', 'int32', 1, [-1, 5], (x) => x >>> 0],
  ['f32ToI32', 'float32', 4, [1.9, -1.9, NaN, 2 ** 33], (x) => Math.min(2 ** 31 - 1, Math.trunc(x) || 0)],
  ['f64ToI32', 'float64', 1, [1.9, NaN, -(2 ** 40)], (x) => Math.max(-(2 ** 31), Math.trunc(x) || 0)],
  ['boolToI32', 'bool', 4, [0, 1, 1, 0], (x) => x],
  ['boolToF32', 'bool', 4, [0, 1, 1, 0], (x) => x],
  ['boolToF64', 'bool', 2, [0, 1], (x) => x],
  ['bitsF32ToI32', 'float32', 4, [1, -0, 2, 0], (x) => new Int32Array(new Float32Array([x]).buffer)[0]!],
  ['bitsI32ToF32', 'int32', 4, [1065353216, 0, 1, -(2 ** 31)], (x) => new Float32Array(new Int32Array([x]).buffer)[0]!],
  ['highWordF64', 'float64', 1, [1, -0, Math.PI], (x) => new Int32Array(new Float64Array([x]).buffer)[1]!],
  ['lowWordF64', 'float64', 1, [1, -0, Math.PI], (x) => new Int32Array(new Float64Array([x]).buffer)[0]!],
]
test.each(conversions)('%s converts, saturates and keeps NaN as it should', (op, dtype, lanes, values, expected) => {
  expect(bothWays([filled('x', dtype, values)], lanes, (x) => k.convert(op, x!))).toEqual(values.map(expected))
})

test('a double is put together from its words', () => {
  const x = filled('x', 'float64', [Math.PI, -0, 1e300])
  const again = (value: Expr | undefined): Expr => ({
    kind: 'makeF64',
    type: k.register('f64', 1),
    high: k.convert('highWordF64', value!),
    low: k.convert('lowWordF64', value!),
  })
  expect(evaluate([x], 1, again)).toEqual([Math.PI, -0, 1e300])
})

test('host functions are called for doubles, pow with two', () => {
  const x = filled('x', 'float64', [0.5, 2])
  expect(evaluate([x], 1, (a) => k.host('exp', a!))).toEqual([Math.exp(0.5), Math.exp(2)])
  expect(evaluate([x], 1, (a) => k.host('pow', k.host('log1p', a!), a!))).toEqual([
    Math.log1p(0.5) ** 0.5,
    Math.log1p(2) ** 2,
  ])
})

test('a separate multiply-add rounds twice', () => {
  const x = [1 + 2 ** -12, 3, -0.1, 7].map(Math.fround)
  const wanted = x.map((a) => Math.fround(Math.fround(a * a) + -1))
  expect(bothWays([filled('x', 'float32', x)], 4, (a) => k.fma(a!, a!, k.like(a!, -1)))).toEqual(wanted)
  const wanted64 = x.map((a) => a * a + -1)
  expect(bothWays([filled('x', 'float64', x)], 2, (a) => k.fma(a!, a!, k.like(a!, -1)))).toEqual(wanted64)
})

test('lanes are taken out and scalars spread', () => {
  const x = filled('x', 'float32', [1, 2, 3, 4])
  expect(evaluate([x], 4, (a) => k.splat(k.lane(a!, 2), 4))).toEqual([3, 3, 3, 3])
  const y = filled('y', 'float64', [1, 2])
  expect(evaluate([y], 2, (a) => k.splat(k.lane(a!, 1), 2))).toEqual([2, 2])
  const n = filled('n', 'int32', [1, 2, 3, 4])
  expect(evaluate([n], 4, (a) => k.splat(k.lane(a!, 3), 4))).toEqual([4, 4, 4, 4])
  const p = filled('p', 'bool', [0, 1, 0, 0])
  expect(evaluate([p], 4, (a) => k.splat(k.lane(a!, 1), 4))).toEqual([1, 1, 1, 1])
  expect(evaluate([p], 2, (a) => k.splat(k.lane(a!, 1), 2))).toEqual([1, 1, 0, 0])
  expect(evaluate([x], 4, (a) => k.add(a!, k.splat(k.f32(10), 4)))).toEqual([11, 12, 13, 14])
})

test('lanes of two vectors are picked', () => {
  const [x, y] = [filled('x', 'float32', [1, 2, 3, 4]), filled('y', 'float32', [5, 6, 7, 8])]
  expect(evaluate([x, y], 4, (a, b) => k.shuffle(a!, b!, 0, 4, 1, 5))).toEqual([1, 5, 2, 6])
  expect(evaluate([x, y], 4, (a, b) => k.shuffle(a!, b!, 7, 2, 2, 3))).toEqual([8, 3, 3, 4])
  const [p, q] = [filled('p', 'float64', [1, 2]), filled('q', 'float64', [3, 4])]
  expect(evaluate([p, q], 2, (a, b) => k.shuffle(a!, b!, 1, 3))).toEqual([2, 4])
  const n = filled('n', 'int32', [1, 2, 3, 4])
  expect(evaluate([n], 4, (a) => k.shuffle(a!, a!, 3, 2, 5, 4))).toEqual([4, 3, 2, 1])
})

test('lane masks hold the first lanes', () => {
  const x = filled('x', 'float32', [1, 2, 3, 4])
  const mask = (lanes: Lanes): Expr => ({
    kind: 'laneMask',
    type: k.register('bool', lanes),
    count: lanes === 4 ? 3 : 1,
  })
  expect(evaluate([x], 4, (a) => k.select(mask(4), a!, k.like(a!, 0)))).toEqual([1, 2, 3, 0])
  expect(evaluate([x], 1, (a) => k.select(mask(1), a!, k.like(a!, 0)))).toEqual([1, 2, 3, 4])
  const y = filled('y', 'float64', [1, 2])
  expect(evaluate([y], 2, (a) => k.select(mask(2), a!, k.like(a!, 0)))).toEqual([1, 0])
})

test('constants of every kind keep their bits', () => {
  for (const value of [0, -0, NaN, Infinity, -Infinity, 1e-45, 3.4e38, 0.1]) {
    const x = filled('x', 'float32', [1, 2, 3, 4])
    expect(bothWays([x], 4, (a) => k.like(a!, value))).toEqual(new Array(4).fill(Math.fround(value)))
    const y = filled('y', 'float64', [1, 2])
    expect(bothWays([y], fullLanes('f64'), (a) => k.like(a!, value))).toEqual([value, value])
  }
  for (const value of [0, -1, 63, 64, -64, -65, 2 ** 31 - 1, -(2 ** 31), 2 ** 32 - 1]) {
    const n = filled('n', 'int32', [1, 2, 3, 4])
    expect(bothWays([n], 4, (a) => k.like(a!, value))).toEqual(new Array(4).fill(value | 0))
  }
})

test('a choice between a value and 0, or of what is NaN, is right in every lane', () => {
  const [p, x] = [filled('p', 'bool', [1, 0, 0, 1]), filled('x', 'float32', [-0, NaN, 3, -Infinity])]
  expect(bothWays([p, x], 4, (c, a) => k.select(c!, a!, k.like(a!, 0)))).toEqual([-0, 0, 0, -Infinity])
  expect(bothWays([p, x], 4, (c, a) => k.select(c!, k.like(a!, 0), a!))).toEqual([0, NaN, 3, 0])
  expect(bothWays([p, x], 4, (c, a) => k.select(c!, k.like(a!, -0), a!))).toEqual([-0, NaN, 3, -0])
  const [y, q] = [filled('y', 'float64', [-0, 5]), filled('q', 'bool', [1, 0])]
  expect(bothWays([q, y], 2, (c, a) => k.select(c!, k.like(a!, 0), a!))).toEqual([0, 5])

  for (const [scalar, lanes] of [
    ['f32', 4],
    ['f64', 2],
  ] as const) {
    const a = filled('a', dtypeOf[scalar], [1, NaN, -0, NaN])
    const b = filled('b', dtypeOf[scalar], [7, 2, NaN, NaN])
    const result = empty('result', dtypeOf[scalar], 4)
    const index = { name: 'i' }
    const here = k.at(k.affine(0, { index, stride: 1 }))
    const variable = { name: 't', type: k.register(scalar, lanes) }
    const t = k.read(variable)
    const body = [
      { kind: 'let', variable, value: k.load(a, here, lanes, 1) },
      {
        kind: 'store',
        buffer: result,
        at: here,
        value: k.select(k.compare('ne', t, t), t, k.load(b, here, lanes, 1)),
        laneStride: 1,
      },
    ] as const
    const kernel = [{ kind: 'loop', index, extent: 4, step: lanes, body }] as const
    expect(run(kernel, [a, b, result]).contentsOf(result)).toEqual([7, NaN, NaN, NaN])
  }
})
