/** A part of the output: text of the source, by offsets, or text that is new. New text has no line breaks but those it stands for. */
export type Piece = string | { readonly start: number; readonly end: number }

/** The line breaks of a part of the source that is left out, so that lines stay. */
export function lineBreaks(source: string, start: number, end: number): string {
  let count = 0
  for (let at = source.indexOf('\n', start); at >= 0 && at < end; at = source.indexOf('\n', at + 1)) count++
  return '\n'.repeat(count)
}

/** Joins neighbouring parts of the source, so that there are few pieces. */
export function joined(pieces: readonly Piece[]): Piece[] {
  const result: Piece[] = []
  for (const piece of pieces) {
    const last = result.at(-1)
    if (typeof piece === 'string') {
      if (piece !== '') result.push(piece)
    } else if (last !== undefined && typeof last !== 'string' && last.end === piece.start) {
      result[result.length - 1] = { start: last.start, end: piece.end }
    } else if (piece.end > piece.start) result.push(piece)
  }
  return result
}

export const textOf = (source: string, pieces: readonly Piece[]): string =>
  pieces.map((piece) => (typeof piece === 'string' ? piece : source.slice(piece.start, piece.end))).join('')
