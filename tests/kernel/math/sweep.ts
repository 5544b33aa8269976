import { ulpError } from './ulp.ts'

/** The f32 with these bits. */
const view = new DataView(new ArrayBuffer(4))
export function fromBits(bits: number): number {
  view.setUint32(0, bits)
  return view.getFloat32(0)
}

export function bitsOf(x: number): number {
  view.setFloat32(0, x)
  return view.getUint32(0)
}

/** f32 of both signs spread evenly over the bit patterns, so evenly over all exponents; the odd step meets every mantissa bit. */
export function* overExponents(step = 9973): Generator<number> {
  for (let bits = 1; bits < 0x7f800000; bits += step) {
    yield fromBits(bits)
    yield fromBits(bits + 0x80000000)
  }
}

/** f32 spread evenly over an interval. */
export function* over(low: number, high: number, count = 100_000): Generator<number> {
  for (let i = 0; i <= count; i++) yield Math.fround(low + ((high - low) * i) / count)
}

/** The f32 on both sides of `x`, `count` of each. */
export function* around(x: number, count = 200): Generator<number> {
  const bits = bitsOf(x)
  for (let i = Math.max(0, (bits & 0x7fffffff) - count); i <= (bits & 0x7fffffff) + count; i++) {
    yield fromBits((bits & 0x80000000) + i)
  }
}

export interface Worst {
  readonly error: number
  readonly at: number
}

/** The largest error over the points. */
export function worstOf(
  f: (x: number) => number,
  reference: (x: number) => number,
  ...sweeps: readonly Iterable<number>[]
): Worst {
  let worst: Worst = { error: 0, at: 0 }
  for (const sweep of sweeps) {
    for (const x of sweep) {
      const error = ulpError(f(x), reference(x))
      if (!(error <= worst.error)) worst = { error, at: x }
    }
  }
  return worst
}
