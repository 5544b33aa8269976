/** One number or line: as obtained, and as it should be. */
export interface Figure {
  readonly label: string
  readonly obtained: string
  readonly expected: string
  readonly isRight: boolean
  /** Printed in the book, recomputed by other means, or a property that must hold. */
  readonly source: Source
}

export type Source = 'book' | 'recomputed' | 'property'

/** The same text; for lines as the book prints them. */
export const line = (label: string, obtained: string, expected: string, source: Source = 'book'): Figure => ({
  label,
  obtained,
  expected,
  isRight: obtained === expected,
  source,
})

/** The same digits, as many as are expected: `'-0.057646'`. */
export function digits(label: string, obtained: number, expected: string, source: Source = 'recomputed'): Figure {
  const decimals = /\.(\d+)$/.exec(expected)?.[1]?.length ?? 0
  return line(label, obtained.toFixed(decimals), expected, source)
}

/** The same float64, bit by bit. */
export const exact = (label: string, obtained: number, expected: number, source: Source = 'book'): Figure => ({
  label,
  obtained: String(obtained),
  expected: String(expected),
  isRight: Object.is(obtained, expected),
  source,
})

/** A number in a band. */
export const within = (
  label: string,
  obtained: number,
  [low, high]: readonly [number, number],
  source: Source = 'recomputed',
): Figure => ({
  label,
  obtained: short(obtained),
  expected:
    low === -Infinity
      ? `at most ${short(high)}`
      : high === Infinity
        ? `at least ${short(low)}`
        : `${short(low)} – ${short(high)}`,
  isRight: obtained >= low && obtained <= high,
  source,
})

/** Five digits, for what is compared with a limit. */
const short = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(5))) : String(value))

/** A property that must hold. */
export const holds = (label: string, isRight: boolean, obtained: string, expected: string): Figure => ({
  label,
  obtained,
  expected,
  isRight,
  source: 'property',
})
