import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Graph, GraphInput } from '../../src/ir/graph.ts'
import { printGraph } from '../../src/ir/print.ts'
import { verifyGraph } from '../../src/ir/verify.ts'
import { runPasses, type Pass } from '../../src/passes/pass.ts'
import { elementsFor, randomGraph } from '../ir/random-graph.ts'
import { randomRegions } from '../ir/random-regions.ts'
import { evaluateGraph } from '../reference/evaluate.ts'
import { context, passes } from './passes.ts'

/** Bits of every result, and of every one of `states` after the writes. */
function outcome(graph: Graph, states: readonly GraphInput[]): readonly string[] {
  const { results, writes } = evaluateGraph(graph, elementsFor)
  const text = (elements: Iterable<number>): string =>
    Array.from(elements, (x) => (Object.is(x, -0) ? '-0' : String(x))).join()
  return [...results.map(text), ...states.map((state) => text(writes.get(state.name) ?? elementsFor(state)))]
}

function keepsResults(list: readonly Pass[], runs: number, graphs = randomGraph): void {
  fc.assert(
    fc.property(graphs, (graph) => {
      const text = printGraph(graph)
      const states = graph.inputs.filter((input) => input.role === 'state')
      const after = runPasses(graph, list, context, [(pass, _, result) => verifyGraph(result, pass.name)])
      expect(printGraph(graph)).toBe(text)
      expect(outcome(after, states), `${text}\n${printGraph(after)}`).toEqual(outcome(graph, states))
    }),
    { numRuns: runs },
  )
}

describe('keeps every bit of random graphs, a valid graph, and its input', () => {
  test.each(passes.map((pass) => [pass.name, pass] as const))('%s', (_, pass) => keepsResults([pass], 150))
  test('all passes, twice', () => keepsResults([...passes, ...passes], 300))
})

describe('keeps every bit of random graphs with branches and loops', () => {
  test.each(passes.map((pass) => [pass.name, pass] as const))('%s', (_, pass) =>
    keepsResults([pass], 60, randomRegions),
  )
  test('all passes, twice', () => keepsResults([...passes, ...passes], 120, randomRegions))
})

describe('a second run changes nothing', () => {
  test.each(passes.map((pass) => [pass.name, pass] as const))('%s', (_, pass) => {
    fc.assert(
      fc.property(randomGraph, (graph) => {
        const once = pass.run(graph, context)
        expect(pass.run(once, context)).toBe(once)
      }),
    )
  })
})
