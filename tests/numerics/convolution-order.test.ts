import { expect, test } from 'vitest'
import { exactFma } from '../kernel/exact-arithmetic.ts'
import { configure, conv2d, grad, tensor, type Tensor } from '../../src/index.ts'
import { fmaRule } from '../../src/runtime/engine.ts'
import { inEveryMode, spread } from './same-bits.ts'

// The rule belongs to the whole process; every test file has one of its own.
configure({ relaxedSimd: 'enable' })

type Four = readonly [number, number, number, number]
const sizes: readonly (readonly [x: Four, w: Four, stride: number])[] = [
  [[2, 3, 7, 9], [4, 3, 3, 3], 1],
  [[3, 2, 12, 17], [6, 2, 5, 5], 1],
  [[2, 3, 9, 11], [5, 3, 3, 2], 2],
  [[4, 5, 6, 6], [3, 5, 1, 1], 3],
  [[12, 8, 5, 5], [16, 8, 5, 5], 1],
]
const multiplyAdd = (a: number, b: number, sum: number): number => exactFma(a, b, sum, 'f32')

/** One accumulator over the terms in turn. */
function sumOf(terms: Iterable<readonly [a: number, b: number]>): number {
  let sum = 0
  for (const [a, b] of terms) sum = multiplyAdd(a, b, sum)
  return sum
}
const at = (elements: readonly number[], [, b, c, d]: Four, i: number, j: number, k: number, l: number): number =>
  elements[((i * b + j) * c + k) * d + l]!
const elementsFor = ([a, b, c, d]: Four, element: (i: number, j: number, k: number, l: number) => number): number[] =>
  Array.from({ length: a * b * c * d }, (_, n) =>
    element(Math.floor(n / (b * c * d)), Math.floor(n / (c * d)) % b, Math.floor(n / d) % c, n % d),
  )

test('filters of single planes: the products of every fourth column are added apart for their gradient', () => {
  const [x, dy]: [Four, Four] = [
    [2, 3, 9, 11],
    [2, 6, 7, 9],
  ]
  const [images, filters, cotangent] = [x, [6, 1, 3, 3] as const, dy].map((shape, i) =>
    spread(shape[0] * shape[1] * shape[2] * shape[3], i),
  )
  const expected = elementsFor([6, 1, 3, 3], (o, _, i, j) => {
    const lanes = [0, 0, 0, 0]
    for (let n = 0; n < x[0]; n++)
      for (let y = 0; y < dy[2]; y++)
        for (let z = 0; z < dy[3]; z++) {
          const image = at(images!, x, n, Math.floor(o / 2), y + i, z + j)
          lanes[z % 4] = multiplyAdd(image, at(cotangent!, dy, n, o, y, z), lanes[z % 4]!)
        }
    return Math.fround(Math.fround(lanes[0]! + lanes[2]!) + Math.fround(lanes[1]! + lanes[3]!))
  })
  const tensors = [images, filters, cotangent].map((elements, i) =>
    tensor(elements!, { shape: [x, [6, 1, 3, 3], dy][i]! }),
  )
  const ofFilters = (a?: Tensor, b?: Tensor, c?: Tensor): Tensor =>
    grad((p: Tensor) => conv2d(a!, p, null, { groups: 3 }).mul(c!).sum())(b!)
  expect(inEveryMode(ofFilters, ...tensors)).toEqual(expected)
})

test.each(sizes)(
  'images %j under filters %j, stride %i: sums and gradients are added in the written order',
  (x, w, stride) => {
    expect(fmaRule()).toBe('fused')
    const result: Four = [x[0], w[0], Math.floor((x[2] - w[2]) / stride) + 1, Math.floor((x[3] - w[3]) / stride) + 1]
    const [images, filters, cotangent] = [x, w, result].map((shape, i) =>
      spread(shape[0] * shape[1] * shape[2] * shape[3], i),
    )
    const tensors = [images, filters, cotangent].map((elements, i) => tensor(elements!, { shape: [x, w, result][i]! }))

    const sums = elementsFor(result, (n, o, y, z) => {
      function* terms(): Iterable<[number, number]> {
        for (let c = 0; c < w[1]; c++)
          for (let i = 0; i < w[2]; i++)
            for (let j = 0; j < w[3]; j++)
              yield [at(images!, x, n, c, y * stride + i, z * stride + j), at(filters!, w, o, c, i, j)]
      }
      return sumOf(terms())
    })
    expect(inEveryMode((a, b) => conv2d(a!, b!, null, { stride }), tensors[0]!, tensors[1]!)).toEqual(sums)

    const weightGradient = elementsFor(w, (o, c, i, j) => {
      function* terms(): Iterable<[number, number]> {
        for (let n = 0; n < x[0]; n++)
          for (let y = 0; y < result[2]; y++)
            for (let z = 0; z < result[3]; z++)
              yield [at(images!, x, n, c, y * stride + i, z * stride + j), at(cotangent!, result, n, o, y, z)]
      }
      return sumOf(terms())
    })
    const pulled = (a: Tensor, b: Tensor, dy: Tensor): Tensor => conv2d(a, b, null, { stride }).mul(dy).sum()
    const ofFilters = (a?: Tensor, b?: Tensor, dy?: Tensor): Tensor => grad((p: Tensor) => pulled(a!, p, dy!))(b!)
    expect(inEveryMode(ofFilters, ...tensors)).toEqual(weightGradient)

    const imageGradient = elementsFor(x, (n, c, row, column) => {
      function* terms(): Iterable<[number, number]> {
        for (let o = 0; o < w[0]; o++)
          for (let i = w[2] - 1; i >= 0; i--)
            for (let j = w[3] - 1; j >= 0; j--) {
              const [y, z] = [(row - i) / stride, (column - j) / stride]
              if (Number.isInteger(y) && Number.isInteger(z) && y >= 0 && z >= 0 && y < result[2] && z < result[3])
                yield [at(cotangent!, result, n, o, y, z), at(filters!, w, o, c, i, j)]
            }
      }
      return sumOf(terms())
    })
    const ofImages = (a?: Tensor, b?: Tensor, dy?: Tensor): Tensor => grad((p: Tensor) => pulled(p, b!, dy!))(a!)
    expect(inEveryMode(ofImages, ...tensors)).toEqual(imageGradient)
  },
)
