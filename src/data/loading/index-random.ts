/**
 * Random numbers of one epoch of a loader: Threefry-2x32-20, the generator of the tensors (docs/assumptions.md), with the seed as its key and the epoch as
 * the high word of its counter. It has no state: number i is the same whoever asks, and the process's generator is left alone.
 */
export class IndexRandom {
  readonly #low: number
  readonly #high: number
  readonly #epoch: number

  constructor(seed: number, epoch: number) {
    this.#low = seed | 0
    this.#high = Math.floor(seed / 2 ** 32) | 0
    this.#epoch = epoch | 0
  }

  /** Number `i` of the epoch, in [0, 1), with 53 random bits. */
  uniform(i: number): number {
    const [k0, k1] = [this.#low, this.#high]
    const k2 = k0 ^ k1 ^ 0x1bd11bda
    let x0 = (i + k0) | 0
    let x1 = (this.#epoch + k1) | 0
    // Rounds come in fours; between them the key is added, rotated by one word each time.
    for (let four = 1; four <= 5; four++) {
      const isEven = (four & 1) === 0
      x0 = (x0 + x1) | 0
      x1 = (isEven ? (x1 << 17) | (x1 >>> 15) : (x1 << 13) | (x1 >>> 19)) ^ x0
      x0 = (x0 + x1) | 0
      x1 = (isEven ? (x1 << 29) | (x1 >>> 3) : (x1 << 15) | (x1 >>> 17)) ^ x0
      x0 = (x0 + x1) | 0
      x1 = (isEven ? (x1 << 16) | (x1 >>> 16) : (x1 << 26) | (x1 >>> 6)) ^ x0
      x0 = (x0 + x1) | 0
      x1 = (isEven ? (x1 << 24) | (x1 >>> 8) : (x1 << 6) | (x1 >>> 26)) ^ x0
      const rotation = four % 3
      x0 = (x0 + (rotation === 0 ? k0 : rotation === 1 ? k1 : k2)) | 0
      x1 = (x1 + (rotation === 0 ? k1 : rotation === 1 ? k2 : k0) + four) | 0
    }
    return ((x0 >>> 5) * 2 ** 26 + (x1 >>> 6)) * 2 ** -53
  }

  /** 0 … count − 1 in random order. In epoch 0 it is that of `randperm(count)` after `manualSeed(seed)`. */
  permutation(count: number): Int32Array {
    const order = Int32Array.from({ length: count }, (_, i) => i)
    for (let i = count - 1; i > 0; i--) {
      const j = Math.floor(this.uniform(i) * (i + 1))
      const moved = order[i]!
      order[i] = order[j]!
      order[j] = moved
    }
    return order
  }
}

export const isSeed = (seed: unknown): seed is number => Number.isSafeInteger(seed) && (seed as number) >= 0

/** Where nobody asked for an order that comes again. */
export const anySeed = (): number => Math.floor(Math.random() * 2 ** 32)
