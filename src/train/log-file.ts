import type * as fs from 'node:fs'
import { fileMissing, filesUnavailable, fileUnreadable, fileUnwritable, systemCodeOf } from '../data/files/errors.ts'
import { makeFolderOf } from '../data/files/make-folder-of.ts'
import { saveBytes } from '../data/files/save-bytes.ts'

type Files = typeof fs

/** A file that grows while a training goes on. Every addition is written at once: what a crash leaves is whole up to there. */
export class LogFile {
  readonly path: string
  readonly #where: string
  #files: Files | undefined

  constructor(where: string, path: string) {
    this.#where = where
    this.path = path
  }

  /** Has to come before the others. Makes the folder. @throws FILES_UNAVAILABLE in a page; FILE_UNWRITABLE */
  async open(): Promise<void> {
    this.#files = await import('node:fs').catch((cause: unknown) => {
      throw filesUnavailable(this.#where, this.path, 'Write a callback that keeps the records instead.', cause)
    })
    await makeFolderOf(this.#where, this.path)
  }

  /** Its text; undefined where there is no file. */
  read(): string | undefined {
    try {
      return this.#files!.readFileSync(this.path, 'utf8')
    } catch (cause) {
      if (systemCodeOf(cause) === 'ENOENT') return undefined
      throw fileUnreadable(this.#where, this.path, cause)
    }
  }

  /** Replaces it whole. */
  async replace(text: string): Promise<void> {
    await saveBytes(this.#where, this.path, new TextEncoder().encode(text), 'the history')
  }

  add(content: string | Uint8Array): void {
    try {
      this.#files!.appendFileSync(this.path, content)
    } catch (cause) {
      throw systemCodeOf(cause) === 'ENOENT'
        ? fileMissing(this.#where, this.path)
        : fileUnwritable(this.#where, this.path, cause)
    }
  }
}
