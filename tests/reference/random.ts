import type { Dtype, TypedArray } from '../../src/base/dtype.ts'

/** Threefry-2x32, 20 rounds, on BigInt words (Salmon et al., SC 2011). */
export function threefryBlock(key: readonly [bigint, bigint], counter: bigint): [number, number] {
  const mask = 0xffffffffn
  const keys = [key[0], key[1], key[0] ^ key[1] ^ 0x1bd11bdan]
  const rotations = [13n, 15n, 26n, 6n, 17n, 29n, 16n, 24n]
  let x = ((counter & mask) + keys[0]!) & mask
  let y = ((counter >> 32n) + keys[1]!) & mask
  for (let round = 0; round < 20; round++) {
    const by = rotations[round % 8]!
    x = (x + y) & mask
    y = (((y << by) | (y >> (32n - by))) & mask) ^ x
    if (round % 4 === 3) {
      const injection = (round + 1) / 4
      x = (x + keys[injection % 3]!) & mask
      y = (y + keys[(injection + 1) % 3]! + BigInt(injection)) & mask
    }
  }
  return [Number(x), Number(y)]
}

/** Blocks for counter + i; the state is two key words and the counter, low word first. */
function blockOf(state: TypedArray, i: number): [number, number] {
  const [key0, key1, low, high] = Array.from(state, (word) => BigInt(word >>> 0)) as [bigint, bigint, bigint, bigint] // four words
  return threefryBlock([key0, key1], BigInt.asUintN(64, (high << 32n) + low + BigInt(i)))
}

const uniform53 = ([a, b]: readonly [number, number]): number => ((a >>> 5) * 2 ** 26 + (b >>> 6)) * 2 ** -53
const uniform24 = (word: number): number => (word >>> 8) * 2 ** -24

export function randomElements(
  result: TypedArray,
  state: TypedArray,
  distribution: 'uniform' | 'normal' | 'bits',
  dtype: Dtype,
): TypedArray {
  for (let i = 0; i < result.length; i++) {
    const block = blockOf(state, i)
    if (distribution === 'bits') result[i] = block[0] | 0
    else if (distribution === 'uniform') result[i] = dtype === 'float32' ? uniform24(block[0]) : uniform53(block)
    else {
      const [u, v] = block.map((word) => (dtype === 'float32' ? uniform24(word) : word * 2 ** -32)) as [number, number] // two words
      result[i] = Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v)
    }
  }
  return result
}

/** Fisher–Yates from the last position down. */
export function randomOrder(result: TypedArray, state: TypedArray): TypedArray {
  for (let i = 0; i < result.length; i++) result[i] = i
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(uniform53(blockOf(state, i)) * (i + 1))
    const [a, b] = [result[i]!, result[j]!]
    result[i] = b
    result[j] = a
  }
  return result
}
