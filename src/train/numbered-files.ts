import type * as fs from 'node:fs/promises'
import { filesUnavailable } from '../data/files/errors.ts'

/** Files `run-250.safetensors` of a path `run.safetensors`. */
export class NumberedFiles {
  readonly #stem: string
  readonly #suffix: string

  constructor(path: string) {
    const dot = path.lastIndexOf('.')
    const hasSuffix = dot > path.lastIndexOf('/') + 1
    this.#stem = hasSuffix ? path.slice(0, dot) : path
    this.#suffix = hasSuffix ? path.slice(dot) : ''
  }

  /** How people see them. */
  get pattern(): string {
    return `${this.#stem}-…${this.#suffix}`
  }

  pathOf(step: number): string {
    return `${this.#stem}-${step}${this.#suffix}`
  }

  /** Steps that there are files of, the smallest first. */
  async steps(): Promise<number[]> {
    const { readdir } = await this.#files()
    const slash = this.#stem.lastIndexOf('/')
    const [folder, prefix] =
      slash < 0 ? ['.', this.#stem] : [this.#stem.slice(0, slash + 1), this.#stem.slice(slash + 1)]
    const names = await readdir(folder).catch(() => []) // a folder that cannot be read is the error of the first file
    return names
      .flatMap((name) => {
        const isOne = name.startsWith(`${prefix}-`) && name.endsWith(this.#suffix)
        const number = isOne ? name.slice(prefix.length + 1, name.length - this.#suffix.length) : ''
        return /^\d+$/.test(number) ? [Number(number)] : []
      })
      .toSorted((a, b) => a - b)
  }

  async remove(step: number): Promise<void> {
    const { rm } = await this.#files()
    await rm(this.pathOf(step), { force: true })
  }

  /** Loaded here, and caught, so that a page can be bundled. */
  #files(): Promise<typeof fs> {
    return import('node:fs/promises').catch((cause: unknown) => {
      throw filesUnavailable('checkpoint', this.pattern, 'Keep stateDict() of the parts instead.', cause)
    })
  }
}
