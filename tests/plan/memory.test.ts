import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planMemory, type Lifetime } from '../../src/plan/memory.ts'
import { memoryFaults } from './plan-faults.ts'

const lifetime: fc.Arbitrary<Lifetime> = fc
  .record({
    byteLength: fc.oneof(fc.nat(64), fc.nat(5000), fc.constantFrom(0, 48, 49, 64, 128)),
    first: fc.integer({ min: -1, max: 12 }),
    length: fc.nat(6),
  })
  .map(({ byteLength, first, length }) => ({ byteLength, first, last: first + length }))

test('no two buffers that are alive at once share a byte, each is aligned and padded, and the plan holds its peak', () => {
  fc.assert(
    fc.property(fc.array(lifetime, { maxLength: 40 }), (lifetimes) => {
      expect(memoryFaults(lifetimes, planMemory(lifetimes))).toEqual([])
    }),
    { numRuns: 400 },
  )
})

test('buffers that live one after the other share their place', () => {
  const plan = planMemory([
    { byteLength: 4000, first: 0, last: 1 },
    { byteLength: 4000, first: 2, last: 3 },
  ])
  expect(plan.offsets).toEqual([0, 0])
  expect(plan.peakLiveBytes).toBe(4000)
  expect(plan.byteLength).toBe(4016) // 16 bytes behind the last buffer can be read
})

test('a buffer that ends where another begins to be written does not share with it', () => {
  const { offsets } = planMemory([
    { byteLength: 64, first: 0, last: 1 },
    { byteLength: 64, first: 1, last: 2 },
  ])
  expect(Math.abs(offsets[0]! - offsets[1]!)).toBeGreaterThanOrEqual(64)
})

test('a small buffer goes into the gap that a dead one left', () => {
  const { offsets } = planMemory([
    { byteLength: 1000, first: 0, last: 0 },
    { byteLength: 2000, first: 0, last: 5 },
    { byteLength: 900, first: 3, last: 5 },
  ])
  expect(offsets[2]).toBe(offsets[0])
})

test('a plan of nothing takes no memory', () => {
  expect(planMemory([])).toEqual({ offsets: [], byteLength: 0, peakLiveBytes: 0 })
  expect(planMemory([{ byteLength: 0, first: 0, last: 0 }]).byteLength).toBe(16)
})

test('every plan can hold what its program needs: the plan of a plan is the same', () => {
  fc.assert(
    fc.property(fc.array(lifetime, { maxLength: 20 }), (lifetimes) => {
      expect(planMemory(lifetimes)).toEqual(planMemory([...lifetimes]))
    }),
  )
})
