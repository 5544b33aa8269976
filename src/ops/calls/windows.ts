import { windowOption } from '../errors.ts'
import type { Value } from '../interpreter.ts'
import type { Pair } from '../table.ts'
import { placeInto } from './place.ts'

/** One whole number for both spatial axes, or one each for height and width. */
export type Pairable = number | readonly [height: number, width: number]

/** The option as two numbers. */
export function pairOf(where: string, name: string, given: Pairable, least: number): Pair {
  const pair: readonly unknown[] = Array.isArray(given) ? given : [given, given]
  if (pair.length !== 2 || !pair.every((n) => Number.isInteger(n) && Number(n) >= least))
    throw windowOption(where, name, given, least)
  return pair as unknown as Pair // checked above
}

/** Windows of `size` points `dilation` apart that fit into `length` at multiples of `stride`; 0 or less where none does. */
export const windowCount = (length: number, size: number, stride: number, dilation: number): number =>
  Math.floor((length - (size - 1) * dilation - 1) / stride) + 1

/** Images [n, c, h, w] framed by `value`. Other ranks are left to what reads them. */
export function padImages(x: Value, [rows, columns]: Pair, value: number): Value {
  const { shape } = x.type
  if (shape.length !== 4 || (rows === 0 && columns === 0)) return x
  const padded = [shape[0]!, shape[1]!, shape[2]! + 2 * rows, shape[3]! + 2 * columns]
  return placeInto(x, padded, [0, 0, rows, columns], [1, 1, 1, 1], value)
}
