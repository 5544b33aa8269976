import { isFloat, type TypedArray } from '../../base/dtype.ts'
import { Digest } from '../../ir/digest.ts'
import { typeText } from '../../ir/text.ts'
import { isPlainObject } from '../hybridize/template.ts'
import { Tensor } from '../tensor.ts'

/** Equal for values with the same structure and the same bits; one NaN is like another. */
export function bitsDigest(value: unknown): string {
  const digest = new Digest()
  add(digest, value)
  return digest.finish()
}

function add(digest: Digest, value: unknown): void {
  if (value instanceof Tensor) {
    digest.text(typeText(value.type))
    digest.bytes(bytesOf(value.copyElements(), isFloat(value.dtype)))
  } else if (Array.isArray(value)) {
    digest.text(`[${value.length}]`)
    for (const part of value) add(digest, part)
  } else if (isPlainObject(value)) {
    digest.text(`{${Object.keys(value).join()}}`)
    for (const part of Object.values(value)) add(digest, part)
  } else digest.text(Object.is(value, -0) ? '-0' : `${typeof value} ${String(value)}`)
}

function bytesOf(elements: TypedArray, isFloating: boolean): Uint8Array {
  if (isFloating) for (let i = 0; i < elements.length; i++) if (Number.isNaN(elements[i])) elements[i] = NaN // one payload
  return new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength)
}
