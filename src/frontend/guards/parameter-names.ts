/** JavaScript text without comments, and with strings emptied, so that what is in them is not taken for code. */
export const codeOf = (source: string): string =>
  source.replace(/\/\*[^]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, (match) =>
    match.startsWith('/') ? ' ' : `''`,
  )

/**
 * The parameters of a function by its code: a name, or a pattern such as `{ n, k: m = 1 }`. Nothing where the code is no plain
 * function, for instance that of a bound one.
 */
export function parametersOf(code: string): readonly string[] {
  const single = /^\s*(?:async\s+)?([\w$]+)\s*=>/.exec(code)
  if (single) return [single[1]!]
  const start = code.indexOf('(')
  if (start < 0 || code.includes('[native code]')) return []
  return partsOf(code.slice(start + 1, closing(code, start)))
}

/** Where the bracket opened at `start` closes. */
function closing(code: string, start: number): number {
  let depth = 0
  for (let i = start; i < code.length; i++) {
    if ('([{'.includes(code[i]!)) depth++
    else if (')]}'.includes(code[i]!) && --depth === 0) return i
  }
  return code.length
}

/** A list at its outermost commas, without defaults. */
export function partsOf(list: string): string[] {
  const parts: string[] = []
  let [depth, start] = [0, 0]
  for (let i = 0; i <= list.length; i++) {
    const char = list[i] ?? ','
    if ('([{'.includes(char)) depth++
    else if (')]}'.includes(char)) depth--
    else if (char === ',' && depth === 0) {
      parts.push(list.slice(start, i).trim())
      start = i + 1
    }
  }
  if (parts.at(-1) === '') parts.pop()
  return parts
}

/** The text before an outermost `=`. */
export function withoutDefault(parameter: string): string {
  let depth = 0
  for (let i = 0; i < parameter.length; i++) {
    if ('([{'.includes(parameter[i]!)) depth++
    else if (')]}'.includes(parameter[i]!)) depth--
    else if (parameter[i] === '=' && depth === 0) return parameter.slice(0, i).trim()
  }
  return parameter
}
