import { expect, test } from 'vitest'
import { freshArray } from '../../src/runtime/fresh-array.ts'

test('a fresh array of any size and type has the elements, and a buffer of its own', () => {
  for (const ArrayType of [Float32Array, Float64Array, Int32Array, Uint8Array]) {
    for (const length of [0, 1, 5, 5000, 300_000]) {
      const source = new ArrayType(length + 7).map((_, i) => i % 251)
      const whole = freshArray(source)
      const part = freshArray(source, 3, length + 3)
      expect(whole).toBeInstanceOf(ArrayType)
      expect(Buffer.from(whole.buffer).equals(Buffer.from(source.buffer))).toBe(true)
      expect(part).toBeInstanceOf(ArrayType)
      expect(part.length).toBe(length)
      expect(part.byteLength).toBe(part.buffer.byteLength)
      source.fill(0)
      expect(part.at(-1) ?? 0).toBe(length === 0 ? 0 : (length + 2) % 251)
    }
  }
})

test('elements of shared memory become an array that is not shared', () => {
  const source = new Float32Array(new SharedArrayBuffer(400_000)).fill(3)
  expect(freshArray(source).buffer).toBeInstanceOf(ArrayBuffer)
  expect(freshArray(source, 0, 50_000).every((value) => value === 3)).toBe(true)
})
