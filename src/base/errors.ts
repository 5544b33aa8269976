/** An error the user can act on. `code` is stable; the text may improve. */
export class GryphError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = 500 // library frames come first
    super(message)
    Error.stackTraceLimit = limit
    this.name = 'GryphError'
    this.code = code
    putUserLineOnTop(this)
  }
}

/** A broken promise inside gryph: never the user's fault. */
export class InternalError extends Error {
  readonly code = 'INTERNAL'

  constructor(message: string) {
    super(`[gryph] internal fault: ${message}. Please report it with the code that led here.`)
    this.name = 'InternalError'
  }
}

/** Folder (or bundle) this code was loaded from; frames inside it are the library's, not the user's. */
const libraryRoot = import.meta.url.replace(/base\/errors\.[jt]s.*$/, '')
/** The package as one file, for Node. Another bundle also holds the user's code. */
const isPackageFile = import.meta.url.endsWith('/gryph-node.js')
const libraryPath = libraryRoot.replace(/^file:\/\//, '')
const isSplit = isPackageFile || libraryRoot !== import.meta.url
/** Where frames of the built package seem to be once Node applies source maps. */
const mappedPath = /\/dist\/(gryph-node\.js)?$/.test(libraryPath) ? libraryPath.replace(/dist\/(gryph-node\.js)?$/, 'src/') : libraryPath

export const isLibraryFrame = (frame: string): boolean =>
  isSplit && (frame.includes(libraryRoot) || frame.includes(libraryPath) || frame.includes(mappedPath))

/** Array.map and the like stand between library frames and have no line. */
const isUserFrame = (frame: string): boolean => !isLibraryFrame(frame) && !frame.includes('<anonymous>)')

/** Drops the library's own frames, so that the first frame is the line the user wrote. */
function putUserLineOnTop(error: Error): void {
  const lines = error.stack?.split('\n')
  if (!lines) return
  const first = lines.findIndex((line) => /^\s+at /.test(line))
  if (first < 0) return
  const frames = lines.slice(first)
  const user = frames.findIndex(isUserFrame)
  const kept = user < 0 ? [] : frames.slice(user)
  error.stack = [...lines.slice(0, first), ...(kept.length > 0 ? kept : frames)].join('\n')
}

/** `file:line:column` of the innermost frame outside the library; undefined where a bundle holds both, and no frame tells whose it is. */
export function userLocation(): string | undefined {
  if (!isSplit) return undefined
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 30
  const frames = new Error('location').stack?.split('\n').slice(1) ?? []
  Error.stackTraceLimit = limit
  const frame = frames.find(isUserFrame)
  return frame?.match(/\(?((?:file:\/\/)?[^()\s]+:\d+:\d+)\)?$/)?.[1]?.replace(/^file:\/\//, '')
}
