/** Eager kernels find operands where earlier ops left them; whatever came between, they must be the right ones. */
import { expect, test } from 'vitest'
import { matmul, tensor, variable, type Tensor } from '../../src/index.ts'
import { deviceArena } from '../../src/runtime/arena.ts'

/** The same numbers at every run. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

interface Known {
  readonly tensor: Tensor
  readonly elements: Float32Array
}

const isSame = ({ tensor: made, elements }: Known): boolean =>
  Buffer.from(made.data().buffer).equals(Buffer.from(elements.buffer))

for (const sizes of [
  [1, 3, 4],
  [5, 1000, 20_000],
  [300, 20_000, 150_000],
]) {
  test(`chains of ops over ${sizes.join(', ')} elements compute what plain loops do`, () => {
    const next = numbersFrom(sizes[1]!)
    const pools = sizes.map((n): Known[] =>
      [1, 2, 3].map((step) => {
        const elements = Float32Array.from({ length: n }, (_, i) => (i * step) % 53)
        return { tensor: tensor(elements), elements }
      }),
    )
    for (let op = 0; op < 150; op++) {
      const pool = pools[next(sizes.length)]!
      const [a, b] = [pool[next(pool.length)]!, pool[next(pool.length)]!]
      const isSum = next(2) === 0
      const made: Known = {
        tensor: isSum ? a.tensor.add(b.tensor) : a.tensor.sub(b.tensor).mul(0.5),
        elements: a.elements.map((x, i) => (isSum ? x + b.elements[i]! : Math.fround(x - b.elements[i]!) * 0.5)),
      }
      pool.push(made)
      if (pool.length > 8) pool.splice(next(pool.length), 1)
      if (op === 100) deviceArena().release(deviceArena().allocate(deviceArena().memory.buffer.byteLength))
      if (op === 120) deviceArena().share()
      const shown = pool[next(pool.length)]!
      if (op % 10 === 0) expect(isSame(shown)).toBe(true)
    }
    for (const pool of pools) for (const each of pool) expect(isSame(each)).toBe(true)
  })
}

test('views of a tensor that is in the workspace read their own part of it', () => {
  const x = tensor(Float32Array.from({ length: 600 }, (_, i) => i)).reshape([20, 30])
  const sum = x.add(1)
  for (let row = 0; row < 20; row++) expect(sum.slice([row]).mul(2).data()[7]).toBe(2 * (row * 30 + 8))
  expect(sum.transpose().mul(2).slice([29]).data()[19]).toBe(2 * 600)
  expect(matmul(sum, sum.transpose()).slice([0]).data()[0]).toBe(9455)
  expect(x.mul(x).slice([19]).data()[29]).toBe(599 * 599)
})

test('a variable made from a tensor that is in the workspace shows what is assigned to it', () => {
  const x = tensor([1, 2, 3])
  const doubled = x.mul(2)
  const state = variable(doubled)
  expect(state.add(x).toArray()).toEqual([3, 6, 9])
  state.assign(state.add(x))
  expect(state.add(x).toArray()).toEqual([4, 8, 12])
  expect(doubled.add(x).toArray()).toEqual([3, 6, 9])
})
