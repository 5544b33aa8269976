import { dtypeInfo, type Dtype } from '../../base/dtype.ts'
import type { Tensor } from '../../frontend/tensor.ts'
import { tensorOf } from '../elements/tensor-of.ts'
import { csvValueInvalid, type FirstText } from './errors.ts'

/** What a column is read as. */
export type ColumnType = Dtype | 'string'

/** The fields of a column, and where they come from. */
export interface Fields {
  readonly file: string
  readonly column: string
  readonly values: readonly string[]
  readonly lines: readonly number[]
  readonly isMissing: (field: string) => boolean
}

const number = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf(?:inity)?|nan)$/i
const ranges: Readonly<Partial<Record<Dtype, readonly [least: number, most: number]>>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint8: [0, 255],
}

/** Numbers where every field is one or missing, truth values where all are, otherwise text. */
export function guessType({ values, isMissing }: Fields, numberType: 'float32' | 'float64'): ColumnType {
  if (values.length > 0 && values.every((field) => /^\s*(?:true|false)\s*$/i.test(field))) return 'bool'
  const present = values.filter((field) => !isMissing(field))
  return present.length > 0 && present.every((field) => number.test(field.trim())) ? numberType : 'string'
}

/** The first field that is neither a number nor missing: the reason why a column is text. */
export function firstTextOf({ values, lines, isMissing }: Fields): FirstText | undefined {
  const i = values.findIndex((field) => !isMissing(field) && !number.test(field.trim()))
  return i < 0 ? undefined : { line: lines[i]!, text: values[i]!.trim() }
}

/** @throws CSV_VALUE_INVALID */
export function parseColumn(fields: Fields, type: Dtype): Tensor {
  const { file, column, values, lines, isMissing } = fields
  const elements = new dtypeInfo[type].array(values.length)
  const parse = dtypeInfo[type].isFloat
    ? (field: string) => (isMissing(field) ? NaN : floatOf(field.trim()))
    : type === 'bool'
      ? (field: string) => truthOf(field.trim().toLowerCase())
      : (field: string) => integerOf(field.trim(), ranges[type]!)
  for (let i = 0; i < values.length; i++) {
    const value = parse(values[i]!)
    if (value === undefined) throw csvValueInvalid({ name: file, line: lines[i]! }, column, values[i]!.trim(), type)
    elements[i] = value
  }
  return tensorOf(type, [values.length], elements)
}

function floatOf(field: string): number | undefined {
  if (!number.test(field)) return undefined
  const value = Number(field)
  if (!Number.isNaN(value)) return value
  return /nan/i.test(field) ? NaN : field.startsWith('-') ? -Infinity : Infinity // words that JavaScript has not
}

function integerOf(field: string, [least, most]: readonly [number, number]): number | undefined {
  const value = /^[+-]?\d+(?:\.0*)?$/.test(field) ? Number(field) : NaN
  return value >= least && value <= most ? value : undefined
}

const truths: Readonly<Partial<Record<string, number>>> = { true: 1, false: 0, 1: 1, 0: 0 }
const truthOf = (field: string): number | undefined => (Object.hasOwn(truths, field) ? truths[field] : undefined)
