import { isPlainObject } from '../hybridize/template.ts'

/** A leaf of a state or result: a tensor, a number, or anything that is no plain array or object. */
export interface Leaf {
  /** As a user would write it after the name of the whole: `.h[0]`. */
  readonly path: string
  readonly value: unknown
}

/** What arrays and plain objects hold, in order, and how to put others in their places. */
export interface Structure {
  readonly leaves: readonly Leaf[]
  /** The form in words; equal for equal forms, whatever the order of keys. */
  readonly form: string
  rebuild(leaves: readonly unknown[]): unknown
}

export function structureOf(value: unknown): Structure {
  const leaves: Leaf[] = []
  const form = visit(value, '', leaves)
  return {
    leaves,
    form,
    rebuild: (replaced) => {
      let next = 0
      const build = (part: unknown): unknown => {
        if (Array.isArray(part)) return part.map(build)
        if (!isPlainObject(part)) return replaced[next++]
        const built = new Map(sortedKeys(part).map((key) => [key, build(part[key])]))
        return Object.fromEntries(Object.keys(part).map((key) => [key, built.get(key)]))
      }
      return build(value)
    },
  }
}

const sortedKeys = (object: object): string[] => Object.keys(object).sort()

function visit(value: unknown, path: string, leaves: Leaf[]): string {
  if (Array.isArray(value)) {
    const parts = value.map((item, i) => visit(item, `${path}[${i}]`, leaves))
    return `[${parts.join(', ')}]`
  }
  if (isPlainObject(value)) {
    const parts = sortedKeys(value).map((key) => `${key}: ${visit(value[key], `${path}.${key}`, leaves)}`)
    return `{ ${parts.join(', ')} }`
  }
  leaves.push({ path, value })
  return '…'
}
