import { HeaderFault } from '../files/header-fault.ts'

/** What the header of an npy file says. */
export interface NpyHeader {
  /** Element type as NumPy writes it: byte order, kind, bytes. */
  readonly descr: string
  /** Whether the first axis is the one whose elements lie next to each other. */
  readonly isFortran: boolean
  readonly shape: readonly number[]
}

const maxRank = 64

/** Reads the one form of Python literal that a header is: `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`. */
export class NpyHeaderReader {
  readonly #text: string
  #at = 0

  /** `text` has one character per byte. */
  constructor(text: string) {
    this.#text = text
  }

  read(): NpyHeader {
    let descr: string | undefined
    let isFortran: boolean | undefined
    let shape: number[] | undefined
    this.#expect('{')
    while (!this.#accept('}')) {
      const start = this.#at
      const key = this.#string()
      this.#expect(':')
      if (key === 'descr' && descr === undefined) descr = this.#string()
      else if (key === 'fortran_order' && isFortran === undefined) isFortran = this.#boolean()
      else if (key === 'shape' && shape === undefined) shape = this.#tuple()
      else throw new HeaderFault(start, "expected 'descr', 'fortran_order' and 'shape', each once")
      if (!this.#accept(',')) {
        this.#expect('}')
        break
      }
    }
    if (descr === undefined || isFortran === undefined || shape === undefined)
      throw new HeaderFault(this.#at, "expected 'descr', 'fortran_order' and 'shape', each once")
    this.#skipSpace()
    if (this.#at < this.#text.length) throw this.#unexpected('the end of the header')
    return { descr, isFortran, shape }
  }

  #string(): string {
    this.#skipSpace()
    const quote = this.#text[this.#at]
    if (quote !== "'" && quote !== '"') throw this.#unexpected('a string')
    const end = this.#text.indexOf(quote, this.#at + 1)
    if (end < 0) throw new HeaderFault(this.#at, 'this string does not end')
    const text = this.#text.slice(this.#at + 1, end)
    this.#at = end + 1
    return text
  }

  #boolean(): boolean {
    this.#skipSpace()
    for (const [word, value] of [
      ['True', true],
      ['False', false],
    ] as const)
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length
        return value
      }
    throw this.#unexpected('True or False')
  }

  #tuple(): number[] {
    const sizes: number[] = []
    this.#expect('(')
    while (!this.#accept(')')) {
      if (sizes.length === maxRank) throw new HeaderFault(this.#at, `expected at most ${maxRank} sizes`)
      sizes.push(this.#size())
      if (!this.#accept(',')) {
        this.#expect(')')
        break
      }
    }
    return sizes
  }

  #size(): number {
    this.#skipSpace()
    const start = this.#at
    let value = 0
    for (let digit = this.#digit(); digit >= 0; digit = this.#digit()) {
      value = value * 10 + digit
      this.#at++
      if (value >= 2 ** 31) throw new HeaderFault(start, 'expected a size below 2³¹')
    }
    if (this.#at === start) throw this.#unexpected('a size')
    if (this.#text[this.#at] === 'L') this.#at++ // of Python 2
    return value
  }

  #digit(): number {
    const code = this.#text.charCodeAt(this.#at)
    return code >= 48 && code <= 57 ? code - 48 : -1
  }

  #accept(character: string): boolean {
    this.#skipSpace()
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #expect(character: string): void {
    if (!this.#accept(character)) throw this.#unexpected(`'${character}'`)
  }

  #skipSpace(): void {
    while (/[ \t\n\r]/.test(this.#text[this.#at] ?? 'x')) this.#at++
  }

  #unexpected(expected: string): HeaderFault {
    const found = this.#text[this.#at]
    return new HeaderFault(this.#at, `expected ${expected}, not ${found === undefined ? 'its end' : `'${found}'`}`)
  }
}
