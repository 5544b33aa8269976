import { describe, expect, test } from 'vitest'
import { cast, dropout, manualSeed, maximum, minimum, rand, randn, relu, tensor, type Tensor } from '../../src/index.ts'
import { hybridize } from '../../src/index.ts'
import { inEveryMode, spread } from './same-bits.ts'

describe('maximum, minimum and relu', () => {
  const [a, b] = [tensor([0, -0, NaN, 1, NaN, -0, 3]), tensor([-0, 0, 1, NaN, NaN, -0, 2])]

  test('a NaN of either operand stays, and of equal operands the first is the result', () => {
    expect(inEveryMode((x, y) => maximum(x!, y!), a, b)).toEqual([0, -0, NaN, NaN, NaN, -0, 3])
    expect(inEveryMode((x, y) => minimum(x!, y!), a, b)).toEqual([0, -0, NaN, NaN, NaN, -0, 2])
  })

  test('relu keeps NaN and −0', () => {
    expect(inEveryMode((x) => relu(x!), tensor([-0, 0, NaN, -1, 2, -Infinity, Infinity, -1e-45]))).toEqual([
      -0,
      0,
      NaN,
      0,
      2,
      0,
      Infinity,
      0,
    ])
  })
})

describe('every float32 op rounds its result', () => {
  test('a chain in one kernel rounds in between', () => {
    const [x, y, z] = [spread(500, 1), spread(500, 2), spread(500, 3)]
    const expected = x.map((_, i) =>
      Math.fround(Math.fround(Math.fround(x[i]! * y[i]!) + z[i]!) / Math.fround(Math.fround(x[i]! - y[i]!))),
    )
    expect(inEveryMode((p, q, r) => p!.mul(q!).add(r!).div(p!.sub(q!)), tensor(x), tensor(y), tensor(z))).toEqual(
      expected,
    )
  })

  test('a product and a sum outside contractions are not fused', () => {
    const x = Math.fround(1 + 2 ** -12)
    expect(inEveryMode((p, q) => p!.mul(p!).add(q!), tensor([x]), tensor([-(1 + 2 ** -11)]))).toEqual([0])
  })

  test('subnormal numbers are kept', () => {
    expect(inEveryMode((p) => p!.mul(0.5).mul(2), tensor([2 ** -148, 2 ** -126, 1e-45]))).toEqual([
      2 ** -148,
      2 ** -126,
      0,
    ])
  })

  test('a large value overflows to infinity when it is rounded, not later', () => {
    expect(inEveryMode((p) => p!.mul(2).mul(0.25), tensor([3e38]))).toEqual([Infinity])
  })
})

describe('changes of dtype', () => {
  test('floats go to integers toward zero, saturating, NaN as 0; uint8 wraps', () => {
    const x = tensor([1.9, -1.9, 3e9, -3e9, NaN, Infinity, 300.5, -1])
    expect(inEveryMode((p) => cast(p!, 'int32'), x)).toEqual([1, -1, 2147483647, -2147483648, 0, 2147483647, 300, -1])
    expect(inEveryMode((p) => cast(p!, 'uint8'), x)).toEqual([1, 255, 255, 0, 0, 255, 44, 255])
    expect(inEveryMode((p) => cast(p!, 'bool'), tensor([0, -0, NaN, 0.1, -1]))).toEqual([0, 0, 1, 1, 1])
  })

  test('int32 arithmetic wraps', () => {
    const x = tensor([2 ** 31 - 1, -(2 ** 31), 65536], { dtype: 'int32' })
    expect(inEveryMode((p) => p!.add(1), x)).toEqual([-(2 ** 31), -(2 ** 31) + 1, 65537])
    expect(inEveryMode((p) => p!.mul(p!), x)).toEqual([1, 0, 0])
  })
})

describe('random numbers are the same in every mode', () => {
  const draws: readonly (readonly [string, (x: Tensor) => Tensor])[] = [
    ['uniform', (x) => rand([37]).add(x)],
    ['normal', (x) => randn([5, 13]).add(x)],
    ['dropout', (x) => dropout(x.add(rand([300])), 0.3)],
    [
      'two draws in one call',
      (x) =>
        rand([7])
          .add(rand([7]))
          .add(x),
    ],
  ]
  test.each(draws)('%s', (_, draw) => {
    const run = (fn: (x: Tensor) => Tensor): number[][] => {
      manualSeed(1234)
      return [0, 1, 2, 3].map(() => Array.from(fn(tensor(0)).data()))
    }
    const eager = run(draw)
    expect(new Set(eager.map((elements) => elements.join())).size).toBe(4)
    for (const target of ['wasm', 'js'] as const) expect(run(hybridize(draw, { target }))).toEqual(eager)
  })
})
