const view = new DataView(new ArrayBuffer(8))

/** 2^e of |x| in [2^e, 2^(e+1)); x is not 0. */
function exponentOf(x: number): number {
  view.setFloat64(0, x)
  return ((view.getInt32(0) >>> 20) & 0x7ff) - 1023
}

/**
 * Distance of the f32 `got` from the exact `want` (in f64), in units of the last place of an f32 next to `want`.
 * Infinite when one is NaN and the other not, when a zero has the wrong sign, and when an overflow is wrong either way.
 */
export function ulpError(got: number, want: number): number {
  const nearest = Math.fround(want)
  if (Object.is(got, nearest) && !Number.isFinite(nearest)) return 0
  if (!Number.isFinite(nearest) || !Number.isFinite(got)) return Infinity
  if (want === 0 || nearest === 0) {
    if (got === 0) return Object.is(got, nearest) ? 0 : Infinity
    return Math.abs(got - want) / 2 ** -149
  }
  return Math.abs(got - want) / 2 ** Math.max(exponentOf(want) - 23, -149)
}

/** The same for f64 results, against an expectation rounded to f64. */
export const ulpErrorF64 = (got: number, want: number): number =>
  Object.is(got, want) ? 0 : Math.abs(got - want) / 2 ** Math.max(exponentOf(want) - 52, -1074)
