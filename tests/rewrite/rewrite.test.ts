import { expect, test } from 'vitest'
import { parseGraph } from '../../src/ir/parse.ts'
import { printGraph } from '../../src/ir/print.ts'
import type { Graph, GraphNode } from '../../src/ir/graph.ts'
import { any, constant, isInteger, node } from '../../src/rewrite/pattern.ts'
import { rewriteGraph } from '../../src/rewrite/rewrite.ts'
import { rule } from '../../src/rewrite/rule.ts'

const [x, y] = [any('x'), any('y')]
const graph = (body: string): Graph => parseGraph(`graph(%a: f32[2], %b: f32[2], %n: i32[2]) {\n${body}\n}\n`)
const resultOf = (body: string): GraphNode => graph(body).results[0] as GraphNode // the bodies below return nodes

test('a commutative op matches in either order, another op does not', () => {
  const mulOne = rule('mul-one', node('mul', x, constant(1)), ({ x }) => x)
  const divOne = rule('div-one', node('div', x, constant(1)), ({ x }) => x)
  const one = '  %0 = constant(1) : f32[]\n'
  expect(mulOne.apply(resultOf(`${one}  %1 = mul(%0, %a) : f32[2]\n  return %1`))).toMatchObject({ name: 'a' })
  expect(mulOne.apply(resultOf(`${one}  %1 = mul(%a, %0) : f32[2]\n  return %1`))).toMatchObject({ name: 'a' })
  expect(divOne.apply(resultOf(`${one}  %1 = div(%0, %a) : f32[2]\n  return %1`))).toBeUndefined()
})

test('a name used twice matches one value only', () => {
  const self = rule('maximum-self', node('maximum', x, x), ({ x }) => x)
  expect(self.apply(resultOf('  %0 = maximum(%a, %a) : f32[2]\n  return %0'))).toMatchObject({ name: 'a' })
  expect(self.apply(resultOf('  %0 = maximum(%a, %b) : f32[2]\n  return %0'))).toBeUndefined()
})

test('an order of operands that fits inside but not outside is tried the other way', () => {
  const nested = rule('nested', node('add', node('mul', x, y), x), ({ y }) => y)
  const found = nested.apply(resultOf('  %0 = mul(%b, %a) : f32[2]\n  %1 = add(%a, %0) : f32[2]\n  return %1'))
  expect(found).toMatchObject({ name: 'b' })
})

test('constants match bit for bit', () => {
  const addNegativeZero = rule('add-negative-zero', node('add', x, constant(-0)), ({ x }) => x)
  const add = (number: string) =>
    resultOf(`  %0 = constant(${number}) : f32[]\n  %1 = add(%a, %0) : f32[2]\n  return %1`)
  expect(addNegativeZero.apply(add('-0'))).toMatchObject({ name: 'a' })
  expect(addNegativeZero.apply(add('0'))).toBeUndefined()
})

test('a condition on the dtype holds a rule back', () => {
  const subSelf = rule('sub-self', node('sub', any('x', isInteger), x), (_, at) => at.constant(0, at.found.type))
  expect(subSelf.apply(resultOf('  %0 = sub(%n, %n) : i32[2]\n  return %0'))).toMatchObject({ value: 0 })
  expect(subSelf.apply(resultOf('  %0 = sub(%a, %a) : f32[2]\n  return %0'))).toBeUndefined()
})

test('an answer of another dtype is not taken', () => {
  const drop = rule('drop-cast', node('cast', x), ({ x }) => x)
  expect(drop.apply(resultOf('  %0 = cast(%n) {dtype: "float32"} : f32[2]\n  return %0'))).toBeUndefined()
})

test('rewriting reaches values that rules made, and counts hits', () => {
  const hits = new Map<string, number>()
  const rules = [
    rule('sub-to-add', node('sub', x, y), ({ x, y }, { make }) =>
      make('add', [x, make('neg', [make('neg', [make('neg', [y])])])]),
    ),
    rule('neg-neg', node('neg', node('neg', x)), ({ x }) => x),
  ]
  const after = rewriteGraph(graph('  %0 = sub(%a, %b) : f32[2]\n  return %0'), rules, hits)
  expect(printGraph(after)).toContain('%0 = neg(%b) : f32[2]\n  %1 = add(%a, %0) : f32[2]\n  return %1')
  expect(hits).toEqual(
    new Map([
      ['sub-to-add', 1],
      ['neg-neg', 1],
    ]),
  )
})

test('a graph that no rule matches stays the same object', () => {
  const before = graph('  %0 = sub(%a, %b) : f32[2]\n  return %0')
  expect(rewriteGraph(before, [rule('neg-neg', node('neg', node('neg', x)), ({ x }) => x)])).toBe(before)
})

test('rules without a fixed point are found and named', () => {
  const swap = rule('swap', node('add', x, y), ({ x, y }, { make }) => make('add', [y, x]))
  expect(() => rewriteGraph(graph('  %0 = add(%a, %b) : f32[2]\n  return %0'), [swap])).toThrow(
    'the rule swap applied 100 times',
  )
})
