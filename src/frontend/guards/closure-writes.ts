import { codeOf } from './parameter-names.ts'
import type { FrozenValue } from './frozen-value.ts'

const name = String.raw`[A-Za-z_$][\w$]*`
/** `count++`, `count += 1`, `last = x`, `--count`; not of a property, no default, no arrow, and not `made ??= …`, which is done once. */
const writes = new RegExp(
  String.raw`(?<![\w$.#]|\b(?:let|const|var)\s+)(${name})\s*(?:\+\+|--|(?:\*\*|<<|>>>?|&&|[-+*/%&|^])?=(?![=>]))|(?:\+\+|--)\s*(${name})(?![\w$]|\s*[.[(])`,
  'g',
)

/** Variables of the enclosing scope that a function changes, by its text: compiled calls do not. */
export function closureWrites(fn: (...args: never[]) => unknown): FrozenValue[] {
  const code = codeOf(String(fn))
  const found = new Map<string, FrozenValue>()
  for (const match of code.matchAll(writes)) {
    const written = (match[1] ?? match[2])!
    if (found.has(written) || isDeclared(written, code)) continue
    const remedy =
      'Compiled calls do not change it. Make it a tensor variable and assign to it, or return its new value'
    found.set(written, {
      kind: 'closure',
      value: `${written}, changed by ${match[0].trim()}`,
      source: undefined,
      remedy,
    })
  }
  return [...found.values()]
}

/** Whether the text declares a name anywhere: rather one too many than a warning without reason. */
function isDeclared(written: string, code: string): boolean {
  const own = String.raw`(?<![\w$.])${written.replaceAll('$', String.raw`\$`)}(?![\w$])`
  const patterns = [
    String.raw`\b(?:let|const|var)\s*(?:\{[^}]*?|\[[^\]]*?|[^;\n]*?)${own}`,
    String.raw`\b(?:function|catch)\b[^;\n]*?${own}`,
    String.raw`\bclass\b[^]*?${own}`, // a field, perhaps
    String.raw`\([^()]*${own}[^()]*\)\s*(?:=>|\{)`, // a parameter
    String.raw`[({,][^(){}]*${own}[^(){}]*[^(){}]*[)}]\s*\)?\s*(?:=>|\{)`, // in a pattern among parameters
    String.raw`${own}\s*=>`,
  ]
  return patterns.some((pattern) => new RegExp(pattern).test(code))
}
