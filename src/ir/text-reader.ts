import { irSyntax, type TextPosition } from './errors.ts'

/** Reads IR text from left to right; blanks between words do not count, line breaks do. */
export class TextReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** How many characters have been read. */
  get offset(): number {
    return this.#at
  }

  positionAt(offset: number): TextPosition {
    const before = this.#text.slice(0, offset).split('\n')
    const line = before.length
    return { line, column: before[line - 1]!.length + 1, text: this.#text.split('\n')[line - 1]! }
  }

  fail(expected: string): never {
    throw irSyntax(this.positionAt(this.#at), expected)
  }

  /** Skips blanks, then the text `pattern` (sticky) finds here; undefined when it finds none. */
  take(pattern: RegExp): string | undefined {
    this.#skip(/[ \t\r]*/y)
    return this.#skip(pattern)
  }

  /** Whether `mark` stood here; if so it has been read. */
  takes(mark: string): boolean {
    this.#skip(/[ \t\r]*/y)
    if (!this.#text.startsWith(mark, this.#at)) return false
    this.#at += mark.length
    return true
  }

  expect(pattern: RegExp, expected: string): string {
    return this.take(pattern) ?? this.fail(expected)
  }

  expectMark(mark: string): void {
    if (!this.takes(mark)) this.fail(`"${mark}"`)
  }

  /** The end of a line, with any empty lines and lines of comment after it. */
  endLine(): void {
    if (this.take(/(\n|$)/y) === undefined) this.fail('the end of the line')
    this.skipEmptyLines()
  }

  skipEmptyLines(): void {
    this.#skip(/(?:[ \t\r]*(?:\/\/[^\n]*)?\n)*/y)
  }

  isAtEnd(): boolean {
    this.skipEmptyLines()
    this.#skip(/\s*/y)
    return this.#at === this.#text.length
  }

  /** `item` between commas, up to and including `close`. */
  list<T>(close: string, item: () => T): T[] {
    const items: T[] = []
    while (!this.takes(close)) {
      if (items.length > 0) this.expectMark(',')
      items.push(item())
    }
    return items
  }

  #skip(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }
}
