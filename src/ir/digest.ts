/** A 128-bit hash of a sequence of words, by four lanes of 32 bits that feed each other. Not for secrets. */
export class Digest {
  #a = 0x9e3779b9
  #b = 0x243f6a88
  #c = 0xb7e15162
  #d = 0x6a09e667

  word(word: number): void {
    this.#a = Math.imul(rotated(this.#a ^ Math.imul(word, 0x85ebca6b), 15), 0xc2b2ae35) ^ this.#d
    this.#b = (Math.imul(rotated(this.#b ^ Math.imul(word, 0x27d4eb2f), 13), 0x165667b1) + this.#a) | 0
    this.#c = Math.imul(rotated(this.#c ^ Math.imul(word, 0x9e3779b1), 17), 0x85ebca77) ^ this.#b
    this.#d = (Math.imul(rotated(this.#d ^ Math.imul(word, 0xcc9e2d51), 11), 0x1b873593) + this.#c) | 0
  }

  /** The bits of a float64, so that 0 and −0 differ. */
  number(value: number): void {
    float[0] = value
    this.word(words[0]!)
    this.word(words[1]!)
  }

  text(text: string): void {
    this.word(text.length)
    for (let i = 0; i < text.length; i++) this.word(text.charCodeAt(i))
  }

  bytes(bytes: Uint8Array): void {
    this.word(bytes.length)
    for (let i = 0; i < bytes.length; i++) this.word(bytes[i]!)
  }

  /** 32 hexadecimal digits. */
  finish(): string {
    // Two rounds carry the last word into every lane.
    this.word(0)
    this.word(0)
    return [this.#a, this.#b, this.#c, this.#d]
      .map((lane) => (finalized(lane) >>> 0).toString(16).padStart(8, '0'))
      .join('')
  }
}

const float = new Float64Array(1)
const words = new Int32Array(float.buffer)
const rotated = (x: number, by: number): number => (x << by) | (x >>> (32 - by))

/** Every bit of the result depends on every bit of `x`. */
function finalized(x: number): number {
  const once = Math.imul(x ^ (x >>> 16), 0x85ebca6b)
  const twice = Math.imul(once ^ (once >>> 13), 0xc2b2ae35)
  return twice ^ (twice >>> 16)
}
