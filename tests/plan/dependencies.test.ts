import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { FusionGroup } from '../../src/ir/fusion-group.ts'
import type { GraphNode } from '../../src/ir/graph.ts'
import { Dependencies } from '../../src/plan/dependencies.ts'
import { planMemory, type Lifetime } from '../../src/plan/memory.ts'
import { SmallestFirst } from '../../src/plan/smallest-first.ts'

const type = { dtype: 'float32', shape: [] } as const

/** One kernel per entry, which reads the results of the kernels at these positions. */
function groupsOf(reads: readonly (readonly number[])[]): FusionGroup[] {
  const nodes: { -readonly [K in keyof GraphNode]: GraphNode[K] }[] = reads.map(() => ({
    op: 'copy',
    operands: [],
    attrs: {},
    type,
  }))
  reads.forEach((sources, i) => (nodes[i]!.operands = sources.map((source) => nodes[source]!)))
  return nodes.map((node) => ({ kind: 'elementwise', nodes: [node], outputs: [node] }))
}

/** By the definition: again and again the first kernel left whose sources have all run. */
function orderByDefinition(reads: readonly (readonly number[])[]): number[] {
  const order: number[] = []
  while (order.length < reads.length)
    order.push(reads.findIndex((sources, i) => !order.includes(i) && sources.every((source) => order.includes(source))))
  return order
}

/** Kernels in a shuffled order, each reading some that come before it in a hidden one. */
const acyclic = fc
  .integer({ min: 1, max: 25 })
  .chain((count) =>
    fc.record({
      rank: fc.shuffledSubarray(
        Array.from({ length: count }, (_, i) => i),
        { minLength: count },
      ),
      reads: fc.array(fc.array(fc.nat(count - 1), { maxLength: 4 }), { minLength: count, maxLength: count }),
    }),
  )
  .map(({ rank, reads }) =>
    reads.map((sources, i) => [...new Set(sources.filter((source) => rank[source]! < rank[i]!))]),
  )

test('kernels run in the given order where nothing forbids it', () => {
  fc.assert(
    fc.property(acyclic, (reads) => {
      const groups = groupsOf(reads)
      const sorted = new Dependencies(groups, (value) => value).sorted()
      expect(sorted.map((group) => groups.indexOf(group))).toEqual(orderByDefinition(reads))
    }),
  )
})

test('kernels that wait for each other are an internal fault', () => {
  expect(() => new Dependencies(groupsOf([[1], [0]]), (value) => value).sorted()).toThrow('kernels wait for each other')
})

test('numbers come out smallest first', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), (numbers) => {
      const heap = new SmallestFirst()
      for (const number of numbers) heap.push(number)
      expect(numbers.map(() => heap.pop())).toEqual(numbers.toSorted((a, b) => a - b))
      expect(heap.pop()).toBeUndefined()
    }),
  )
})

test('the peak is the largest sum of what is alive at one step', () => {
  const lifetime = fc
    .record({ byteLength: fc.nat(300), first: fc.integer({ min: -1, max: 9 }), length: fc.nat(5) })
    .map(({ byteLength, first, length }): Lifetime => ({ byteLength, first, last: first + length }))
  fc.assert(
    fc.property(fc.array(lifetime, { maxLength: 30 }), (lifetimes) => {
      const aliveAt = (step: number): number =>
        lifetimes
          .filter(({ first, last }) => first <= step && step <= last)
          .reduce((sum, each) => sum + each.byteLength, 0)
      const peak = Math.max(...Array.from({ length: 18 }, (_, i) => aliveAt(i - 1)))
      expect(planMemory(lifetimes).peakLiveBytes).toBe(peak)
    }),
  )
})
