import { fileName, type FilePath } from '../files/file-path.ts'
import { loadBytes } from '../files/load-bytes.ts'
import { saveBytes } from '../files/save-bytes.ts'
import { vocabularyInvalid } from './errors.ts'
import { vocabularyOf } from './make-vocabulary.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Writes a vocabulary to the JSON file at `path`, whole or not at all. @throws FILE_UNWRITABLE */
export const saveVocabularyFile = async (path: FilePath, vocabulary: Vocabulary): Promise<void> =>
  saveBytes('saveVocabularyFile', path, new TextEncoder().encode(`${JSON.stringify(vocabulary)}\n`), 'toJSON')

/** Reads what `saveVocabularyFile` wrote. @throws FILE_MISSING, FILE_UNREADABLE, VOCABULARY_INVALID */
export async function loadVocabularyFile(path: FilePath): Promise<Vocabulary> {
  const where = 'loadVocabularyFile'
  const bytes = await loadBytes(where, path, 'vocabularyOf')
  let content: unknown
  try {
    content = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw vocabularyInvalid(where, fileName(path), cause instanceof Error ? cause.message : String(cause))
  }
  return vocabularyOf(content, where, fileName(path))
}
