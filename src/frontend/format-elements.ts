import type { Dtype, TypedArray } from '../base/dtype.ts'

/** Most digits after the point. This and the rules for exponents are those of NumPy's default print options. */
const precision = 8
const exponentBelow = 1e-4
const exponentRatio = 1000
/** Larger floats get exponents: they may need more digits before the point than the dtype holds. */
const exponentFrom = { float32: 1e6, float64: 1e8 } as const

type FloatDtype = keyof typeof exponentFrom
type Printer = (value: number) => string

/** A printer that gives all of `values`, the elements on show, one common width. */
export function elementPrinter(values: TypedArray, dtype: Dtype): Printer {
  if (dtype === 'bool') return (value) => (value === 0 ? 'false' : ' true')
  if (dtype === 'float32' || dtype === 'float64') return floatPrinter(values, dtype)
  return aligned(values, String)
}

function floatPrinter(values: TypedArray, dtype: FloatDtype): Printer {
  const finite = Array.from(values).filter(Number.isFinite)
  const printFinite = needsExponents(finite, dtype) ? exponentPrinter(finite, dtype) : decimalPrinter(finite, dtype)
  return aligned(values, (value) => {
    if (Number.isFinite(value)) return printFinite(value)
    return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
  })
}

function aligned(values: TypedArray, print: Printer): Printer {
  let width = 0
  for (const value of values) width = Math.max(width, print(value).length)
  return (value) => print(value).padStart(width)
}

function needsExponents(finite: readonly number[], dtype: FloatDtype): boolean {
  const sizes = finite.filter((value) => value !== 0).map(Math.abs)
  if (sizes.length === 0) return false
  const largest = sizes.reduce((a, b) => Math.max(a, b))
  const smallest = sizes.reduce((a, b) => Math.min(a, b))
  const round = dtype === 'float32' ? Math.fround : Number // NumPy compares in the dtype itself
  return largest >= exponentFrom[dtype] || smallest < round(exponentBelow) || round(largest / smallest) > exponentRatio
}

/** `12.5 `: points below each other, no more digits than an element needs. */
function decimalPrinter(finite: readonly number[], dtype: FloatDtype): Printer {
  const fractionOf = (value: number): string => decimalText(value, dtype).split('.')[1]!
  const width = finite.reduce((widest, value) => Math.max(widest, fractionOf(value).length), 0)
  return (value) => {
    const text = decimalText(value, dtype)
    return text.padEnd(text.indexOf('.') + 1 + width)
  }
}

/** `1.250e+01`: all with the digits that the longest element needs. */
function exponentPrinter(finite: readonly number[], dtype: FloatDtype): Printer {
  let fractionDigits = 0
  let exponentDigits = 2
  for (const value of finite) {
    const [digits, exponent] = shortestDouble(Math.abs(value), dtype).toExponential().split('e')
    const fraction = digits!.length > 2 + precision ? exponentText(value, precision).digits.replace(/0+$/, '') : digits!
    fractionDigits = Math.max(fractionDigits, fraction.length - 2)
    exponentDigits = Math.max(exponentDigits, exponent!.length - 1)
  }
  return (value) => {
    const { digits, exponent } = exponentText(value, fractionDigits)
    const point = fractionDigits === 0 ? '.' : ''
    return `${signOf(value)}${digits}${point}e${exponent[0]}${exponent.slice(1).padStart(exponentDigits, '0')}`
  }
}

const signOf = (value: number): string => (value < 0 || Object.is(value, -0) ? '-' : '')

function decimalText(value: number, dtype: FloatDtype): string {
  const size = Math.abs(value)
  let [whole, fraction = ''] = String(shortestDouble(size, dtype)).split('.')
  if (fraction.length > precision)
    [whole, fraction = ''] = roundHalfEven((digits) => size.toFixed(digits), precision).split('.')
  return `${signOf(value)}${whole}.${fraction.replace(/0+$/, '')}`
}

function exponentText(value: number, fractionDigits: number): { digits: string; exponent: string } {
  const text = roundHalfEven((digits) => Math.abs(value).toExponential(digits), fractionDigits)
  const [digits, exponent] = text.split('e')
  return { digits: digits!, exponent: exponent! }
}

/**
 * The double whose text is the shortest that reads back as `value` in the dtype: nine digits at most for float32. Only the nearest
 * text of each length is tried, so 2⁻⁹⁶, 2⁸⁷ and 2⁹⁰, where a farther one is shorter, get a digit more.
 */
function shortestDouble(value: number, dtype: FloatDtype): number {
  if (dtype === 'float64') return value
  let fractionDigits = 0
  while (fractionDigits < 8 && Math.fround(Number(value.toExponential(fractionDigits))) !== value) fractionDigits++
  return Number(roundHalfEven((digits) => value.toExponential(digits), fractionDigits))
}

/** JavaScript rounds 0.125 to 0.13 with two digits; NumPy, as IEEE 754 does, to the even digit: 0.12. */
function roundHalfEven(print: (fractionDigits: number) => string, fractionDigits: number): string {
  const exact = print(100) // the most JavaScript gives, and enough to tell a tie
  const end = exact.indexOf('.') + (fractionDigits === 0 ? 0 : 1 + fractionDigits)
  const isTie = /^\.?50*(e|$)/.test(exact.slice(end))
  if (!isTie || Number(exact[end - 1]) % 2 === 1) return print(fractionDigits)
  return exact.slice(0, end) + exact.slice(exact.indexOf('e') < 0 ? exact.length : exact.indexOf('e'))
}
