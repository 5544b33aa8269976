const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const valueOf = new Map(Array.from(digits, (digit, value) => [digit, value]))

/** A number of a source map: its sign in the lowest bit, five bits a digit. */
export function encodeVlq(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1
  let text = ''
  do {
    const low = rest & 31
    rest >>>= 5
    text += digits[rest > 0 ? low | 32 : low]
  } while (rest > 0)
  return text
}

/** All numbers of one segment. */
export function decodeVlq(text: string): number[] {
  const values: number[] = []
  let [value, shift] = [0, 0]
  for (const digit of text) {
    const bits = valueOf.get(digit) ?? 0
    value |= (bits & 31) << shift
    if (bits & 32) shift += 5
    else {
      values.push(value & 1 ? -(value >>> 1) : value >>> 1)
      value = 0
      shift = 0
    }
  }
  return values
}
