import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { hybridize, randn, type Tensor } from '../../src/index.ts'

const page = readFileSync(new URL('../../docs/assumptions.md', import.meta.url), 'utf8')

test('the table of functions has the figure of every function of the kernel layer', () => {
  const folder = new URL('../../src/kernel/math/', import.meta.url)
  const documented = readdirSync(folder)
    .filter((file) => file !== 'index.ts')
    .flatMap((file) => {
      const text = readFileSync(new URL(file, folder), 'utf8')
      return [
        ...text.matchAll(
          /\/\*\*(?:(?!\*\/)[\s\S])*?within ([\d.]+) ulp(?:(?!\*\/)[\s\S])*?\*\/\s*export (?:function|const) (\w+)/g,
        ),
      ].map(([, ulp, name]) => `${name!.replace('F64', ' of f64')} ${ulp}`)
    })
  const shown = [...page.matchAll(/^\| `(\w+)` \| ([\d.]+) ulp \|/gm)].map(([, name, ulp]) => `${name} ${ulp}`)
  expect(shown.toSorted()).toEqual(documented.filter((line) => !line.includes('f64')).toSorted())
})

/** The page's rules 3 to 5 for a sum, over positions 0 … n − 1 of one level. */
function sumLevel(n: number, leafSize: number, leaf: (start: number, count: number) => number, start = 0): number {
  if (n <= leafSize) return leaf(start, n)
  let capacity = leafSize
  while (capacity * 128 < n) capacity *= 128
  const blocks = Math.floor(n / capacity)
  let total = 0
  for (let block = 0; block < blocks; block++)
    total = Math.fround(total + sumLevel(capacity, leafSize, leaf, start + block * capacity))
  const rest = n % capacity
  return rest === 0 ? total : Math.fround(total + sumLevel(rest, leafSize, leaf, start + blocks * capacity))
}

const sumRow = (at: (i: number) => number, n: number): number =>
  sumLevel(n, 1024, (start, count) => {
    const lanes = new Float32Array(16)
    for (let i = 0; i < count; i++) lanes[i % 16]! += at(start + i)
    const { fround } = Math
    const [a, b, c, d] = [0, 1, 2, 3].map((l) =>
      fround(fround(lanes[l]! + lanes[l + 4]!) + fround(lanes[l + 8]! + lanes[l + 12]!)),
    ) as [number, number, number, number] // one for each of four
    return fround(fround(a + c) + fround(b + d))
  })

const sumColumn = (at: (i: number) => number, n: number): number =>
  sumLevel(n, 128, (start, count) => {
    let sum = 0
    for (let i = 0; i < count; i++) sum = Math.fround(sum + at(start + i))
    return sum
  })

/** Eager and compiled results of a sum. */
function sums(x: Tensor, axis: number | number[]): [eager: number[], compiled: number[]] {
  const compiled = hybridize((value: Tensor) => value.sum(axis))
  compiled(x)
  return [Array.from(x.sum(axis).data()), Array.from(compiled(x).data())]
}

test.each([1, 5, 16, 17, 100, 1024, 1025, 5000, 1024 * 128 + 1500])(
  '%i elements of a last axis are added up in the order on the page',
  (n) => {
    const x = randn([2, n])
    const elements = x.data()
    const expected = [0, n].map((first) => sumRow((i) => elements[first + i]!, n))
    expect(sums(x, 1)).toEqual([expected, expected])
  },
)

test.each([1, 2, 128, 129, 1000, 128 * 128 + 77])(
  '%i elements of a first axis are added up in the order on the page',
  (n) => {
    const x = randn([n, 3])
    const elements = x.data()
    const expected = [0, 1, 2].map((column) => sumColumn((i) => elements[i * 3 + column]!, n))
    expect(sums(x, 0)).toEqual([expected, expected])
  },
)

test('levels that are not neighbours are added up one inside the other, as on the page', () => {
  const x = randn([200, 3, 50])
  const elements = x.data()
  const expected = [0, 1, 2].map((kept) => sumColumn((i) => sumRow((j) => elements[(i * 3 + kept) * 50 + j]!, 50), 200))
  expect(sums(x, [0, 2])).toEqual([expected, expected])
})

test('axes of size 1 and the split of neighbouring axes do not change the order, as on the page', () => {
  const x = randn([3000])
  const expected = [sumRow((i) => x.data()[i]!, 3000)]
  for (const shape of [
    [3000, 1],
    [1, 3000],
    [30, 100],
    [10, 3, 100],
  ]) {
    const axes = shape.map((_, axis) => axis)
    const found = sums(x.reshape(shape), axes)
    expect({ shape, found }).toEqual({ shape, found: [expected, expected] })
  }
})
