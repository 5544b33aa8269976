/** What a command prints to and imports with; tests give their own. */
export interface Io {
  out(line: string): void
  readonly importModule: (url: string) => Promise<unknown>
}
