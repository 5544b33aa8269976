interface FileSystem {
  readonly readFileSync: (path: string, encoding: 'utf8') => string
}

/** Node's file system, where this is Node and it hands out its modules. */
function fileSystem(): FileSystem | undefined {
  if (typeof process !== 'object' || typeof process.getBuiltinModule !== 'function') return undefined
  return process.getBuiltinModule('node:fs')
}

/** Lines of source files, read once for one report. */
export class SourceLines {
  readonly #files = new Map<string, readonly string[]>()

  /** The text of the line at `file:line:column`; undefined where it cannot be read. */
  lineAt(location: string): string | undefined {
    const [, path, line] = location.match(/^(.*):(\d+):\d+$/) ?? []
    if (path === undefined) return undefined
    let lines = this.#files.get(path)
    if (!lines) this.#files.set(path, (lines = readLines(path)))
    return lines[Number(line) - 1]
  }
}

function readLines(path: string): readonly string[] {
  try {
    return fileSystem()?.readFileSync(path, 'utf8').split('\n') ?? []
  } catch {
    return [] // a path that the engine shows and nobody can open: names are a courtesy
  }
}
