import * as k from '../../kernel/builder.ts'
import type { Expr } from '../../kernel/ir.ts'

/*
 * Fused multiply-add, a·b + c rounded once, out of plain f64 arithmetic, as kernel expressions (DAGs).
 * Error-free sums and products: Knuth's TwoSum and Dekker's product. The sum of three: Boldo and Melquiond, "Emulation of FMA and correctly
 * rounded sums: proved algorithms using rounding to odd", IEEE Transactions on Computers 57(4), 2008.
 */

const number = (value: number): Expr => k.f64(value)
const word = (value: number): Expr => k.i32(value)
const logic = (op: 'and' | 'or' | 'xor', x: Expr, y: Expr): Expr => k.binary(op, x, y)
const makeF64 = (high: Expr, low: Expr): Expr => ({ kind: 'makeF64', type: k.register('f64', 1), high, low })
const abs = (x: Expr): Expr => k.unary('abs', x)
const floor = (x: Expr): Expr => k.unary('floor', x)
const isFinite = (x: Expr): Expr => k.compare('le', abs(x), number(Number.MAX_VALUE))
/** For i32: limits x to low…high. */
const clamp = (x: Expr, low: number, high: number): Expr => k.binary('pmin', k.binary('pmax', x, word(low)), word(high))
/** 2^exponent for normal results. */
const powerOfTwo = (exponent: Expr): Expr => makeF64(k.binary('shl', k.add(exponent, word(1023)), word(20)), word(0))

interface Sum {
  readonly sum: Expr
  /** The exact value is sum + error. */
  readonly error: Expr
}

function twoSum(x: Expr, y: Expr): Sum {
  const sum = k.add(x, y)
  const virtualY = k.sub(sum, x)
  return { sum, error: k.add(k.sub(x, k.sub(sum, virtualY)), k.sub(y, virtualY)) }
}

/** Exact where neither overflows nor underflows. */
function twoProduct(x: Expr, y: Expr): Sum {
  const split = (value: Expr): [high: Expr, low: Expr] => {
    const scaled = k.mul(value, number(2 ** 27 + 1))
    const high = k.sub(scaled, k.sub(scaled, value))
    return [high, k.sub(value, high)]
  }
  const sum = k.mul(x, y)
  const [[xh, xl], [yh, yl]] = [split(x), split(y)]
  const error = k.add(k.add(k.add(k.sub(k.mul(xh, yh), sum), k.mul(xh, yl)), k.mul(xl, yh)), k.mul(xl, yl))
  return { sum, error }
}

/**
 * x + y rounded to odd: if inexact, of the two neighbours the one with an odd last bit, so that a later rounding to fewer bits
 * sees on which side of a tie the exact value lies.
 */
function addToOdd(x: Expr, y: Expr): Expr {
  const { sum, error } = twoSum(x, y)
  const [high, low] = [k.convert('highWordF64', sum), k.convert('lowWordF64', sum)]
  const zero = number(0)
  const isOutward = k.unary('not', logic('xor', k.compare('gt', error, zero), k.compare('gt', sum, zero)))
  const isEven = k.compare('eq', logic('and', low, word(1)), word(0))
  // NaN compares unequal to 0 but neither below nor above it: infinities and NaN stay.
  const isInexact = logic('or', k.compare('lt', error, zero), k.compare('gt', error, zero))
  const borrow = k.convert('boolToI32', k.compare('eq', low, word(0)))
  const inward = makeF64(k.sub(high, borrow), k.sub(low, word(1)))
  const outward = makeF64(high, logic('or', low, word(1)))
  return k.select(logic('and', isInexact, isEven), k.select(isOutward, outward, inward), sum)
}

/** In f32: the product is exact in f64, and f64 is wide enough for the sum to be rounded to odd first. */
export function fusedF32(a: Expr, b: Expr, c: Expr): Expr {
  const [x, y, z] = [a, b, c].map((operand) => k.convert('f32ToF64', operand))
  return k.convert('f64ToF32', addToOdd(k.mul(x!, y!), z!))
}

