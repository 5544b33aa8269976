import type { TypedArray } from '../base/dtype.ts'

/** From here on an array without zeroed contents is worth a view more. */
const largeBytes = 1 << 14
/** From here on C libraries map memory of its own for an array, and give it back to the system when it is freed. */
const mappedBytes = 1 << 17
/** Just under the 32 MiB from which on glibc always maps memory of its own. */
const lessonBytes = 31 << 20

let isTaught = false

/** A fresh array of the elements from `first` to `end`. */
export function freshArray(source: TypedArray, first = 0, end = source.length): TypedArray {
  const byteLength = (end - first) * source.BYTES_PER_ELEMENT
  if (byteLength < largeBytes) return source.slice(first, end)
  if (byteLength >= mappedBytes && !isTaught) teachAllocator()
  const part = source.subarray(first, end)
  // `slice` would fill the new array with zeros first.
  if (part instanceof Float32Array) return new Float32Array(part)
  if (part instanceof Int32Array) return new Int32Array(part)
  if (part instanceof Float64Array) return new Float64Array(part)
  return new Uint8Array(part)
}

/**
 * Fresh pages cost ten times as much as the copy that goes there. glibc maps pages of its own for large arrays and gives pages at the end
 * of the heap back, until it has seen a mapped block freed: then blocks up to that size come from the heap, which keeps twice as much. So
 * one untouched block is left to the garbage collector. Other allocators lose nothing by it.
 */
function teachAllocator(): void {
  isTaught = true
  try {
    void new ArrayBuffer(lessonBytes)
  } catch {
    // No address space to spare: arrays are as slow as before.
  }
}
