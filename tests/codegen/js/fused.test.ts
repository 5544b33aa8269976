import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { affine, at, fma, load } from '../../../src/kernel/builder.ts'
import type { Buffer, Kernel } from '../../../src/kernel/ir.ts'
import { instantiateJs } from '../../../src/codegen/js/instantiate.ts'
import { generateJs } from '../../../src/codegen/js/program.ts'
import { exactFma } from '../../kernel/exact-arithmetic.ts'
import { arenaViews } from './run-js.ts'

type Fma = (a: number, b: number, c: number) => number

/** The fused multiply-add of generated code, as a function. */
function compiledFma(scalar: 'f32' | 'f64'): Fma {
  const operands: Buffer = { name: 'operands', dtype: scalar === 'f32' ? 'float32' : 'float64', elementCount: 3 }
  const result: Buffer = { ...operands, name: 'result', elementCount: 1 }
  const [a, b, c] = [0, 1, 2].map((i) => load(operands, at(affine(i)), 1, 0))
  const kernel: Kernel = {
    name: 'fma',
    reads: [operands],
    writes: [result],
    scratch: [],
    body: [{ kind: 'store', buffer: result, at: at(affine(0)), value: fma(a!, b!, c!), laneStride: 0 }],
    sources: [],
  }
  const { text } = generateJs({
    kernels: [kernel],
    parameterCount: 0,
    placementOf: (buffer) => ({ kind: 'static', byteOffset: buffer === operands ? 16 : 48 }),
    fma: 'fused',
    statusByteOffset: 0,
  })
  const run = instantiateJs(text)
  const views = arenaViews(64)
  const memory = scalar === 'f32' ? views.f32 : views.f64
  const byteSize = memory.BYTES_PER_ELEMENT
  return (...values) => {
    memory.set(values, 16 / byteSize)
    run(views)
    return memory[48 / byteSize]!
  }
}

const bits = new DataView(new ArrayBuffer(8))
const f32OfBits = (word: number): number => (bits.setInt32(0, word), bits.getFloat32(0))
const f64OfBits = (word: bigint): number => (bits.setBigInt64(0, word), bits.getFloat64(0))

const corners32 = [
  0,
  -0,
  1,
  -1,
  2 ** -149,
  2 ** -126,
  2 ** -126 - 2 ** -149,
  3.4028234663852886e38,
  -3.4028234663852886e38,
  Infinity,
  -Infinity,
  NaN,
  1 + 2 ** -23,
  2 ** 24 + 2,
  2 ** -75,
]
const corners64 = [
  0,
  -0,
  1,
  -1,
  2 ** -1074,
  -(2 ** -1074),
  2 ** -1022,
  2 ** -1022 - 2 ** -1074,
  1.5 * 2 ** -1023,
  Number.MAX_VALUE,
  -Number.MAX_VALUE,
  Infinity,
  -Infinity,
  NaN,
  1 + 2 ** -52,
  2 ** 53,
  2 ** -537,
  2 ** -538,
  -(2 ** -500),
  2 ** 512,
  2 ** 1023,
  3 * 2 ** -1074,
]

const float32 = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map(f32OfBits) },
  { weight: 1, arbitrary: fc.constantFrom(...corners32) },
  { weight: 2, arbitrary: fc.integer({ min: -(2 ** 24), max: 2 ** 24 }) },
)
const float64 = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(f64OfBits) },
  { weight: 1, arbitrary: fc.constantFrom(...corners64) },
  { weight: 2, arbitrary: fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }).map(Number) },
)

/** Two factors, and an addend near a value that makes the sum a near-tie or cancels: ± a power of two away from the product. */
function nearTies(
  float: fc.Arbitrary<number>,
  round: (x: number) => number,
  precision: number,
): fc.Arbitrary<[number, number, number]> {
  return fc
    .tuple(
      float,
      float,
      fc.integer({ min: -precision * 2 - 5, max: precision * 2 + 5 }),
      fc.integer({ min: -3, max: 3 }),
      fc.integer({ min: -3, max: 3 }),
      fc.boolean(),
    )
    .map(([a, b, shift, steps, odd, isNegative]) => {
      const product = round(a * b)
      const c = round(
        (isNegative ? -1 : 1) *
          (product + product * 2 ** -(precision - 1) * steps) *
          2 ** shift *
          (1 + odd * 2 ** -(precision - 1)),
      )
      return [a, b, c]
    })
}

/** Factors whose product is near the subnormal numbers, where the result is rounded on a fixed grid. */
const subnormalF64: fc.Arbitrary<[number, number, number]> = fc
  .tuple(
    fc.double({ min: 0.5, max: 2, noNaN: true }),
    fc.double({ min: 0.5, max: 2, noNaN: true }),
    fc.integer({ min: -1000, max: 0 }),
    fc.integer({ min: -1140, max: -1000 }),
    fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }),
    fc.integer({ min: 0, max: 54 }),
  )
  .map(([a, b, aExponent, sumExponent, c, cShift]) => {
    const bScaled = sumExponent - aExponent < -1074 ? 0 : b * 2 ** (sumExponent - aExponent)
    return [
      a * 2 ** aExponent,
      bScaled,
      f64OfBits(BigInt.asIntN(64, c < 0n ? (1n << 63n) | (-c >> BigInt(cShift)) : c >> BigInt(cShift))),
    ]
  })

describe.each([
  { scalar: 'f32' as const, float: float32, corners: corners32, round: Math.fround, precision: 24 },
  { scalar: 'f64' as const, float: float64, corners: corners64, round: (x: number) => x, precision: 53 },
])('the fused multiply-add of $scalar', ({ scalar, float, corners, round, precision }) => {
  const compiled = compiledFma(scalar)
  const isExact = (a: number, b: number, c: number): boolean => Object.is(compiled(a, b, c), exactFma(a, b, c, scalar))
  const check = (triples: fc.Arbitrary<[number, number, number]>, numRuns: number): void =>
    fc.assert(
      fc.property(triples, ([a, b, c]) => isExact(a, b, c)),
      { numRuns },
    )

  it('is exact for special values in every combination', () => {
    for (const a of corners)
      for (const b of corners) for (const c of corners) if (!isExact(a, b, c)) expect.fail(`fma(${a}, ${b}, ${c})`)
  })
  it.each([
    ['a tie of subnormals broken by the product', 0.1, 2.5e-323, -1.1166076922069173e-308],
    ['cancellation down to subnormals', -8061480919723162, 1.5e-323, 1.1948702331119732e-307],
    [
      'cancellation of normal numbers down to subnormals',
      5243454303260489,
      1.668805393880401e-308,
      -8.750304823846505e-293,
    ],
  ])('is exact for %s', (_, a, b, c) =>
    expect(compiled(round(a), round(b), round(c))).toBe(exactFma(round(a), round(b), round(c), scalar)),
  )
  it('is exact for random bit patterns', () => check(fc.tuple(float, float, float), 20_000))
  it('is exact near ties and cancellation', () => check(nearTies(float, round, precision), 20_000))
  it('is exact around subnormal numbers of f64', () =>
    check(
      subnormalF64.map(([a, b, c]) => [round(a), round(b), round(c)]),
      20_000,
    ))
})