/** mantissa · 2^exponent with 1 ≤ |mantissa| < 2, for finite x other than 0. */
function splitExponent(x: Expr): { mantissa: Expr; exponent: Expr } {
  const isSubnormal = k.compare('lt', abs(x), number(2 ** -1022))
  const normal = k.select(isSubnormal, k.mul(x, number(2 ** 54)), x)
  const high = k.convert('highWordF64', normal)
  const biased = logic('and', k.binary('shrU', high, word(20)), word(0x7ff))
  return {
    mantissa: makeF64(
      logic('or', logic('and', high, word(0x800fffff)), word(0x3ff00000)),
      k.convert('lowWordF64', normal),
    ),
    exponent: k.sub(biased, k.select(isSubnormal, word(1023 + 54), word(1023))),
  }
}

export function fusedF64(a: Expr, b: Expr, c: Expr): Expr {
  const [fa, fb, fc] = [splitExponent(a), splitExponent(b), splitExponent(c)]
  const zero = number(0)
  // Everything below is in units of 2^scale; there |a·b| is in [1, 4).
  const scale = k.add(fa.exponent, fb.exponent)
  const distance = k.sub(fc.exponent, scale)
  const isZero = (x: Expr): Expr => k.compare('eq', x, zero)
  // So far above the product that it cannot move c; so far below its last bit that only the sign counts.
  const isDominant = logic('and', k.compare('gt', distance, word(110)), k.unary('not', isZero(c)))
  const addend = k.select(isZero(c), zero, k.mul(fc.mantissa, powerOfTwo(clamp(distance, -120, 120))))

  const product = twoProduct(fa.mantissa, fb.mantissa)
  const low = twoSum(addend, product.error)
  const high = twoSum(product.sum, low.sum)
  const rounded = twoSum(high.sum, addToOdd(high.error, low.error))
  const scaled = scaleBy(roundSubnormal(rounded, scale), scale)

  const plain = k.add(k.mul(a, b), c)
  const factorsAreOrdinary = logic(
    'and',
    logic('and', isFinite(a), isFinite(b)),
    k.unary('not', logic('or', isZero(a), isZero(b))),
  )
  return k.select(factorsAreOrdinary, k.select(logic('or', k.unary('not', isFinite(c)), isDominant), c, scaled), plain)
}

/** `sum`, or, if the result will be subnormal, sum + error rounded to the grid that subnormal numbers have in units of 2^scale. */
function roundSubnormal({ sum, error }: Sum, scale: Expr): Expr {
  const smallestNormal = powerOfTwo(clamp(k.sub(word(-1022), scale), -1000, 1000))
  const isSubnormal = k.compare('lt', abs(sum), smallestNormal)
  const gridExponent = clamp(k.sub(word(-1074), scale), -300, 300)
  const grid = powerOfTwo(gridExponent)
  const half = k.mul(grid, number(0.5))
  // |sum| is below 2^52 steps of the grid, so adding 2^52 more of the same sign rounds to it.
  const magic = k.mul(grid, k.select(k.compare('lt', sum, number(0)), number(-(2 ** 52)), number(2 ** 52)))
  const nearest = k.sub(k.add(sum, magic), magic)
  const remainder = k.sub(sum, nearest)
  const halfCount = k.mul(nearest, k.mul(powerOfTwo(k.sub(word(0), gridExponent)), number(0.5)))
  const isOdd = k.compare('ne', floor(halfCount), halfCount)
  // nearest + remainder + error, ties to even; the differences are exact.
  const toUp = k.sub(half, remainder)
  const toDown = k.sub(k.unary('neg', half), remainder)
  const beyond = (op: 'gt' | 'lt', limit: Expr): Expr =>
    logic('or', k.compare(op, error, limit), logic('and', k.compare('eq', error, limit), isOdd))
  const up = k.select(beyond('gt', toUp), grid, number(0))
  const down = k.select(beyond('lt', toDown), grid, number(0))
  const onGrid = k.sub(k.add(nearest, up), down)
  // A result that vanishes keeps its sign.
  const signed = k.select(
    logic('and', k.compare('eq', onGrid, number(0)), k.compare('lt', sum, number(0))),
    number(-0),
    onGrid,
  )
  return k.select(isSubnormal, signed, sum)
}

/** x · 2^exponent in four factors that are normal numbers; none but the last product rounds, for x near 1. */
function scaleBy(x: Expr, exponent: Expr): Expr {
  const quarter = k.binary('shrS', exponent, word(2))
  const factor = powerOfTwo(quarter)
  const last = powerOfTwo(k.sub(exponent, k.mul(quarter, word(3))))
  return k.mul(k.mul(k.mul(k.mul(x, factor), factor), factor), last)
}
