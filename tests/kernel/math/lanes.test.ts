import { expect, test } from 'vitest'
import { read, register } from '../../../src/kernel/builder.ts'
import type { Expr, Lanes } from '../../../src/kernel/ir.ts'
import { isScalarOnly, mathExpr } from '../../../src/kernel/math/index.ts'
import type { MathFunction } from '../../../src/ops/scalar-builder.ts'
import { expressionOf, nodesOf, operandsOf } from './evaluate.ts'

const functions: { readonly [F in MathFunction]: true } = {
  exp: true,
  expNonPositive: true,
  expm1: true,
  log: true,
  log1p: true,
  sin: true,
  cos: true,
  tanh: true,
  sigmoid: true,
  erf: true,
  pow: true,
}
const names = Object.keys(functions) as MathFunction[] // its keys, by its type

/** One line per node: what it computes from which earlier lines, leaving out the lanes. */
function listing(root: Expr): string[] {
  const nodes = nodesOf(root)
  const line = new Map(nodes.map((e, i) => [e, i]))
  return nodes.map((e) => {
    const what = 'op' in e ? e.op : e.kind === 'constant' ? String(e.value) : e.kind
    return `${e.type.scalar} ${what} ${operandsOf(e)
      .map((operand) => line.get(operand))
      .join(' ')}`
  })
}

test.for(names)('%s of f32 is the same arithmetic in one lane and in four', (fn) => {
  expect(listing(expressionOf(fn, 'f32', 4).root)).toEqual(listing(expressionOf(fn, 'f32', 1).root))
})

test.for(names)(
  '%s of four f32 has four lanes throughout, but for shift counts, and nothing a vector cannot do',
  (fn) => {
    const nodes = nodesOf(expressionOf(fn, 'f32', 4).root)
    const counts = new Set(
      nodes.flatMap((e) => (e.kind === 'binary' && (e.op === 'shl' || e.op === 'shrS') ? [e.b] : [])),
    )
    const lanesOf = (e: Expr): Lanes => (counts.has(e) ? 4 : e.type.lanes)
    expect(nodes.filter((e) => lanesOf(e) !== 4 || e.kind === 'host' || e.type.scalar === 'f64')).toEqual([])
    expect(isScalarOnly(fn, 'f32')).toBe(false)
  },
)

test.for(names)('operands of one operation in %s have one type', (fn) => {
  const mixed = nodesOf(expressionOf(fn, 'f32', 4).root).filter((e) => {
    if (e.kind === 'binary') return e.op !== 'shl' && e.op !== 'shrS' && e.a.type.scalar !== e.b.type.scalar
    if (e.kind === 'compare') return e.a.type.scalar !== e.b.type.scalar
    return e.kind === 'select' && (e.condition.type.scalar !== 'bool' || e.a.type.scalar !== e.b.type.scalar)
  })
  expect(mixed).toEqual([])
})

test('functions of f64 are computed one lane at a time', () => {
  const pair = read({ name: 'x', type: register('f64', 2) })
  expect(isScalarOnly('exp', 'f64')).toBe(true)
  expect(() => mathExpr('exp', [pair])).toThrow('exp has no kernel for f64 in 2 lanes')
})

test('a function given the wrong number of arguments is an internal fault', () => {
  const x = read({ name: 'x', type: register('f32', 1) })
  expect(() => mathExpr('pow', [x])).toThrow('pow was given 1 arguments')
})
