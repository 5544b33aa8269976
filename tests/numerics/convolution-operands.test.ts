import { expect, test } from 'vitest'
import { conv2d, tensor, type Tensor } from '../../src/index.ts'
import { inEveryMode, spread } from './same-bits.ts'

const shaped = (shape: readonly number[], seed: number): Tensor =>
  tensor(
    spread(
      shape.reduce((product, size) => product * size, 1),
      seed,
    ),
    { shape },
  )

test('what meets the results of a 1×1 convolution may differ by row, by column, by channel or by example', () => {
  for (const [n, height, width] of [
    [1, 5, 7],
    [2, 3, 16],
    [3, 8, 8],
  ] as const) {
    const [x, filters] = [shaped([n, 10, height, width], 1), shaped([8, 10, 1, 1], 2)]
    const plain = Array.from(conv2d(x, filters).data())
    for (const shape of [
      [width],
      [height, 1],
      [8, 1, 1],
      [n, 1, 1, 1],
      [8, 1, width],
      [n, 1, height, width],
      [n, 8, height, width],
    ]) {
      const other = shaped(shape, 3)
      const spreadOut = other.broadcastTo([n, 8, height, width]).clone().data()
      const expected = plain.map((product, i) => Math.fround(product + spreadOut[i]!))
      expect(
        inEveryMode((p, q, r) => conv2d(p!, q!).add(r!), x, filters, other),
        `${n}×8×${height}×${width} and ${shape.join('×')}`,
      ).toEqual(expected)
    }
    // Results that lie transposed.
    inEveryMode((p, q) => conv2d(p!, q!).permute([0, 1, 3, 2]).mul(2).relu(), x, filters)
  }
})
