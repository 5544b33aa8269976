import { expect, test } from 'vitest'
import { printGraph } from '../../src/ir/print.ts'
import { parseGraph } from '../../src/ir/parse.ts'
import { joinParts } from '../../src/passes/join-parts.ts'
import { context } from './passes.ts'

test('a sum of parts that is doubled again and again is walked once, and stays', () => {
  const doublings = Array.from({ length: 60 }, (_, i) => `  %${i + 1} = add(%${i}, %${i}) : f32[4]`)
  const graph = parseGraph(`graph(%x: f32[2]) {
  %0 = pad(%x) {shape: [4], starts: [0], steps: [1], value: 0} : f32[4]
${doublings.join('\n')}
  return %60
}`)
  expect(printGraph(joinParts.run(graph, context))).toBe(printGraph(graph))
})
