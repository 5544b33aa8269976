import { GryphError } from '../../base/errors.ts'
import { givenText } from '../../ops/errors.ts'
import { quoted } from '../files/errors.ts'

export const vocabularyOptionInvalid = (option: string, given: unknown, wanted: string): GryphError =>
  new GryphError('VOCABULARY_OPTION_INVALID', `[vocabulary] ${option} is ${givenText(given)}. Use ${wanted}.`)

export const textExpected = (where: string, given: unknown): GryphError =>
  new GryphError('TEXT_EXPECTED', `[${where}] the text is ${givenText(given)}. Pass a string, or an array of them.`)

export const tokenUnknown = (token: string, position: number): GryphError =>
  new GryphError(
    'TOKEN_UNKNOWN',
    `[encode] token ${position} of the text, ${quoted(token)}, is not in the vocabulary. Make the vocabulary with an unknown token, or of more text.`,
  )

export const tokenOutOfRange = (index: unknown, size: number): GryphError =>
  new GryphError(
    'TOKEN_OUT_OF_RANGE',
    `[decode] ${givenText(index)} is the number of no token. Use whole numbers from 0 to ${size - 1}.`,
  )

export const vocabularyInvalid = (where: string, name: string, reason: string): GryphError =>
  new GryphError(
    'VOCABULARY_INVALID',
    `[${where}] ${name} is no vocabulary: ${reason}. Pass what toJSON() or saveVocabularyFile() made.`,
  )
