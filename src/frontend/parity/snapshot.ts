import type { TypedArray } from '../../base/dtype.ts'
import type { TensorType } from '../../base/shape.ts'
import { typeText } from '../../ir/text.ts'
import { isPlainObject } from '../hybridize/template.ts'
import { Tensor } from '../tensor.ts'

/** What a call returned, as it was then. */
export type Snapshot =
  | {
      readonly kind: 'tensor'
      readonly tensor: Tensor
      readonly type: TensorType
      /** Undefined for a view of what has been replaced since. */
      readonly elements: TypedArray | undefined
      /** Of the argument that it is. */
      readonly position: number | undefined
    }
  | { readonly kind: 'array'; readonly items: readonly Snapshot[] }
  | { readonly kind: 'object'; readonly keys: readonly string[]; readonly items: readonly Snapshot[] }
  | { readonly kind: 'value'; readonly value: unknown }

/** @param positions those of arguments, by what stood for them in the call */
export function snapshotOf(value: unknown, positions: ReadonlyMap<unknown, number>): Snapshot {
  if (value instanceof Tensor) {
    const isStale = value.shownVersion >= 0 && value.shownVersion !== value.storage.version
    return {
      kind: 'tensor',
      tensor: value,
      type: value.type,
      elements: isStale ? undefined : value.copyElements(),
      position: positions.get(value),
    }
  }
  if (Array.isArray(value)) return { kind: 'array', items: value.map((item) => snapshotOf(item, positions)) }
  if (!isPlainObject(value)) return { kind: 'value', value }
  const keys = Object.keys(value)
  return { kind: 'object', keys, items: keys.map((key) => snapshotOf(value[key], positions)) }
}

export function snapshotText(snapshot: Snapshot): string {
  switch (snapshot.kind) {
    case 'tensor': {
      const { tensor, type, elements, position } = snapshot
      if (position !== undefined) return `argument ${position}`
      if (!elements) return `a stale view (${typeText(type)})`
      return tensor.isVariable ? `a variable (${typeText(type)})` : `a tensor (${typeText(type)})`
    }
    case 'array':
      return `an array of ${snapshot.items.length}`
    case 'object':
      return `an object with ${snapshot.keys.join(', ') || 'no keys'}`
    case 'value':
      return typeof snapshot.value === 'string' ? JSON.stringify(snapshot.value) : String(snapshot.value)
  }
}
