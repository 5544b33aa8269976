import { checkOptions } from '../../ops/calls/options.ts'
import { textExpected, vocabularyInvalid, vocabularyOptionInvalid } from './errors.ts'
import { tokensOf, type TokenKind } from './tokens.ts'
import { Vocabulary } from './vocabulary.ts'

export interface VocabularyOptions {
  /** Tokens that come more rarely are left out. Default 1. */
  readonly minCount?: number
  /** At most so many tokens, the most frequent ones. Default: all. */
  readonly maxSize?: number
  /** Stands for tokens that are left out, as number 0. Default '<unk>'; null for none, and an error instead. */
  readonly unknown?: string | null
  /** Tokens of other use, for instance ['<pad>', '<eos>'], whose numbers follow that of the unknown token. */
  readonly special?: readonly string[]
  /** Default false. */
  readonly lowercase?: boolean
}

/** The characters of the texts (code points), the most frequent first. @throws TEXT_EXPECTED, VOCABULARY_OPTION_INVALID */
export const characterVocabulary = (texts: string | readonly string[], options?: VocabularyOptions): Vocabulary =>
  makeVocabulary('character', texts, options)

/** The words and punctuation marks of the texts, the most frequent first. @throws TEXT_EXPECTED, VOCABULARY_OPTION_INVALID */
export const wordVocabulary = (texts: string | readonly string[], options?: VocabularyOptions): Vocabulary =>
  makeVocabulary('word', texts, options)

function makeVocabulary(
  kind: TokenKind,
  texts: string | readonly string[],
  options: VocabularyOptions = {},
): Vocabulary {
  checkOptions('vocabulary', options, ['minCount', 'maxSize', 'unknown', 'special', 'lowercase'])
  const { minCount = 1, maxSize = Infinity, unknown = '<unk>', special = [], lowercase = false } = options
  if (!Number.isSafeInteger(minCount) || minCount < 1)
    throw vocabularyOptionInvalid('minCount', minCount, 'a whole number of at least 1')
  if (!(maxSize >= 1)) throw vocabularyOptionInvalid('maxSize', maxSize, 'a number of at least 1')
  if (unknown !== null && (typeof unknown !== 'string' || unknown === ''))
    throw vocabularyOptionInvalid('unknown', unknown, 'a token, or null')
  if (!Array.isArray(special) || special.some((token) => typeof token !== 'string' || token === ''))
    throw vocabularyOptionInvalid('special', special, 'an array of tokens')
  const reserved = [...(unknown === null ? [] : [unknown]), ...(special as readonly string[])] // by the lines above
  if (new Set(reserved).size < reserved.length)
    throw vocabularyOptionInvalid('special', reserved.join(', '), 'different tokens, none of them the unknown one')

  const counts = countTokens(kind, texts, lowercase)
  for (const token of reserved) counts.delete(token)
  // Tokens of one count are in the order of their characters: texts in another order make the same vocabulary.
  const ordered = [...counts]
    .filter(([, count]) => count >= minCount)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([token]) => token)
  return new Vocabulary({ kind, lowercase, unknown, tokens: [...reserved, ...ordered].slice(0, maxSize) })
}

function countTokens(kind: TokenKind, texts: string | readonly string[], lowercase: boolean): Map<string, number> {
  const counts = new Map<string, number>()
  for (const text of typeof texts === 'string'
    ? [texts]
    : Array.isArray(texts)
      ? (texts as readonly unknown[])
      : [texts]) {
    if (typeof text !== 'string') throw textExpected(`${kind}Vocabulary`, text)
    for (const token of tokensOf(text, kind, lowercase)) counts.set(token, (counts.get(token) ?? 0) + 1)
  }
  return counts
}

/** A vocabulary of what `toJSON` made. @throws VOCABULARY_INVALID */
export function vocabularyOf(given: unknown, where = 'vocabularyOf', name = 'the object'): Vocabulary {
  const refuse = (reason: string): never => {
    throw vocabularyInvalid(where, name, reason)
  }
  if (typeof given !== 'object' || given === null) return refuse('it is no object')
  const { kind, lowercase, unknown, tokens } = given as Readonly<Record<string, unknown>> // looked at below
  if (kind !== 'character' && kind !== 'word') return refuse("its kind is neither 'character' nor 'word'")
  if (typeof lowercase !== 'boolean') return refuse('lowercase is neither true nor false')
  if (!Array.isArray(tokens)) return refuse('it has no array of tokens')
  const seen = new Set<string>()
  for (const [i, token] of (tokens as unknown[]).entries()) {
    if (typeof token !== 'string' || seen.has(token)) return refuse(`token ${i} is no text, or stands there twice`)
    seen.add(token)
  }
  if (unknown !== null && (typeof unknown !== 'string' || !seen.has(unknown)))
    return refuse('its unknown token is not among its tokens')
  return new Vocabulary({ kind, lowercase, unknown, tokens: [...seen] })
}
