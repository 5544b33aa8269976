import { readFileSync } from 'node:fs'

/** Pages of this project's own documentation: English, tables and code. */
const pages = ['architecture', 'assumptions', 'capture', 'layers', 'rewrite-rules']

/** Their text in the characters of a typewriter, links shortened to their words. */
export function docsText(): string {
  const text = pages
    .map((page) => readFileSync(new URL(`../../docs/${page}.md`, import.meta.url), 'utf8'))
    .join('\n')
    .replaceAll(/\[([^\]\n]+)\]\([^)\n]+\)/g, '$1')
    .replaceAll(/[–—−]/g, '-')
    .replaceAll('…', '...')
  return text.replaceAll(/[^\n -~]/g, '')
}

/** Characters as numbers, the most frequent first. */
export class Characters {
  readonly list: readonly string[]
  readonly #numbers: ReadonlyMap<string, number>

  constructor(text: string) {
    const counts = new Map<string, number>()
    for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1)
    this.list = [...counts].toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([character]) => character)
    this.#numbers = new Map(this.list.map((character, i) => [character, i]))
  }

  encode(text: string): Int32Array {
    return Int32Array.from(text, (character) => this.#numbers.get(character) ?? 0)
  }

  decode(numbers: Iterable<number>): string {
    return Array.from(numbers, (number) => this.list[number] ?? '').join('')
  }
}

/**
 * Batches of pieces of a text and of what follows each of their characters, without an end, from places that a generator of its own draws:
 * int32 [batch, length] each.
 */
export function* pieces(ids: Int32Array, batch: number, length: number): Generator<[Int32Array, Int32Array], never> {
  let state = 1
  for (;;) {
    const [inputs, targets] = [new Int32Array(batch * length), new Int32Array(batch * length)]
    for (let row = 0; row < batch; row++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0 // Numerical Recipes, second edition, section 7.1
      const start = Math.floor((state / 2 ** 32) * (ids.length - length - 1))
      inputs.set(ids.subarray(start, start + length), row * length)
      targets.set(ids.subarray(start + 1, start + length + 1), row * length)
    }
    yield [inputs, targets]
  }
}
