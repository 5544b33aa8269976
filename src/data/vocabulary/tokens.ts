export type TokenKind = 'character' | 'word'

/** Letters and digits with what joins them; every other sign that is no space, alone. */
// One character above Latin-1 in the code would make an engine keep the whole file in two bytes each.
const words = /[\p{L}\p{M}\p{N}_]+(?:['\u2019-][\p{L}\p{M}\p{N}_]+)*|\S/gu

/** The tokens of a text: its characters (code points), or its words and punctuation marks. */
export function tokensOf(text: string, kind: TokenKind, lowercase: boolean): string[] {
  const given = lowercase ? text.toLowerCase() : text
  return kind === 'character' ? Array.from(given) : (given.match(words) ?? [])
}

export const joinTokens = (tokens: readonly string[], kind: TokenKind): string =>
  tokens.join(kind === 'character' ? '' : ' ')
