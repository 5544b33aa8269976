import { filesUnavailable, fileUnwritable } from './errors.ts'
import { fileName, type FilePath } from './file-path.ts'

let temporaries = 0

/**
 * Writes a file whole or not at all: under another name in the same folder, to the disk, and then renamed, which replaces what was there in
 * one step. Whoever reads, or starts again after a crash, finds the old file or the new one.
 */
export async function saveBytes(where: string, path: FilePath, bytes: Uint8Array, instead: string): Promise<void> {
  const name = fileName(path)
  const unavailable = (cause: unknown): never => {
    throw filesUnavailable(where, name, `Take the bytes from ${instead}.`, cause)
  }
  const { open, rename, rm } = await import('node:fs/promises').catch(unavailable)
  const { fileURLToPath } = await import('node:url').catch(unavailable)
  const { pid } = await import('node:process').catch(unavailable)
  try {
    const target = typeof path === 'string' ? path : fileURLToPath(path.href)
    const temporary = `${target}.${pid}-${++temporaries}.tmp`
    try {
      const file = await open(temporary, 'w')
      try {
        await file.writeFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
      await rename(temporary, target)
    } catch (cause) {
      await rm(temporary, { force: true }).catch(() => {}) // the first error tells more
      throw cause
    }
  } catch (cause) {
    throw fileUnwritable(where, name, cause)
  }
}
