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
    const { readdir } = await import('node:fs/promises')
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
    const { rm } = await import('node:fs/promises')
    await rm(this.pathOf(step), { force: true })
  }
}
