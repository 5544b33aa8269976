import { transformSync } from 'esbuild'
import { expect, test } from 'vitest'
import { transformHybrid, type SourceMap } from '../../src/transform/index.ts'
import { originFinder } from '../../src/transform/source-map.ts'
import { decodeVlq, encodeVlq } from '../../src/transform/vlq.ts'

/** Line and column of a text's first occurrence, from 0. */
function positionIn(text: string, part: string): { line: number; column: number } {
  const before = text.slice(0, text.indexOf(part)).split('\n')
  return { line: before.length - 1, column: before.at(-1)!.length }
}

test('numbers of a source map are read as they were written', () => {
  const numbers = [0, 1, -1, 15, 16, -16, 1000, -123_456]
  expect(decodeVlq(numbers.map(encodeVlq).join(''))).toEqual(numbers)
})

const typed = `import type { Tensor } from 'gryph'

interface Options { limit: number }

// A comment that esbuild leaves out.
export function scaled(x: Tensor, { limit }: Options): Tensor {
  'use hybrid'
  let factor: number = 1
  if (x.max().greater(limit)) factor = 0.5 // here
  while (x.sum().less(limit)) { x = x.mul(factorOf(x)) }
  return x.mul(factor)
}
declare function factorOf(x: Tensor): number
`

test('the words of the source lead to where the user wrote them, through the map of the types that were taken out', () => {
  const plain = transformSync(typed, { loader: 'ts', sourcemap: 'external', sourcefile: 'scaled.ts' })
  const { code, map } = transformHybrid(plain.code, {
    fileName: 'scaled.ts',
    inputMap: JSON.parse(plain.map) as SourceMap,
  })!
  expect(map.sources).toEqual(['scaled.ts'])
  const find = originFinder(map)
  for (const part of [
    'max()',
    'greater(',
    'factor = 0.5',
    'sum()',
    'x.mul(factorOf',
    'factorOf(x)',
    'return',
    'mul(factor)',
  ]) {
    const { line, column } = positionIn(code, part)
    expect({ part, ...find(line, column) }).toEqual({ part, source: 0, generated: column, ...positionIn(typed, part) })
  }
  // Positions in messages are the user's as well.
  expect(code).toContain('"scaled.ts:9:3|factor"')
})

test('without another map, lines and words are those of the file', () => {
  const text = `export function f(x) {\n  'use hybrid'\n  return x.less(1) ? x : x.neg()\n}\n`
  const { code, map } = transformHybrid(text, { fileName: 'f.js' })!
  const { line, column } = positionIn(code, 'neg()')
  expect(originFinder(map)(line, column)).toMatchObject(positionIn(text, 'neg()'))
  expect(map.sourcesContent).toEqual([text])
})
