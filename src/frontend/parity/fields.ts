import type { FieldWrite } from '../guards/field-watch.ts'
import { bitsDigest } from './bits-digest.ts'
import { otherDifference, type Difference } from './difference.ts'

/** A field of an object, and what it held; undefined where there was no such field. */
interface KnownField {
  readonly object: Record<string, unknown>
  readonly key: string
  readonly before: { readonly value: unknown } | undefined
}

/** What the fields that a compiled call writes hold now. */
export const fieldsOf = (writes: readonly FieldWrite[]): KnownField[] =>
  writes.map(({ object, key }) => ({
    object,
    key,
    before: Object.hasOwn(object, key) ? { value: object[key] } : undefined,
  }))

export function restoreFields(fields: readonly KnownField[]): void {
  for (const { object, key, before } of fields) {
    if (before) object[key] = before.value
    else Reflect.deleteProperty(object, key)
  }
}

/** The first field to which an eager call gives another value than the compiled one. */
export function fieldDifference(compiled: readonly FieldWrite[], eager: readonly FieldWrite[]): Difference | undefined {
  const find = (writes: readonly FieldWrite[], { object, key }: FieldWrite): FieldWrite | undefined =>
    writes.find((each) => each.object === object && each.key === key)
  for (const write of [...compiled, ...eager]) {
    const [a, b] = [find(eager, write), find(compiled, write)]
    const text = (field: FieldWrite | undefined): string => (field ? `becomes ${String(field.value)}` : 'stays')
    if (!a || !b || !isSame(a.value, b.value)) return otherDifference(write.path, text(a), text(b))
  }
  return undefined
}

const isSame = (a: unknown, b: unknown): boolean => Object.is(a, b) || bitsDigest(a) === bitsDigest(b)
