import { isDtype } from '../../base/dtype.ts'
import { checkOptions } from '../../ops/calls/options.ts'
import { fileName, type FilePath } from '../files/file-path.ts'
import { loadBytes } from '../files/load-bytes.ts'
import {
  csvColumnUnknown,
  csvEmpty,
  csvHeaderInvalid,
  csvInputInvalid,
  csvNotText,
  csvOptionInvalid,
  csvRagged,
  type FirstText,
} from './errors.ts'
import { firstTextOf, guessType, parseColumn, type ColumnType, type Fields } from './parse-column.ts'
import { splitRows, type CsvRow } from './split-rows.ts'
import { Table, type Column } from './table.ts'

export interface CsvOptions {
  /** One character. Default: a tab where the name ends in `.tsv` or `.tab`, otherwise a comma. */
  readonly separator?: string
  /** Whether the first row has the names of the columns. Default true. Without it they are '0', '1', …, or `names`. */
  readonly header?: boolean
  /** Names of the columns, instead of those of the header. */
  readonly names?: readonly string[]
  /** What columns are read as. Others are guessed: truth values, numbers, or text. */
  readonly columns?: Readonly<Record<string, ColumnType>>
  /** Of guessed columns of numbers. Default float32. */
  readonly dtype?: 'float32' | 'float64'
  /** Fields that stand for no value, besides empty ones: NaN in columns of floats, and an error in columns of integers. */
  readonly missing?: readonly string[]
  /** Lines that begin with this are left out, for instance '#'. */
  readonly comment?: string
}

const optionNames: readonly (keyof CsvOptions)[] = [
  'separator',
  'header',
  'names',
  'columns',
  'dtype',
  'missing',
  'comment',
]

/**
 * Reads a table of comma-separated values, or with another separator.
 *
 * @param content the text, or its bytes in UTF-8
 * @param name what error messages call it
 * @throws GryphError `CSV_…`, with the line: then nothing is read
 */
export function readCsv(content: string | Uint8Array, name: string, options: CsvOptions = {}): Table {
  checkOptions('readCsv', options, optionNames)
  const { dtype = 'float32', missing = [], columns: types = {}, comment } = options
  const separator = options.separator ?? (/\.(?:tsv|tab)$/i.test(name) ? '\t' : ',')
  if (typeof separator !== 'string' || separator.length !== 1 || /["\r\n]/.test(separator))
    throw csvOptionInvalid('separator', separator, 'one character that is neither a quote nor a line break')
  if (dtype !== 'float32' && dtype !== 'float64') throw csvOptionInvalid('dtype', dtype, "'float32' or 'float64'")
  if (comment === '') throw csvOptionInvalid('comment', comment, 'at least one character')
  for (const type of Object.values(types))
    if (type !== 'string' && !isDtype(type)) throw csvOptionInvalid('a type of columns', type, "a dtype or 'string'")

  const rows = [...splitRows(textOf(content, name), name, separator, comment)]
  const names = columnNames(rows, name, options)
  const body = options.header === false ? rows : rows.slice(1)
  for (const { line, fields } of body)
    if (fields.length !== names.length) throw csvRagged({ name, line }, fields.length, names.length)
  for (const given of Object.keys(types)) if (!names.includes(given)) throw csvColumnUnknown('readCsv', given, names)

  const lines = body.map((row) => row.line)
  const isMissing = (field: string): boolean => field.trim() === '' || missing.includes(field.trim())
  const firstTexts = new Map<string, FirstText>()
  const columns = names.map((column, j): [string, Column] => {
    const fields: Fields = { file: name, column, values: body.map((row) => row.fields[j]!), lines, isMissing }
    const isGiven = Object.hasOwn(types, column)
    const type = isGiven ? types[column]! : guessType(fields, dtype)
    const first = type === 'string' && !isGiven ? firstTextOf(fields) : undefined
    if (first) firstTexts.set(column, first)
    return [column, type === 'string' ? fields.values : parseColumn(fields, type)]
  })
  return new Table(body.length, new Map(columns), firstTexts)
}

function columnNames(rows: readonly CsvRow[], name: string, { header = true, names }: CsvOptions): readonly string[] {
  const [first] = rows
  if (!first) throw csvEmpty(name)
  if (names && names.length !== first.fields.length)
    throw csvRagged({ name, line: first.line }, first.fields.length, names.length)
  const found = names ?? (header ? first.fields.map((field) => field.trim()) : first.fields.map((_, j) => String(j)))
  const twice = found.find((each, j) => found.indexOf(each) !== j)
  if (twice !== undefined) throw csvHeaderInvalid({ name, line: first.line }, twice)
  return found
}

function textOf(content: unknown, name: string): string {
  if (typeof content === 'string') return content
  if (!(content instanceof Uint8Array)) throw csvInputInvalid(name, content)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    return decoder.decode(content)
  } catch {
    throw csvNotText({ name, line: firstBadLine(content) })
  }
}

/** Lines can be looked at one by one: no character of UTF-8 has the byte of a line break inside. */
function firstBadLine(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let line = 1
  for (let start = 0; start < bytes.length; line++) {
    const found = bytes.indexOf(10, start)
    const end = found < 0 ? bytes.length : found
    try {
      decoder.decode(bytes.subarray(start, end))
    } catch {
      return line
    }
    start = end + 1
  }
  return line
}

/** Reads the table in the file at `path`. @throws FILE_MISSING, FILE_UNREADABLE, and every error of `readCsv` */
export const loadCsvFile = async (path: FilePath, options?: CsvOptions): Promise<Table> =>
  readCsv(await loadBytes('loadCsvFile', path, 'readCsv'), fileName(path), options)
