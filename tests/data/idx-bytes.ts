/** Writes IDX files by the published layout, without the code under test. */
const itemWriters = {
  0x08: { bytes: 1, write: (view: DataView, at: number, value: number) => view.setUint8(at, value) },
  0x0b: { bytes: 2, write: (view: DataView, at: number, value: number) => view.setInt16(at, value) },
  0x0c: { bytes: 4, write: (view: DataView, at: number, value: number) => view.setInt32(at, value) },
  0x0d: { bytes: 4, write: (view: DataView, at: number, value: number) => view.setFloat32(at, value) },
  0x0e: { bytes: 8, write: (view: DataView, at: number, value: number) => view.setFloat64(at, value) },
} as const

/** An IDX file; `shape` is written as given, whether or not `values` fill it. */
export function idxBytes(
  typeCode: keyof typeof itemWriters,
  shape: readonly number[],
  values: readonly number[],
): Uint8Array {
  const { bytes, write } = itemWriters[typeCode]
  const headerBytes = 4 + 4 * shape.length
  const file = new Uint8Array(headerBytes + bytes * values.length)
  const view = new DataView(file.buffer)
  view.setUint8(2, typeCode)
  view.setUint8(3, shape.length)
  shape.forEach((size, axis) => view.setUint32(4 + 4 * axis, size))
  values.forEach((value, i) => write(view, headerBytes + bytes * i, value))
  return file
}
