/**
 * Undoes the filters of PNG rows (section 9 of the standard): each row of `filtered` has a byte for its filter, and then differences to the bytes of the pixel to the
 * left (a), above (b), and left above (c). Returns the number of a row with an unknown filter, if any.
 */
export function unfilter(
  filtered: Uint8Array,
  pixels: Uint8Array,
  height: number,
  rowBytes: number,
  channels: number,
): number | undefined {
  const width = rowBytes - 1
  for (let row = 0; row < height; row++) {
    const source = row * rowBytes + 1
    const target = row * width
    const filter = filtered[source - 1]!
    if (filter > 4) return row
    for (let i = 0; i < width; i++) {
      const a = i >= channels ? pixels[target + i - channels]! : 0
      const b = row > 0 ? pixels[target + i - width]! : 0
      const c = i >= channels && row > 0 ? pixels[target + i - width - channels]! : 0
      pixels[target + i] = filtered[source + i]! + predicted(filter, a, b, c)
    }
  }
  return undefined
}

function predicted(filter: number, a: number, b: number, c: number): number {
  switch (filter) {
    case 0:
      return 0
    case 1:
      return a
    case 2:
      return b
    case 3:
      return (a + b) >> 1
    default:
      return paeth(a, b, c)
  }
}

/** The one of left, above and left above that is nearest to left + above − left above. */
function paeth(a: number, b: number, c: number): number {
  const [toA, toB, toC] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)]
  return toA <= toB && toA <= toC ? a : toB <= toC ? b : c
}
