/** Hands out identifiers of the text format: characters it does not know become `_`, a name given before gets a number. */
export class UniqueNames {
  private readonly taken = new Set<string>()

  unique(wanted: string): string {
    const name = wanted.replaceAll(/[^\w.*+\-/:]/g, '_') || '_'
    let candidate = name
    for (let i = 2; this.taken.has(candidate); i++) candidate = `${name}_${i}`
    this.taken.add(candidate)
    return candidate
  }
}
