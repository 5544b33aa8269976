import { Tensor } from '../../frontend/tensor.ts'
import { tensorOf } from '../elements/tensor-of.ts'
import { textExpected, tokenOutOfRange, tokenUnknown } from './errors.ts'
import { joinTokens, tokensOf, type TokenKind } from './tokens.ts'

/** A vocabulary as JSON holds it. */
export interface VocabularyData {
  readonly kind: TokenKind
  readonly lowercase: boolean
  /** Stands for every token that is not listed. */
  readonly unknown: string | null
  /** In the order of their numbers, the unknown token included. */
  readonly tokens: readonly string[]
}

/** The tokens of texts, characters or words, and their numbers. Make one with `characterVocabulary` or `wordVocabulary`. */
export class Vocabulary {
  readonly kind: TokenKind
  readonly lowercase: boolean
  readonly unknown: string | null
  /** In the order of their numbers. */
  readonly tokens: readonly string[]
  readonly #numbers: ReadonlyMap<string, number>
  readonly #unknownNumber: number

  /** @internal */
  constructor({ kind, lowercase, unknown, tokens }: VocabularyData) {
    this.kind = kind
    this.lowercase = lowercase
    this.unknown = unknown
    this.tokens = Object.freeze([...tokens])
    this.#numbers = new Map(tokens.map((token, i) => [token, i]))
    this.#unknownNumber = unknown === null ? -1 : this.#numbers.get(unknown)!
  }

  /** Number of tokens. */
  get size(): number {
    return this.tokens.length
  }

  has(token: string): boolean {
    return this.#numbers.has(token)
  }

  /** The number of a token: that of the unknown token where it is not listed, or undefined where there is none. */
  indexOf(token: string): number | undefined {
    const number = this.#numbers.get(token) ?? this.#unknownNumber
    return number < 0 ? undefined : number
  }

  /** The numbers of the tokens of `text`, as int32 of shape [tokens]. @throws TOKEN_UNKNOWN where there is no unknown token */
  encode(text: string): Tensor {
    if (typeof text !== 'string') throw textExpected('encode', text)
    const found = tokensOf(text, this.kind, this.lowercase)
    const numbers = new Int32Array(found.length)
    for (let i = 0; i < numbers.length; i++) {
      const number = this.#numbers.get(found[i]!) ?? this.#unknownNumber
      if (number < 0) throw tokenUnknown(found[i]!, i)
      numbers[i] = number
    }
    return tensorOf('int32', [numbers.length], numbers)
  }

  /** The text of tokens with these numbers: characters next to each other, words with a space between them. @throws TOKEN_OUT_OF_RANGE */
  decode(numbers: Tensor | ArrayLike<number>): string {
    const given = numbers instanceof Tensor ? numbers.data() : numbers
    const found = Array.from(given, (number) => {
      const token = this.tokens[number]
      if (token === undefined) throw tokenOutOfRange(number, this.size)
      return token
    })
    return joinTokens(found, this.kind)
  }

  toJSON(): VocabularyData {
    const { kind, lowercase, unknown, tokens } = this
    return { kind, lowercase, unknown, tokens }
  }
}
