/**
 * Uniform in [−1, 1) by hashing the position: the same numbers in JavaScript and in torch_peer.py, exact in float32.
 *
 * @param {number} seed tells the tensors of a workload apart
 * @param {number} count
 * @param {number} scale
 */
export function uniform(seed, count, scale = 1) {
  const values = new Float32Array(count)
  for (let i = 0; i < count; i++) values[i] = scale * (hash(i, seed) / 2 ** 23 - 1)
  return values
}

/** Class numbers 0 … classes − 1. */
export const labels = (seed, count, classes) => Int32Array.from({ length: count }, (_, i) => hash(i, seed) % classes)

/** A weight with the usual ±1/√fanIn; its fan-in is the first axis. */
export const weight = (seed, shape) => uniform(seed, size(shape), 1 / Math.sqrt(shape[0]))

export const size = (shape) => shape.reduce((product, n) => product * n, 1)

/** 24 bits. The finalizer of MurmurHash3 over position and seed. */
function hash(i, seed) {
  let h = Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca77)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 8
}
