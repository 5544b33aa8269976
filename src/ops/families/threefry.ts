import type { ScalarBuilder, ScalarValue } from '../scalar-builder.ts'

/**
 * Threefry-2x32 with 20 rounds: 64 random bits from a 64-bit key and a 64-bit counter.
 * Salmon, Moraes, Dror, Shaw: Parallel Random Numbers: As Easy as 1, 2, 3 (SC 2011), section 4.
 */
export type Words = readonly [low: ScalarValue, high: ScalarValue]

const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const
/** Skein's key-schedule constant for 32-bit words. */
const parity = 0x1bd11bda

export function threefry(k: ScalarBuilder, key: Words, counter: Words): Words {
  const i32 = (value: number): ScalarValue => k.constant(value, 'int32')
  const schedule = [key[0], key[1], k.op('xor', k.op('xor', key[0], key[1]), i32(parity))] as const
  let x0 = k.op('add', counter[0], schedule[0])
  let x1 = k.op('add', counter[1], schedule[1])
  for (let round = 0; round < 20; round++) {
    const bits = rotations[round % 8]!
    x0 = k.op('add', x0, x1)
    x1 = k.op('xor', k.op('or', k.op('shl', x1, i32(bits)), k.op('shrU', x1, i32(32 - bits))), x0)
    if (round % 4 === 3) {
      const injection = (round + 1) / 4
      x0 = k.op('add', x0, schedule[injection % 3]!)
      x1 = k.op('add', x1, k.op('add', schedule[(injection + 1) % 3]!, i32(injection)))
    }
  }
  return [x0, x1]
}

/** counter + offset, the offset taken as 0 … 2³²−1. */
export function advanceCounter(k: ScalarBuilder, counter: Words, offset: ScalarValue): Words {
  const low = k.op('add', counter[0], offset)
  const carry = k.cast(k.op('ltU', low, offset), 'bool', 'int32')
  return [low, k.op('add', counter[1], carry)]
}

/** ((w0 ≫ 5)·2²⁶ + (w1 ≫ 6))·2⁻⁵³: 53 bits in [0, 1). */
export function uniform53(k: ScalarBuilder, [w0, w1]: Words): ScalarValue {
  const f64 = (value: number): ScalarValue => k.constant(value, 'float64')
  const top = (word: ScalarValue, drop: number): ScalarValue =>
    k.cast(k.op('shrU', word, k.constant(drop, 'int32')), 'int32', 'float64')
  return k.op('mul', k.op('add', k.op('mul', top(w0, 5), f64(2 ** 26)), top(w1, 6)), f64(2 ** -53))
}
