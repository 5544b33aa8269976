import { Leaves, matches, type Template } from '../hybridize/template.ts'

const mostForms = 16

/** Forms of calls that read elements. */
export class LazyForms {
  readonly #forms: Template[] = []
  readonly #leaves = new Leaves()

  add(form: Template): void {
    this.#forms.unshift(form)
    this.#forms.length = Math.min(this.#forms.length, mostForms)
  }

  /** Whether a call reads elements: others of its form did, or of so many forms that it will too, if none was ever compiled. */
  has(signature: readonly unknown[], isAnyCompiled: boolean): boolean {
    if (this.#forms.length >= mostForms && !isAnyCompiled) return true
    return this.#forms.some((form) => {
      this.#leaves.length = 0
      return matches(form, signature, this.#leaves)
    })
  }
}
