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

/** Folder (or bundle) this code was loaded from; frames inside it are the library's, not the user's. The package for Node is a few files of one name. */
const libraryRoot = import.meta.url.replace(/base\/errors\.[jt]s.*$|(?<=\/gryph-node)[\w-]*\.js$/, '')
const libraryPath = libraryRoot.replace(/^file:\/\//, '')
/** Another bundle also holds the user's code. */
const isSplit = libraryRoot !== import.meta.url
/** Where frames of the built package seem to be once Node applies source maps. */
const mappedPath = libraryPath.replace(/\/dist\/(gryph-node)?$/, '/src/')

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

/** A line of the user's code that was being carried out: `file:line:column`, and the function it is in where that has a name. */
export interface UserFrame {
  readonly functionName: string | undefined
  readonly location: string
}

/** The frames outside the library, innermost first; none where a bundle holds both, and no frame tells whose it is. */
export const userFrames = (): readonly UserFrame[] => framesFrom(Infinity)

/** `file:line:column` of the innermost frame outside the library. */
export const userLocation = (): string | undefined => framesFrom(1)[0]?.location

function framesFrom(most: number): readonly UserFrame[] {
  if (!isSplit) return []
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 30
  const lines = new Error('location').stack?.split('\n') ?? []
  Error.stackTraceLimit = limit
  const frames: UserFrame[] = []
  for (let i = 1; i < lines.length && frames.length < most; i++) {
    const frame = userFrameOf(lines[i]!)
    if (frame) frames.push(frame)
  }
  return frames
}

/** A recording meets the same lines again and again. */
const parsedFrames = new Map<string, UserFrame | undefined>()
const mostParsedFrames = 10_000

function userFrameOf(line: string): UserFrame | undefined {
  if (!isUserFrame(line)) return undefined
  if (parsedFrames.has(line)) return parsedFrames.get(line)
  if (parsedFrames.size >= mostParsedFrames) parsedFrames.clear()
  const [, name, path] = line.match(/^\s*at (?:(.+?) \()?((?:file:\/\/)?[^()\s]+:\d+:\d+)\)?$/) ?? []
  const frame =
    path === undefined
      ? undefined
      : {
          functionName: name?.replace(/^(?:Object|Module)\.| \[as .*\]$/g, ''),
          location: path.replace(/^file:\/\//, ''),
        }
  parsedFrames.set(line, frame)
  return frame
}

/** `In step at train.ts:12:3, called from forward (model.ts:40:9).`, from the frames of one line, innermost first. */
export function whereText(functionName: string, frames: readonly UserFrame[]): string {
  const [innermost, ...callers] = frames
  if (!innermost) return `In ${functionName}.`
  const shown = callers.length === 0 ? innermost.location : frameText(innermost)
  return `In ${functionName} at ${[shown, ...callers.map(frameText)].join(', called from ')}.`
}

const frameText = ({ functionName, location }: UserFrame): string =>
  functionName === undefined ? location : `${functionName} (${location})`
