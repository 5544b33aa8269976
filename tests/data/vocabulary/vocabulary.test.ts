import fc from 'fast-check'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  characterVocabulary,
  loadVocabularyFile,
  saveVocabularyFile,
  vocabularyOf,
  wordVocabulary,
} from '../../../src/data/index.ts'
import { refusalOf } from '../refusal-of.ts'

describe('a vocabulary', () => {
  test('of characters numbers them by how often they come, after the unknown one', () => {
    const vocabulary = characterVocabulary('banana 😀')
    expect(vocabulary.tokens).toEqual(['<unk>', 'a', 'n', ' ', 'b', '😀'])
    const encoded = vocabulary.encode('nab😀x')
    expect([encoded.dtype, encoded.toArray()]).toEqual(['int32', [2, 1, 4, 5, 0]])
    expect(vocabulary.decode(encoded)).toBe('nab😀<unk>')
  })

  test('of words takes punctuation apart and leaves words with marks inside together', () => {
    const vocabulary = wordVocabulary(["Don't stop: don't!", 'well-known, stop'], { lowercase: true })
    expect(vocabulary.tokens).toEqual(['<unk>', "don't", 'stop', '!', ',', ':', 'well-known'])
    expect(vocabulary.decode(vocabulary.encode("Stop, DON'T go!"))).toBe("stop , don't <unk> !")
  })

  test('leaves rare tokens out, and has room for tokens of its own', () => {
    const options = { minCount: 2, special: ['<pad>', '<eos>'], unknown: '?' }
    expect(wordVocabulary('a b b c c c ?', options).tokens).toEqual(['?', '<pad>', '<eos>', 'c', 'b'])
    expect(wordVocabulary('a b b c c c', { maxSize: 2 }).tokens).toEqual(['<unk>', 'c'])
  })

  test('without an unknown token refuses what it does not know', async () => {
    const vocabulary = characterVocabulary('ab', { unknown: null })
    expect([vocabulary.tokens, vocabulary.indexOf('a'), vocabulary.indexOf('x'), vocabulary.has('b')]).toEqual([
      ['a', 'b'],
      0,
      undefined,
      true,
    ])
    expect(await refusalOf(() => vocabulary.encode('abx'))).toEqual({
      code: 'TOKEN_UNKNOWN',
      message:
        "[encode] token 2 of the text, 'x', is not in the vocabulary. Make the vocabulary with an unknown token, or of more text.",
    })
  })

  test('goes through a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gryph-vocabulary-'))
    const path = join(folder, 'v.json')
    const vocabulary = characterVocabulary('__proto__ constructor', { special: ['<pad>'] })
    await saveVocabularyFile(path, vocabulary)
    const loaded = await loadVocabularyFile(path)
    expect(loaded).toEqual(vocabulary)
    expect(loaded.encode('prox').toArray()).toEqual(vocabulary.encode('prox').toArray())
    writeFileSync(path, '{"kind":')
    expect(await refusalOf(() => loadVocabularyFile(path))).toMatchObject({ code: 'VOCABULARY_INVALID' })
    rmSync(folder, { recursive: true })
  })
})

test('every text comes back from the numbers of its characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const vocabulary = vocabularyOf(JSON.parse(JSON.stringify(characterVocabulary(text, { unknown: null }))))
      expect(vocabulary.decode(vocabulary.encode(text))).toBe(text)
    }),
  )
})

const good = { kind: 'word', lowercase: false, unknown: null, tokens: ['a'] }
test.each<[string, string, () => unknown]>([
  [
    'TEXT_EXPECTED',
    '[wordVocabulary] the text is 3. Pass a string, or an array of them.',
    () => wordVocabulary([3 as never]),
  ],
  [
    'TEXT_EXPECTED',
    '[encode] the text is undefined. Pass a string, or an array of them.',
    () => wordVocabulary('').encode(undefined as never),
  ],
  [
    'TOKEN_OUT_OF_RANGE',
    '[decode] 7 is the number of no token. Use whole numbers from 0 to 1.',
    () => wordVocabulary('a').decode([0, 7]),
  ],
  [
    'VOCABULARY_OPTION_INVALID',
    '[vocabulary] minCount is 0. Use a whole number of at least 1.',
    () => wordVocabulary('', { minCount: 0 }),
  ],
  [
    'VOCABULARY_OPTION_INVALID',
    '[vocabulary] special is "<unk>, <unk>". Use different tokens, none of them the unknown one.',
    () => wordVocabulary('', { special: ['<unk>'] }),
  ],
  [
    'VOCABULARY_OPTION_INVALID',
    '[vocabulary] unknown is "". Use a token, or null.',
    () => wordVocabulary('', { unknown: '' }),
  ],
  [
    'VOCABULARY_INVALID',
    "[vocabularyOf] the object is no vocabulary: its kind is neither 'character' nor 'word'. Pass what toJSON() or saveVocabularyFile() made.",
    () => vocabularyOf({}),
  ],
  [
    'VOCABULARY_INVALID',
    '[vocabularyOf] the object is no vocabulary: token 1 is no text, or stands there twice. Pass what toJSON() or saveVocabularyFile() made.',
    () => vocabularyOf({ ...good, tokens: ['a', 'a'] }),
  ],
  [
    'VOCABULARY_INVALID',
    '[vocabularyOf] the object is no vocabulary: its unknown token is not among its tokens. Pass what toJSON() or saveVocabularyFile() made.',
    () => vocabularyOf({ ...good, unknown: 'b' }),
  ],
])('%s: %s', async (code, message, call) => {
  expect(await refusalOf(call)).toEqual({ code, message })
})
