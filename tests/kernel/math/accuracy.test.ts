import { expect, test } from 'vitest'
import type { MathFunction } from '../../../src/ops/scalar-builder.ts'
import { erfReference } from './erf-reference.ts'
import { erfTable } from './erf-table.ts'
import { functionOf } from './evaluate.ts'
import { around, over, overExponents, worstOf } from './sweep.ts'
import { ulpErrorF64 } from './ulp.ts'

const sigmoid = (x: number): number => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)))

interface Case {
  readonly reference: (x: number) => number
  /** Interval swept evenly, where the function is neither flat nor out of range. */
  readonly interval: readonly [number, number]
  /** Where something changes: limits of the range, joints between formulas. */
  readonly joints: readonly number[]
  /** The figure in the doc comment of the function. */
  readonly maxUlp: number
}

const cases: { readonly [F in Exclude<MathFunction, 'expNonPositive' | 'pow' | 'sin' | 'cos'>]: Case } = {
  exp: {
    reference: Math.exp,
    interval: [-104, 89],
    joints: [88.72284, -87.33655, -103.97208, 0.34657359],
    maxUlp: 1.05,
  },
  expm1: {
    reference: Math.expm1,
    interval: [-20, 89],
    joints: [88.72284, -17.32868, 0.34657359, -0.34657359],
    maxUlp: 1.28,
  },
  log: { reference: Math.log, interval: [0, 10], joints: [1, 2 ** -126, Math.SQRT1_2, Math.SQRT2], maxUlp: 1.25 },
  log1p: {
    reference: Math.log1p,
    interval: [-1, 10],
    joints: [-0.29289323, 0.41421354, 2 ** 24, 2 ** 127],
    maxUlp: 1.8,
  },
  tanh: { reference: Math.tanh, interval: [-10, 10], joints: [0.17328679, -0.17328679, 9.01], maxUlp: 2 },
  sigmoid: {
    reference: sigmoid,
    interval: [-105, 20],
    joints: [-87.33655, -103.97208, 16.6, -16.6, 0, 0.34657359],
    maxUlp: 2,
  },
  erf: { reference: erfReference, interval: [-4.5, 4.5], joints: [1, -1, 3.8325, 4], maxUlp: 1.45 },
}

for (const [name, { reference, interval, joints, maxUlp }] of Object.entries(cases)) {
  test(`${name} of f32 is as close to the exact result as its documentation says, over the whole range`, () => {
    const f = functionOf(name as MathFunction, 'f32') // a key of `cases`
    const worst = worstOf(f, reference, overExponents(), over(...interval), ...joints.map((x) => around(x)))
    expect(worst.error, `at ${worst.at}`).toBeLessThanOrEqual(maxUlp)
  })
}

for (const name of ['sin', 'cos'] as const) {
  const f = functionOf(name, 'f32')

  test(`${name} of f32 is as close to the exact result as its documentation says, up to 102943`, () => {
    // Next to multiples of π/2 nearly all of the argument cancels, and π/2 needs most bits.
    const multiples = Array.from({ length: 65_535 }, (_, i) => around(Math.fround((i + 1) * (Math.PI / 2)), 1))
    const exponents = [...overExponents()].filter((x) => Math.abs(x) <= 102943)
    const worst = worstOf(f, Math[name], exponents, over(-20, 20), over(-102943, 102943), ...multiples)
    expect(worst.error, `at ${worst.at}`).toBeLessThanOrEqual(1.31)
  })

  test(`${name} of f32 stays between −1 and 1 however large its argument is`, () => {
    const outside = [...overExponents()].filter((x) => !(Math.abs(f(x)) <= 1))
    expect(outside).toEqual([])
  })
}

test('erf of f64 is within 2 ulp of a table in 40 digits', () => {
  const erf = functionOf('erf', 'f64')
  const errors = erfTable.flatMap(([x, want]) => [ulpErrorF64(erf(x), want), ulpErrorF64(erf(-x), -want)])
  expect(Math.max(...errors)).toBeLessThanOrEqual(2)
})

test('sigmoid of f64 is within 3 ulp, also where it is subnormal', () => {
  const f = functionOf('sigmoid', 'f64')
  const points = [...over(-745, 40, 20_000)]
  expect(Math.max(...points.map((x) => ulpErrorF64(f(x), sigmoid(x))))).toBeLessThanOrEqual(3)
  expect(f(-740)).toBe(Math.exp(-740))
})

test.for(['exp', 'expm1', 'log', 'log1p', 'sin', 'cos', 'tanh'] as const)(
  '%s of f64 is the function of the host',
  (name) => {
    const f = functionOf(name, 'f64')
    const points = [...over(-30, 30, 1000), Infinity, -Infinity, NaN, 0, -0]
    expect(points.map((x) => f(x))).toEqual(points.map(Math[name]))
  },
)
