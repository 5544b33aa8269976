import { Tensor } from 'gryph'

/** Where two results differ, as paths into them. Numbers are compared bit by bit, one NaN being like another; `times` are left out. */
export function differences(a: unknown, b: unknown, path = ''): string[] {
  if (a instanceof Tensor && b instanceof Tensor)
    return a.shape.join() === b.shape.join() && a.dtype === b.dtype ? differences(a.data(), b.data(), path) : [path]
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) return differences(elementsOf(a), elementsOf(b), path)
  if (!isObject(a) || !isObject(b)) return Object.is(a, b) ? [] : [path]
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => key !== 'times')
  return keys.flatMap((key) => differences(a[key], b[key], path === '' ? key : `${path}.${key}`))
}

const elementsOf = (view: ArrayBufferView): number[] => Array.from(view as unknown as ArrayLike<number>) // no DataView is compared

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
