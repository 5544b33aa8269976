import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parseGraph } from '../../src/ir/parse.ts'
import { printGraph } from '../../src/ir/print.ts'
import { verifyGraph } from '../../src/ir/verify.ts'
import { runPasses } from '../../src/passes/pass.ts'
import { matchesGolden } from '../golden.ts'
import { context, passes } from './passes.ts'

/**
 * Each tests/goldens/passes/<pass>/<case>.ir has lines of comment, a graph, an empty line, and what the pass makes of it. To add a case, write
 * the comment and the first graph, and let UPDATE_GOLDENS=1 write the second.
 */
const folder = fileURLToPath(new URL('../goldens/passes', import.meta.url))

describe.each(passes.map((pass) => [pass.name, pass] as const))('%s', (name, pass) => {
  const cases = readdirSync(`${folder}/${name}`)
  test('has cases', () => expect(cases.length).toBeGreaterThan(0))
  test.each(cases)('%s', (file) => {
    const [given] = readFileSync(`${folder}/${name}/${file}`, 'utf8').split('\n\n') as [string] // at least one part
    const graph = parseGraph(given)
    verifyGraph(graph)
    const before = printGraph(graph, { sources: true })
    const after = runPasses(graph, [pass], context, [(done, _, result) => verifyGraph(result, done.name)])
    const comments = given.split('\n').filter((line) => line.startsWith('//'))
    matchesGolden(
      [...comments, before, after === graph ? 'unchanged' : printGraph(after, { sources: true })].join('\n'),
      `passes/${name}/${file}`,
    )
  })
})
