import type { Piece } from './pieces.ts'
import { decodeVlq, encodeVlq } from './vlq.ts'

/** A source map, version 3, as bundlers and engines take it. */
export interface SourceMap {
  version: 3
  file?: string
  sources: (string | null)[]
  sourcesContent?: (string | null)[]
  names: string[]
  mappings: string
}

/** Where a position of a text comes from; lines and columns from 0. */
export interface Origin {
  readonly source: number
  readonly line: number
  readonly column: number
}

/** Looks positions up in a map: the last segment that is not behind the column. */
export function originFinder(map: SourceMap): (line: number, column: number) => Origin | undefined {
  let [source, line, column] = [0, 0, 0]
  const lines = map.mappings.split(';').map((text) => {
    let generated = 0
    return text.split(',').flatMap((segment) => {
      const [step = 0, ...rest] = decodeVlq(segment)
      generated += step
      if (rest.length < 3) return []
      source += rest[0]!
      line += rest[1]!
      column += rest[2]!
      return [{ generated, source, line, column }]
    })
  })
  return (wantedLine, wantedColumn) => {
    const segments = lines[wantedLine] ?? []
    let low = 0
    let high = segments.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (segments[middle]!.generated <= wantedColumn) low = middle + 1
      else high = middle
    }
    return segments[low - 1]
  }
}

/**
 * The map of a text made of pieces. Words of the source keep their columns: a segment for each. New text has none of its own, so it
 * counts to the word before it. With `input`, the map of the source itself, the result leads to where that one leads.
 */
export function sourceMapOf(
  source: string,
  pieces: readonly Piece[],
  fileName: string,
  input: SourceMap | undefined,
): SourceMap {
  const trace = input && originFinder(input)
  const segments: string[][] = [[]]
  const before = { generated: 0, source: 0, line: 0, column: 0 }
  let generatedColumn = 0
  const place = lineColumns(source)
  const add = (offset: number): void => {
    const at = place(offset)
    const origin = trace ? trace(at.line, at.column) : { source: 0, ...at }
    if (!origin) return
    segments
      .at(-1)!
      .push(
        encodeVlq(generatedColumn - before.generated) +
          encodeVlq(origin.source - before.source) +
          encodeVlq(origin.line - before.line) +
          encodeVlq(origin.column - before.column),
      )
    Object.assign(before, origin, { generated: generatedColumn })
  }
  const newLine = (): void => {
    segments.push([])
    generatedColumn = 0
    before.generated = 0
  }
  const skip = (text: string): void => {
    let from = 0
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      newLine()
      from = at + 1
    }
    generatedColumn += text.length - from
  }
  // Character by character: a regular expression for words takes longer to make than all else here, in a first transform.
  const keep = (start: number, end: number): void => {
    for (let at = start; at < end;) {
      const kind = kindOf(source.charCodeAt(at))
      if (kind === 'line break') {
        newLine()
        at++
        continue
      }
      if (kind !== 'space') add(at)
      const from = at++
      if (kind === 'word') while (at < end && kindOf(source.charCodeAt(at)) === 'word') at++
      generatedColumn += at - from
    }
  }
  for (const piece of pieces) {
    if (typeof piece === 'string') skip(piece)
    else keep(piece.start, piece.end)
  }
  const mappings = segments.map((line) => line.join(',')).join(';')
  if (input) {
    const { sources, sourcesContent } = input
    return { version: 3, sources, ...(sourcesContent ? { sourcesContent } : {}), names: [], mappings }
  }
  return { version: 3, sources: [fileName], sourcesContent: [source], names: [], mappings }
}

/** What a character is part of. Beyond ASCII all but spaces counts as letters. */
function kindOf(code: number): 'word' | 'space' | 'line break' | 'mark' {
  if (code === 10) return 'line break'
  if (code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0xfeff) return 'space'
  const isLetter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code === 36
  return isLetter || (code >= 48 && code <= 57) || code > 127 ? 'word' : 'mark'
}

/** Line and column of an offset, both from 0. Asked for in almost increasing order, so it looks from where it was. */
export function lineColumns(source: string): (offset: number) => { line: number; column: number } {
  const starts = [0]
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) starts.push(at + 1)
  let line = 0
  return (offset) => {
    while (line > 0 && starts[line]! > offset) line--
    while (line + 1 < starts.length && starts[line + 1]! <= offset) line++
    return { line, column: offset - starts[line]! }
  }
}
