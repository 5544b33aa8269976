import { dtypeInfo, type Dtype } from '../base/dtype.ts'
import { shapeText, type TensorType } from '../base/shape.ts'
import type { Attrs } from '../ops/table.ts'

/** Pieces of IR text, each the same on every run and exact when read back. */

/** `f32[4, 2]` */
export const typeText = ({ dtype, shape }: TensorType): string => `${dtypeInfo[dtype].short}${shapeText(shape)}`

/** −0, NaN and ±Infinity included. A float32 has as many digits as it takes to read it back as a float32. */
export function numberText(value: number, dtype: Dtype = 'float64'): string {
  if (Object.is(value, -0)) return '-0'
  if (dtype !== 'float32' || !Number.isFinite(value)) return String(value)
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return String(short)
  }
  return String(Number(value.toPrecision(9)))
}

/** `{axes: [0], keepDims: false}`, keys sorted; nothing when there are none. */
export function attrsText(attrs: Attrs): string {
  const known = texts.get(attrs)
  if (known !== undefined) return known
  const keys = Object.keys(attrs).toSorted()
  const text = keys.length === 0 ? '' : `{${keys.map((key) => `${key}: ${attrText(attrs[key])}`).join(', ')}}`
  texts.set(attrs, text)
  return text
}

/** Attributes are plain data that never changes, so their text is made once. */
const texts = new WeakMap<Attrs, string>()

function attrText(value: unknown): string {
  if (typeof value === 'number') return numberText(value)
  if (Array.isArray(value)) return `[${value.map(attrText).join(', ')}]`
  // An object in attributes is nested attributes: plain data.
  if (typeof value === 'object' && value !== null) return attrsText(value as Attrs) || '{}'
  return JSON.stringify(value)
}

/** `%x`, or `%"layer 1"` where the name is not a word. Digits alone are names of nodes. */
export const inputName = (name: string): string => `%${/^[A-Za-z_$][\w$.]*$/.test(name) ? name : JSON.stringify(name)}`
