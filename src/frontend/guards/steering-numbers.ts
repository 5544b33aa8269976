import type { Template } from '../hybridize/template.ts'
import { codeOf, parametersOf, partsOf, withoutDefault } from './parameter-names.ts'

/**
 * Which number arguments decide what a function's JavaScript does, by its text: `n === 3`, `if (n)`, `layers[n]`, `typeof n`. Of these
 * JavaScript tells nobody, so a number argument that stands in for its value would take the wrong side. What a function does with
 * its numbers in other functions is not seen; what it does with them as tensors does not matter.
 */
export class SteeringNumbers {
  readonly #fn: (...args: never[]) => unknown
  #text: { readonly code: string; readonly parameters: readonly string[] } | undefined
  readonly #known = new Map<string, string | undefined>()

  constructor(fn: (...args: never[]) => unknown) {
    this.#fn = fn
  }

  /** The code that decides by the number at a path, for instance [1, 'n']; undefined where there is none. */
  decisionBy(path: readonly (string | number)[]): string | undefined {
    const key = path.join(' ')
    if (!this.#known.has(key)) {
      const { code, parameters } = (this.#text ??= textOf(this.#fn))
      const decisions = namesOf(parameters, path, code).map((name) => decisionOn(name, code))
      this.#known.set(
        key,
        decisions.find((text) => text !== undefined),
      )
    }
    return this.#known.get(key)
  }

  /**
   * Of numbers that no op took, those that the function hands on: another function may decide by them. A name that is only in the list of
   * parameters is an argument that is not used.
   */
  areHandedOn(paths: readonly (readonly (string | number)[])[]): boolean {
    const { code, parameters } = (this.#text ??= textOf(this.#fn))
    const handedOn = paths.filter((path) => {
      const names = namesOf(parameters, path, code)
      return names.length === 0 || names.some((name) => usesOf(/^[\w$]+/.exec(name)![0], code) > 1)
    })
    for (const path of handedOn) this.#known.set(path.join(' '), 'no op takes it, but the function uses it')
    return handedOn.length > 0
  }

  /** The form of a call with such numbers as part of it. */
  inForm(template: Template, value: unknown, path: readonly (string | number)[]): Template {
    switch (template.kind) {
      case 'number':
        return this.decisionBy(path) === undefined ? template : { kind: 'static', value }
      case 'array': {
        const items = value as readonly unknown[] // the template was made from this value
        return { ...template, items: template.items.map((item, i) => this.inForm(item, items[i], [...path, i])) }
      }
      case 'object': {
        const object = value as Record<string, unknown> // as above
        const items = template.keys.map((key, i) => this.inForm(template.items[i]!, object[key], [...path, key]))
        return { ...template, items }
      }
      default:
        return template
    }
  }

  /** In words, for each number that has been looked for. */
  get descriptions(): string[] {
    return [...this.#known].flatMap(([key, text]) => {
      const [argument, ...rest] = key.split(' ')
      const subject = `argument ${argument}${rest.map((part) => `.${part}`).join('')}`
      return text === undefined ? [] : [`${subject} is part of the form, because JavaScript decides by it: ${text}`]
    })
  }
}

function textOf(fn: (...args: never[]) => unknown): { code: string; parameters: readonly string[] } {
  const code = codeOf(String(fn))
  return { code, parameters: parametersOf(code) }
}

const usesOf = (name: string, code: string): number =>
  [...code.matchAll(new RegExp(String.raw`(?<![\w$.])${escaped(name)}(?![\w$])`, 'g'))].length

/** How the code calls the value at a path. */
function namesOf(
  parameters: readonly string[],
  [position, ...rest]: readonly (string | number)[],
  code: string,
): string[] {
  const last = parameters.length - 1
  const at = Number(position)
  if (at >= last && parameters[last]?.startsWith('...'))
    return inPattern(parameters[last].slice(3), [at - last, ...rest], code)
  const parameter = withoutDefault(parameters[at] ?? '')
  return parameter === '' ? [] : inPattern(parameter, rest, code)
}

function inPattern(pattern: string, path: readonly (string | number)[], code: string): string[] {
  const [key, ...rest] = path
  if (/^[\w$]+$/.test(pattern)) {
    if (key === undefined) return [pattern]
    const access = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('')
    const taken = new RegExp(String.raw`(\{[^{}]*\}|\[[^[\]]*\])\s*=\s*${escaped(pattern)}(?![\w$.([])`, 'g')
    return [
      `${pattern}${access}`,
      ...[...code.matchAll(taken)].flatMap((match) => inPattern(match[1]!, path, '')), // const { n } = options
    ]
  }
  if (key === undefined) return []
  const parts = partsOf(pattern.slice(1, -1))
  if (pattern.startsWith('[')) return inPattern(withoutDefault(parts[Number(key)] ?? ''), rest, code)
  for (const part of parts) {
    const [name, local] = withoutDefault(part).split(/:(.*)/s)
    if (name!.trim() === key) return inPattern(withoutDefault((local ?? name!).trim()), rest, code)
  }
  return []
}

const escaped = (name: string): string => name.replaceAll(/[.[\]$]/g, String.raw`\$&`)

/** The first place in the code that decides by a name. Comparisons with null and undefined ask whether it was given, and stay right. */
function decisionOn(name: string, code: string): string | undefined {
  const n = String.raw`(?<![\w$.])${escaped(name)}(?![\w$]|\s*(?:\.|\(|\[))`
  const nothing = String.raw`(?:null|undefined|void 0)`
  const patterns = [
    String.raw`${n}\s*[!=]==?(?!=|\s*${nothing})`,
    String.raw`(?<![!=]|${nothing}\s*)[!=]==?\s*${n}`,
    String.raw`!\s*${n}`,
    String.raw`\b(?:if|while|switch|Boolean|Array|Number\.\w+|Object\.is)\s*\(\s*${n}\s*(?:[,)&|])`,
    String.raw`${n}\s*(?:&&|\|\||\?(?![.?]))`,
    String.raw`(?:&&|\|\|)\s*${n}(?!\s*[!=]=)`,
    String.raw`\btypeof\s+${n}`,
    String.raw`${n}\s+(?:instanceof|in)\b`,
    String.raw`\.(?:includes|indexOf|has|get)\(\s*${n}\s*[,)]`,
    String.raw`(?<=[\w$)\]])\[\s*${n}\s*\]`,
  ]
  for (const pattern of patterns) {
    const match = new RegExp(pattern).exec(code)
    if (match) return lineAround(code, match.index)
  }
  return undefined
}

/** Where the leaves of a form are, in their order. */
export function leafPaths(
  template: Template,
  path: readonly (string | number)[] = [],
): (readonly (string | number)[])[] {
  switch (template.kind) {
    case 'static':
    case 'bytes':
      return []
    case 'array':
      return template.items.flatMap((item, i) => leafPaths(item, [...path, i]))
    case 'object':
      return template.items.flatMap((item, i) => leafPaths(item, [...path, template.keys[i]!]))
    default:
      return [path]
  }
}

/** The line of the code at an index, or a part of a long one. */
function lineAround(code: string, index: number): string {
  const start = Math.max(code.lastIndexOf('\n', index) + 1, index - 30)
  const end = code.indexOf('\n', index)
  return code.slice(start, Math.min(end < 0 ? code.length : end, index + 40)).trim()
}
