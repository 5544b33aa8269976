/** ±numerator · 2^exponent, exactly. */
interface Exact {
  readonly numerator: bigint
  readonly exponent: number
}

const view = new DataView(new ArrayBuffer(8))

function exactOf(x: number): Exact {
  view.setFloat64(0, x)
  const bits = view.getBigUint64(0)
  const biased = Number((bits >> 52n) & 0x7ffn)
  const fraction = bits & 0xfffffffffffffn
  const magnitude = biased === 0 ? fraction : fraction | (1n << 52n)
  return { numerator: bits >> 63n ? -magnitude : magnitude, exponent: Math.max(biased, 1) - 1075 }
}

interface Format {
  readonly precision: number
  readonly smallestExponent: number
  readonly overflow: number
}
const formats: { readonly [F in 'f32' | 'f64']: Format } = {
  f32: { precision: 24, smallestExponent: -149, overflow: 2 ** 128 },
  f64: { precision: 53, smallestExponent: -1074, overflow: Infinity },
}

/** Rounded to the nearest, ties to even. */
function round({ numerator, exponent }: Exact, { precision, smallestExponent, overflow }: Format): number {
  const magnitude = numerator < 0n ? -numerator : numerator
  const shift = Math.max(magnitude.toString(2).length - precision, smallestExponent - exponent)
  let [kept, keptExponent] = [magnitude, exponent]
  if (shift > 0) {
    kept = magnitude >> BigInt(shift)
    keptExponent += shift
    const dropped = magnitude - (kept << BigInt(shift))
    const half = 1n << BigInt(shift - 1)
    if (dropped > half || (dropped === half && kept % 2n === 1n)) kept++
  }
  const rounded = kept === 0n ? 0 : Number(kept) * 2 ** keptExponent
  const result = rounded >= overflow ? Infinity : rounded
  return numerator < 0n ? -result : result
}

/** a·b + c with one rounding, by integers of any size. */
export function exactFma(a: number, b: number, c: number, scalar: 'f32' | 'f64'): number {
  if (!Number.isFinite(a) || !Number.isFinite(b) || a === 0 || b === 0) return a * b + c
  if (!Number.isFinite(c)) return c
  const [x, y, z] = [exactOf(a), exactOf(b), exactOf(c)]
  const product: Exact = { numerator: x.numerator * y.numerator, exponent: x.exponent + y.exponent }
  const exponent = Math.min(product.exponent, z.exponent)
  const at = (value: Exact): bigint => value.numerator << BigInt(value.exponent - exponent)
  return round({ numerator: at(product) + at(z), exponent }, formats[scalar])
}
