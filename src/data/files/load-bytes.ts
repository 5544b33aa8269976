import { fileMissing, filesUnavailable, fileUnreadable, systemCodeOf } from './errors.ts'
import { fileName, type FilePath } from './file-path.ts'

/** The whole file. `where` names the call in messages, `instead` what to call in a page. */
export async function loadBytes(where: string, path: FilePath, instead: string): Promise<Uint8Array> {
  const name = fileName(path)
  // Loaded here, so that a page that has its bytes already can do without Node's modules.
  const { readFile } = await import('node:fs/promises').catch((cause: unknown) => {
    throw filesUnavailable(where, name, `Fetch the bytes and call ${instead}.`, cause)
  })
  return readFile(typeof path === 'string' ? path : new URL(path.href)).catch((cause: unknown) => {
    throw systemCodeOf(cause) === 'ENOENT' ? fileMissing(where, name) : fileUnreadable(where, name, cause)
  })
}
