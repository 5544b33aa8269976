import { GryphError } from '../../base/errors.ts'
import { givenText } from '../../ops/errors.ts'
import { quoted } from '../files/errors.ts'

/** Where a row stands, for messages. Lines count from 1. */
export interface CsvPlace {
  readonly name: string
  readonly line: number
}

/** The field that made a column text. */
export interface FirstText {
  readonly line: number
  readonly text: string
}

const fieldCount = (count: number): string => `${count} field${count === 1 ? '' : 's'}`

export const csvRagged = ({ name, line }: CsvPlace, count: number, expected: number): GryphError =>
  new GryphError(
    'CSV_RAGGED',
    `[readCsv] line ${line} of ${name} has ${fieldCount(count)}, and the first row has ${expected}. Give every row as many, and check the separator.`,
  )

export const csvQuoteInvalid = ({ name, line }: CsvPlace, reason: string): GryphError =>
  new GryphError(
    'CSV_QUOTE_INVALID',
    `[readCsv] line ${line} of ${name} has ${reason}. Put quotes around the whole field, and write a quote inside as two.`,
  )

export const csvValueInvalid = ({ name, line }: CsvPlace, column: string, text: string, type: string): GryphError =>
  new GryphError(
    'CSV_VALUE_INVALID',
    text === ''
      ? `[readCsv] line ${line} of ${name} has nothing in column ${quoted(column)}, which is to be ${type}. Use float32 or float64, where that is NaN, or fill it in.`
      : `[readCsv] line ${line} of ${name} has ${quoted(text)} in column ${quoted(column)}, which is no ${type}. Correct it, name it in missing, or read the column as string.`,
  )

export const csvNotText = ({ name, line }: CsvPlace): GryphError =>
  new GryphError('CSV_NOT_TEXT', `[readCsv] line ${line} of ${name} is no text in UTF-8. Convert the file to UTF-8.`)

export const csvInputInvalid = (name: string, given: unknown): GryphError =>
  new GryphError(
    'CSV_NOT_TEXT',
    `[readCsv] ${name} was given as ${givenText(given)}. Pass its text, or its bytes as a Uint8Array.`,
  )

export const csvEmpty = (name: string): GryphError =>
  new GryphError('CSV_EMPTY', `[readCsv] ${name} has no rows. Check the file, or the header and comment options.`)

export const csvHeaderInvalid = ({ name, line }: CsvPlace, column: string): GryphError =>
  new GryphError(
    'CSV_HEADER_INVALID',
    `[readCsv] line ${line} of ${name} names two columns ${quoted(column)}. Rename one, or pass names or header: false.`,
  )

export const csvOptionInvalid = (option: string, given: unknown, wanted: string): GryphError =>
  new GryphError('CSV_OPTION_INVALID', `[readCsv] ${option} is ${givenText(given)}. Use ${wanted}.`)

export const csvColumnUnknown = (where: string, column: unknown, names: readonly string[]): GryphError =>
  new GryphError(
    'CSV_COLUMN_UNKNOWN',
    `[${where}] there is no column ${givenText(column)}. Use one of ${names.slice(0, 20).map(quoted).join(', ')}${names.length > 20 ? ', …' : ''}.`,
  )

export const csvColumnOfText = (column: string, first: FirstText | undefined): GryphError =>
  new GryphError(
    'CSV_COLUMN_OF_TEXT',
    `[tensor] column ${quoted(column)} is text${first ? `: line ${first.line} has ${quoted(first.text)}` : ''}. Read it with strings(), or leave it out of matrix()${first ? '; correct a field, or name it in missing, to have numbers' : ''}.`,
  )
