import { expect, test } from 'vitest'
import type { MathFunction } from '../../../src/ops/scalar-builder.ts'
import { mul, read, register, unary } from '../../../src/kernel/builder.ts'
import type { Variable } from '../../../src/kernel/ir.ts'
import { mathExpr } from '../../../src/kernel/math/index.ts'
import { compileExpr, functionOf } from './evaluate.ts'
import { over, overExponents } from './sweep.ts'

const tiny = 2 ** -149
const largest = (2 - 2 ** -23) * 2 ** 127

/** Argument and exact result. */
const results: { readonly [F in Exclude<MathFunction, 'pow'>]: readonly (readonly [number, number])[] } = {
  exp: [
    [0, 1],
    [-0, 1],
    [Infinity, Infinity],
    [-Infinity, 0],
    [NaN, NaN],
    [tiny, 1],
    [largest, Infinity],
    [-largest, 0],
  ],
  expNonPositive: [
    [0, 1],
    [-0, 1],
    [-Infinity, 0],
    [NaN, NaN],
    [-tiny, 1],
    [-largest, 0],
  ],
  expm1: [
    [0, 0],
    [-0, -0],
    [Infinity, Infinity],
    [-Infinity, -1],
    [NaN, NaN],
    [tiny, tiny],
    [-tiny, -tiny],
    [-largest, -1],
  ],
  log: [
    [1, 0],
    [0, -Infinity],
    [-0, -Infinity],
    [Infinity, Infinity],
    [-Infinity, NaN],
    [-1, NaN],
    [-tiny, NaN],
    [NaN, NaN],
  ],
  log1p: [
    [0, 0],
    [-0, -0],
    [-1, -Infinity],
    [-2, NaN],
    [Infinity, Infinity],
    [-Infinity, NaN],
    [NaN, NaN],
    [tiny, tiny],
    [-tiny, -tiny],
  ],
  sin: [
    [0, 0],
    [-0, -0],
    [Infinity, NaN],
    [-Infinity, NaN],
    [NaN, NaN],
    [tiny, tiny],
    [-tiny, -tiny],
  ],
  cos: [
    [0, 1],
    [-0, 1],
    [Infinity, NaN],
    [-Infinity, NaN],
    [NaN, NaN],
    [tiny, 1],
  ],
  tanh: [
    [0, 0],
    [-0, -0],
    [Infinity, 1],
    [-Infinity, -1],
    [NaN, NaN],
    [tiny, tiny],
    [-tiny, -tiny],
    [largest, 1],
    [-20, -1],
  ],
  sigmoid: [
    [0, 0.5],
    [-0, 0.5],
    [Infinity, 1],
    [-Infinity, 0],
    [NaN, NaN],
    [tiny, 0.5],
    [-largest, 0],
    [largest, 1],
  ],
  erf: [
    [0, 0],
    [-0, -0],
    [Infinity, 1],
    [-Infinity, -1],
    [NaN, NaN],
    [tiny, tiny],
    [-tiny, -tiny],
    [largest, 1],
    [-5, -1],
  ],
}

for (const [name, table] of Object.entries(results)) {
  test(`${name} of f32 is exact at zeros, infinities, NaN and the ends of the range`, () => {
    const f = functionOf(name as MathFunction, 'f32') // a key of `results`
    expect(table.map(([x]) => [x, f(x)])).toEqual(table)
  })
}

test('erf and sigmoid of f64 are exact at zeros, infinities and NaN', () => {
  const [erf, sigmoid] = [functionOf('erf', 'f64'), functionOf('sigmoid', 'f64')]
  expect([0, -0, Infinity, -Infinity, NaN].map((x) => erf(x))).toEqual([0, -0, 1, -1, NaN])
  expect([0, -0, Infinity, -Infinity, NaN].map((x) => sigmoid(x))).toEqual([0.5, 0.5, 1, 0, NaN])
})

test('exp of f32 gives subnormal numbers, rounded once', () => {
  const exp = functionOf('exp', 'f32')
  for (const x of [-88, -95, -100, -103, -103.9]) expect(exp(x)).toBe(Math.fround(Math.exp(Math.fround(x))))
})

test('exp of f32 overflows exactly where the exact result does', () => {
  const exp = functionOf('exp', 'f32')
  expect(exp(88.72283172607422)).toBe(3.4027985190214761e38)
  expect(exp(88.72283935546875)).toBe(Infinity)
})

test('where no operand is above 0, e^x has the same bits by its shorter ways', () => {
  const exp = functionOf('exp', 'f32')
  const x: Variable = { name: 'x', type: register('f32', 1) }
  const shorter = functionOf('expNonPositive', 'f32')
  const ofNegated = compileExpr(mathExpr('exp', [unary('neg', read(x))]), [x])
  const shared = read(x)
  const ofNegatedSquare = compileExpr(mathExpr('exp', [unary('neg', mul(shared, shared))]), [x])
  const odd: number[] = []
  for (const size of [...overExponents(9973), ...over(0, 106, 50_000)]) {
    if (size < 0) continue
    if (!Object.is(shorter(-size), exp(-size))) odd.push(size)
    if (!Object.is(ofNegated(size), exp(-size)) || !Object.is(ofNegated(-size), exp(size))) odd.push(size)
    const root = Math.fround(Math.sqrt(size))
    if (!Object.is(ofNegatedSquare(root), exp(-Math.fround(root * root)))) odd.push(root)
  }
  expect(odd).toEqual([])
})
