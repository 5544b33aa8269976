import { fileUnwritable } from './errors.ts'

/** Makes the folder that a file will be in, and those around it. Where there are no files, writing it tells. @throws FILE_UNWRITABLE */
export async function makeFolderOf(where: string, path: string): Promise<void> {
  const files = await import('node:fs/promises').catch(() => undefined)
  const paths = await import('node:path').catch(() => undefined)
  if (!files || !paths) return
  try {
    await files.mkdir(paths.dirname(path), { recursive: true })
  } catch (cause) {
    throw fileUnwritable(where, path, cause)
  }
}
