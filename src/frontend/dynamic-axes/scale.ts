/** Two sizes that were seen, and the one that a program is made for. */
export interface Sizes {
  readonly a: number
  readonly b: number
  readonly capacity: number
}

/** A program for one size says nothing of others; the reason goes into `explain`. */
export class NotDynamic extends Error {}

/**
 * The number at the capacity of one that goes in a line with the size: x at a, y at b. It is a guess, and the whole graph is one. What counts is
 * that every size which uses the program is compared with it.
 */
export function scaledNumber(x: number, y: number, { a, b, capacity }: Sizes): number {
  if (Object.is(x, y)) return x
  const scaled = x + ((y - x) / (b - a)) * (capacity - a)
  if (!Number.isSafeInteger(x) || !Number.isSafeInteger(y) || !Number.isSafeInteger(scaled))
    throw new NotDynamic('a number does not go with the size')
  return scaled
}

/** The same for plain data. */
export function scaled<T>(x: T, y: T, sizes: Sizes): T {
  if (typeof x === 'number' && typeof y === 'number') return scaledNumber(x, y, sizes) as T // a number for a number
  if (Object.is(x, y)) return x
  if (Array.isArray(x) && Array.isArray(y) && x.length === y.length)
    return x.map((item: unknown, i) => scaled(item, y[i], sizes)) as T // an array for an array
  if (typeof x !== 'object' || typeof y !== 'object' || x === null || y === null || Array.isArray(x))
    throw new NotDynamic('attributes do not go with the size')
  const other = y as Readonly<Record<string, unknown>> // an object, by the line above
  const entries = Object.entries(x).map(([key, value]) => [key, scaled<unknown>(value, other[key], sizes)])
  return Object.fromEntries(entries) as T // an object for an object
}
