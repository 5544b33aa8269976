import { csvQuoteInvalid } from './errors.ts'

export interface CsvRow {
  /** Of its first character, from 1. */
  readonly line: number
  readonly fields: readonly string[]
}

const [newline, carriageReturn, quote] = [10, 13, 34]

/**
 * The rows of `text` (RFC 4180): fields apart by `separator`, in quotes where they hold it, a quote or a line break. Lines end with LF, CR LF or CR. Empty
 * lines are no rows, nor are those that begin with `comment`.
 */
export function* splitRows(
  text: string,
  name: string,
  separator: string,
  comment: string | undefined,
): Generator<CsvRow, void, undefined> {
  const apart = separator.charCodeAt(0)
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0
  let line = 1
  const endsLine = (code: number): boolean => code === newline || code === carriageReturn
  /** Steps over the line break at `at`. */
  const nextLine = (): void => {
    if (text.charCodeAt(at) === carriageReturn && text.charCodeAt(at + 1) === newline) at++
    at++
    line++
  }
  const plainField = (): string => {
    const start = at
    for (;;) {
      const code = text.charCodeAt(at)
      // Behind the end it is NaN.
      if (code === apart || endsLine(code) || code !== code) return text.slice(start, at)
      at++
    }
  }
  const quotedField = (): string => {
    const firstLine = line
    let field = ''
    let start = ++at
    for (;;) {
      const code = text.charCodeAt(at)
      if (code !== code) throw csvQuoteInvalid({ name, line: firstLine }, 'a quote without its end')
      if (endsLine(code)) nextLine()
      else if (code !== quote) at++
      else {
        field += text.slice(start, at++)
        if (text.charCodeAt(at) !== quote) return field
        start = at++
      }
    }
  }
  while (at < text.length) {
    if (endsLine(text.charCodeAt(at))) {
      nextLine()
      continue
    }
    if (comment !== undefined && text.startsWith(comment, at)) {
      while (at < text.length && !endsLine(text.charCodeAt(at))) at++
      continue
    }
    const row = { line, fields: [] as string[] }
    for (;;) {
      const isQuoted = text.charCodeAt(at) === quote
      row.fields.push(isQuoted ? quotedField() : plainField())
      const code = text.charCodeAt(at)
      if (code === apart) at++
      else if (endsLine(code) || at >= text.length) break
      else throw csvQuoteInvalid({ name, line }, 'text behind a closing quote')
    }
    yield row
  }
}
