import { expect } from 'vitest'
import { hybridize, type Tensor } from '../../src/index.ts'

/** The elements that eager and compiled calls of `fn` give, which must be one and the same. */
export function inEveryMode(fn: (...args: Tensor[]) => Tensor, ...args: Tensor[]): number[] {
  const eager = Array.from(fn(...args).data())
  for (const target of ['wasm', 'js'] as const) {
    const fast = hybridize(fn, { target })
    for (let call = 0; call < 3; call++)
      expect(Array.from(fast(...args).data()), `${target}, call ${call + 1}`).toEqual(eager)
    expect(fast.stats.compiledCalls).toBe(2)
  }
  return eager
}

/** Numbers of many magnitudes, the same on every run. */
export const spread = (count: number, seed = 1): number[] =>
  Array.from({ length: count }, (_, i) => Math.fround(Math.sin(i * 12.9898 + seed) * 10 ** (((i * 7 + seed) % 9) - 4)))
