import fc from 'fast-check'
import { expect, test } from 'vitest'
import { broadcastTo, mul, slice, sum, sumTo } from '../../../src/ops/calls/index.ts'
import { f64, i32 } from '../host-array.ts'
import { byReference, host, reference } from '../reference-interpreter.ts'

const bound = fc.option(fc.integer({ min: -9, max: 9 }))
const step = fc.integer({ min: -4, max: 4 }).filter((n) => n !== 0)

/** Python's meaning of a slice: positions start, start + step, … while inside the array and before the end. */
function positions(length: number, start: number | null, end: number | null, by: number): number[] {
  const fromEnd = (n: number): number => (n < 0 ? n + length : n)
  const found: number[] = []
  const first = start === null ? (by > 0 ? 0 : length - 1) : fromEnd(start)
  const last = end === null ? (by > 0 ? Infinity : -Infinity) : Math.max(fromEnd(end), -1)
  // A start beyond an edge moves to the edge, not along the steps.
  const begin = by > 0 ? Math.max(first, 0) : Math.min(first, length - 1)
  for (let i = begin; (by > 0 ? i < last : i > last) && i >= 0 && i < length; i += by) found.push(i)
  return found
}

test('slice takes the positions that Python would', () => {
  fc.assert(
    fc.property(fc.nat(7), bound, bound, step, (length, start, end, by) => {
      const x = reference(i32([length], ...Array.from({ length }, (_, i) => i)))
      expect(byReference(() => host(slice(x, [[start, end, by]]))).elements).toEqual(positions(length, start, end, by))
    }),
  )
})

const axis = fc.record({ size: fc.integer({ min: 1, max: 3 }), isOne: fc.boolean() })

test('sumTo is the adjoint of broadcastTo: ⟨broadcast x, y⟩ = ⟨x, sumTo y⟩', () => {
  fc.assert(
    fc.property(
      fc.array(axis, { maxLength: 3 }),
      fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }),
      (axes, added) => {
        const small = axes.map(({ size, isOne }) => (isOne ? 1 : size))
        const large = [...added, ...axes.map(({ size }) => size)]
        const filled = (shape: readonly number[], seed: number) =>
          reference(
            f64(
              shape,
              ...Array.from({ length: shape.reduce((n, size) => n * size, 1) }, (_, i) => ((i * 7 + seed) % 11) - 5),
            ),
          )
        const [x, y] = [filled(small, 1), filled(large, 3)]
        byReference(() => {
          const [wide, narrow] = [sum(mul(broadcastTo(x, large), y)), sum(mul(x, sumTo(y, small)))]
          expect(host(wide)).toEqual(host(narrow))
        })
      },
    ),
  )
})
