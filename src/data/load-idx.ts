import { idxFileMissing, idxFilesUnavailable, idxFileUnreadable } from './errors.ts'
import type { IdxArray } from './idx.ts'
import type { FileUrl } from './files/file-path.ts'
import { readIdx } from './read-idx.ts'

/**
 * Reads the IDX file at `path`, plain or gzipped; the file's first bytes say which.
 *
 * @throws GryphError `IDX_FILE_MISSING` when there is no such file, and every error of `readIdx`
 */
export async function loadIdxFile(path: string | FileUrl): Promise<IdxArray> {
  const file = typeof path === 'string' ? path : new URL(path.href)
  const name = String(file)
  // Loaded here, so that a page that calls readIdx only can do without Node's modules.
  const { readFile } = await import('node:fs/promises').catch((cause: unknown) => {
    throw idxFilesUnavailable(name, cause)
  })
  const bytes = await readFile(file).catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'
    throw code === 'ENOENT' ? idxFileMissing(name) : idxFileUnreadable(name, code, cause)
  })
  return readIdx(bytes, name)
}
