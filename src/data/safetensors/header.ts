import { HeaderFault } from '../files/header-fault.ts'

/** What the header says of one tensor. */
export interface HeaderEntry {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
  /** Positions of its first byte and behind its last one, counted from the end of the header. */
  readonly begin: number
  readonly end: number
}

export interface Header {
  readonly entries: readonly HeaderEntry[]
  readonly metadata: ReadonlyMap<string, string>
}

const maxRank = 64

/**
 * Reads the JSON that a safetensors header is: an object of objects with three known fields, and strings under `__metadata__`. Nothing else
 * is taken, so nothing is built that the file has no use for, however deep or long it is.
 */
export class HeaderReader {
  readonly #bytes: Uint8Array
  /** With one character per byte; those of ASCII are right. */
  readonly #ascii: string
  #at: number

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes
    this.#ascii = new TextDecoder('latin1').decode(bytes)
    this.#at = start
  }

  read(): Header {
    const entries: HeaderEntry[] = []
    const metadata = new Map<string, string>()
    if (this.#bytes[this.#at] !== 0x7b) throw new HeaderFault(this.#at, `expected '{' as its first byte`)
    this.#object((name) => {
      if (name !== '__metadata__') entries.push(this.#entry(name))
      else this.#object((key) => metadata.set(key, this.#string()))
    })
    this.#skipSpace()
    if (this.#at < this.#bytes.length) throw this.#unexpected('the end of the header')
    return { entries, metadata }
  }

  #entry(name: string): HeaderEntry {
    const start = this.#at
    let dtype: string | undefined
    let shape: number[] | undefined
    let offsets: number[] | undefined
    this.#object((field) => {
      if (field === 'dtype') dtype = this.#string()
      else if (field === 'shape') shape = this.#integers(maxRank)
      else if (field === 'data_offsets') offsets = this.#integers(2)
      else throw new HeaderFault(this.#at, `expected only 'dtype', 'shape' and 'data_offsets'`)
    })
    if (dtype === undefined || shape === undefined || offsets?.length !== 2)
      throw new HeaderFault(start, `expected 'dtype', 'shape' and two 'data_offsets'`)
    return { name, dtype, shape, begin: offsets[0]!, end: offsets[1]! }
  }

  /** Calls `value` at the value of every field, which it has to read. */
  #object(value: (name: string) => void): void {
    const seen = new Set<string>()
    this.#expect(0x7b)
    if (this.#accept(0x7d)) return
    do {
      this.#skipSpace()
      const start = this.#at
      const name = this.#string()
      if (seen.has(name)) throw new HeaderFault(start, 'this name stands there twice')
      seen.add(name)
      this.#expect(0x3a)
      value(name)
    } while (this.#accept(0x2c))
    this.#expect(0x7d)
  }

  #integers(most: number): number[] {
    const integers: number[] = []
    this.#expect(0x5b)
    if (this.#accept(0x5d)) return integers
    do {
      if (integers.length === most) throw new HeaderFault(this.#at, `expected at most ${most} numbers`)
      integers.push(this.#integer())
    } while (this.#accept(0x2c))
    this.#expect(0x5d)
    return integers
  }

  #integer(): number {
    this.#skipSpace()
    const start = this.#at
    let value = 0
    for (let digit = this.#digit(); digit >= 0; digit = this.#digit()) {
      value = value * 10 + digit
      this.#at++
      if (value > Number.MAX_SAFE_INTEGER) throw new HeaderFault(start, 'expected a number below 2⁵³')
    }
    const length = this.#at - start
    if (length === 0 || (length > 1 && this.#bytes[start] === 0x30)) {
      this.#at = start
      throw this.#unexpected('a whole number')
    }
    return value
  }

  #digit(): number {
    const byte = this.#bytes[this.#at]
    return byte !== undefined && byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : -1
  }

  #string(): string {
    this.#expect(0x22)
    const start = this.#at - 1
    let isPlain = true
    for (let byte = this.#bytes[this.#at]; byte !== 0x22; byte = this.#bytes[this.#at]) {
      if (byte === undefined) throw new HeaderFault(start, 'this string does not end')
      if (byte < 0x20 || byte > 0x7e || byte === 0x5c) isPlain = false
      this.#at += byte === 0x5c ? 2 : 1
    }
    this.#at++
    if (isPlain) return this.#ascii.slice(start + 1, this.#at - 1)
    try {
      const utf8 = new TextDecoder('utf-8', { fatal: true })
      const parsed: unknown = JSON.parse(utf8.decode(this.#bytes.subarray(start, this.#at)))
      return parsed as string // of what stands in quotes
    } catch {
      throw new HeaderFault(start, 'this string is not one of JSON in UTF-8')
    }
  }

  #accept(byte: number): boolean {
    this.#skipSpace()
    if (this.#bytes[this.#at] !== byte) return false
    this.#at++
    return true
  }

  #expect(byte: number): void {
    if (!this.#accept(byte)) throw this.#unexpected(`'${String.fromCharCode(byte)}'`)
  }

  #skipSpace(): void {
    for (;;) {
      const byte = this.#bytes[this.#at]
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return
      this.#at++
    }
  }

  #unexpected(expected: string): HeaderFault {
    const byte = this.#bytes[this.#at]
    if (byte === undefined) return new HeaderFault(this.#at, `expected ${expected}, not the end of the header`)
    const found =
      byte > 0x20 && byte < 0x7f ? `'${String.fromCharCode(byte)}'` : `0x${byte.toString(16).padStart(2, '0')}`
    return new HeaderFault(this.#at, `expected ${expected}, not ${found}`)
  }
}
