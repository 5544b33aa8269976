import { describe, expect, test } from 'vitest'
import { dtypeInfo, dtypes, type Dtype, type TypedArray } from '../../src/base/dtype.ts'
import { GryphError } from '../../src/base/errors.ts'
import { elementCount } from '../../src/base/shape.ts'
import { makeConstant, makeNode } from '../../src/ir/builder.ts'
import type { Graph, GraphInput, GraphNode, GraphValue } from '../../src/ir/graph.ts'
import { printGraph } from '../../src/ir/print.ts'
import { any, constant, node } from '../../src/rewrite/pattern.ts'
import { rule, type Rule } from '../../src/rewrite/rule.ts'
import { exactRules } from '../../src/rewrite/rules/exact.ts'
import { evaluateGraph } from '../reference/evaluate.ts'

const specials: { readonly [D in Dtype]: readonly number[] } = {
  bool: [0, 1],
  uint8: [0, 1, 2, 127, 128, 255],
  int32: [0, 1, -1, 2, -7, 300, 2 ** 31 - 1, -(2 ** 31)],
  float32: [0, -0, 1, -1, 0.5, 3, -2.5, 2 ** -149, -(2 ** -126), 3e38, -3e38, 2 ** 31, Infinity, -Infinity, NaN],
  float64: [0, -0, 1, -1, 0.5, 3, -2.5, 5e-324, -(2 ** -1022), 1.7e308, 2 ** 31, 1e-50, Infinity, -Infinity, NaN],
}

/** Inputs whose broadcasting pairs every special value with every other: the first varies along the last axis, the next along the one before. */
class SpecialInputs {
  readonly inputs: GraphInput[] = []

  operand(name: string, dtype: Dtype): GraphInput {
    const known = this.inputs.find((input) => input.name === name)
    if (known) return known
    const shape = [specials[dtype].length, ...this.inputs.map(() => 1)]
    const input: GraphInput = { op: 'input', role: 'argument', name, type: { dtype, shape } }
    this.inputs.push(input)
    return input
  }
}

const elementsOf = ({ type }: GraphInput): TypedArray => new dtypeInfo[type.dtype].array(specials[type.dtype])
const evaluate = (inputs: readonly GraphInput[], value: GraphValue): TypedArray =>
  evaluateGraph({ inputs, results: [value], writes: [] }, elementsOf).results[0]!

interface Outcome {
  readonly tried: number
  /** IR text before and after, of the instances that changed. */
  readonly changed: readonly string[]
}

/** The rule on every instance of its pattern, in every dtype that the ops accept. */
function outcomeOf(tested: Rule): Outcome {
  let tried = 0
  const changed: string[] = []
  for (const dtype of dtypes) {
    const context = new SpecialInputs()
    for (const before of instancesOf(tested, context, dtype)) {
      const after = tested.apply(before)
      if (!after) continue
      tried++
      const [was, is] = [evaluate(context.inputs, before), evaluate(context.inputs, after)]
      const isSame =
        after.type.dtype === before.type.dtype &&
        String(after.type.shape) === String(before.type.shape) &&
        was.every((x, i) => Object.is(x, is[i]))
      if (!isSame) changed.push([before, after].map((value) => text(context.inputs, value)).join(''))
    }
  }
  return { tried, changed }
}

const text = (inputs: readonly GraphInput[], value: GraphValue): string =>
  printGraph({ inputs, results: [value], writes: [] })

function instancesOf(tested: Rule, context: SpecialInputs, dtype: Dtype): readonly GraphNode[] {
  try {
    const operand = (name: string, of: Dtype): GraphValue => context.operand(name, of)
    return tested.pattern.instances({ dtype, operand }) as readonly GraphNode[] // a node pattern builds nodes
  } catch (error) {
    // An op of the pattern does not accept the dtype.
    if (error instanceof GryphError) return []
    throw error
  }
}

describe('every exact rule keeps every bit, in every dtype', () => {
  test.each(exactRules.map((tested) => [tested.name, tested] as const))('%s', (_, tested) => {
    const { tried, changed } = outcomeOf(tested)
    expect(changed).toEqual([])
    expect(tried).toBeGreaterThan(0)
  })
})

describe('the check sees rules that are not exact', () => {
  const x = any('x')
  const y = any('y')
  const wrong: readonly Rule[] = [
    rule('add-zero', node('add', x, constant(0)), ({ x }) => x), // fails at −0
    rule('mul-zero', node('mul', x, constant(0)), (_, at) => at.constant(0, at.found.type)), // fails at −1, NaN, ∞
    rule('sub-self', node('sub', x, x), (_, at) => at.constant(0, at.found.type)), // fails at ∞, NaN
    rule('neg-sub', node('neg', node('sub', x, y)), ({ x, y }, { make }) => make('sub', [y, x])), // fails at x = y
    rule('maximum-swapped', node('maximum', x, y), ({ x, y }, { make }) => make('maximum', [y, x])), // fails at 0, −0
  ]
  test.each(wrong.map((tested) => [tested.name, tested] as const))('%s', (_, tested) => {
    expect(outcomeOf(tested).changed).not.toEqual([])
  })
})

test('names of rules are unique and kebab-case', () => {
  const names = exactRules.map((tested) => tested.name)
  expect(new Set(names).size).toBe(names.length)
  expect(names.filter((name) => !/^[a-z]+(-[a-z]+)*$/.test(name))).toEqual([])
})

test('an operand smaller than the node it replaces is repeated', () => {
  const x: GraphInput = { op: 'input', role: 'argument', name: 'x', type: { dtype: 'float32', shape: [3] } }
  const found = makeNode('mul', [x, makeConstant(1, { dtype: 'float32', shape: [2, 3] })], {}, 'user.ts:3:5')
  const graph: Graph = {
    inputs: [x],
    results: [exactRules.find(({ name }) => name === 'mul-one')!.apply(found)!],
    writes: [],
  }
  expect(elementCount(graph.results[0]!.type.shape)).toBe(6)
  expect(printGraph(graph, { sources: true })).toContain('broadcastTo(%x) {shape: [2, 3]} : f32[2, 3] // user.ts:3:5')
})
