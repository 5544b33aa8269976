import type fc from 'fast-check'
import { sameType, type TensorType } from '../../src/base/shape.ts'
import { makeConstant, makeNode } from '../../src/ir/builder.ts'
import { makeControl, passNumberType } from '../../src/ir/control.ts'
import type { ControlName, Graph, GraphInput, GraphValue } from '../../src/ir/graph.ts'
import { graphInputs, graphOfValues, randomSteps, valueOf, type Step } from './random-graph.ts'

/** What random regions are made from: choices, taken one after the other. */
class Regions {
  readonly #steps: readonly Step[]
  #next = 0
  constructor(steps: readonly Step[]) {
    this.#steps = steps
  }

  take(): Step | undefined {
    return this.#steps[this.#next++]
  }

  /** Adds values until `count` steps are used up: now and then the results of a control op. */
  extend(values: GraphValue[], count: number, depth: number): void {
    for (let i = 0; i < count; i++) {
      const step = this.take()
      if (!step) return
      if (depth < 2 && values.length > 0 && step.op % 7 === 3) values.push(...this.#control(step, values, depth))
      else {
        const value = valueOf(step, values)
        if (value) values.push(value)
      }
    }
  }

  #control(
    { operands: [a, b, c], variant }: Step,
    values: readonly GraphValue[],
    depth: number,
  ): readonly GraphValue[] {
    const near = (from: number): GraphValue => values[values.length - 1 - (from % Math.min(values.length, 6))]!
    const captured = [...new Set([near(a), near(b), near(c)])].slice(0, variant % 4)
    const name = (['cond', 'switchCase', 'forLoop', 'whileLoop'] as const satisfies ControlName[])[a % 4]!
    const source = `user.ts:${variant}:2`
    if (name === 'cond' || name === 'switchCase') {
      const isTest = ({ type }: GraphValue): boolean =>
        type.dtype === (name === 'cond' ? 'bool' : 'int32') && type.shape.length === 0
      const selector =
        values.findLast(isTest) ??
        makeConstant(b % 3 === 0 ? 1 : 0, { dtype: name === 'cond' ? 'bool' : 'int32', shape: [] })
      const types = [near(a + 1), near(c)].slice(0, 1 + (b % 2)).map(({ type }) => type)
      const regions = Array.from({ length: name === 'cond' ? 2 : 1 + (c % 3) }, () =>
        this.#region(captured, types, depth),
      )
      return makeControl({ name, operands: [selector, ...captured], regions, carried: 0, counted: false, source })
        .results
    }
    const carried = [near(a + 1), near(c + 2)].slice(0, 1 + (b % 2))
    const types = carried.map(({ type }) => type)
    const given = [undefined, ...carried, ...captured]
    const body = this.#region(given, types, depth)
    const count = makeConstant(variant % 4, passNumberType)
    const parts = { name, carried: carried.length, source }
    if (name === 'forLoop')
      return makeControl({ ...parts, operands: [count, ...carried, ...captured], regions: [body], counted: true })
        .results
    return makeControl({
      ...parts,
      operands: [...carried, ...captured],
      regions: [body, this.#condition(given, variant % 4)],
      counted: false,
    }).results
  }

  #region(given: readonly (GraphValue | undefined)[], types: readonly TensorType[], depth: number): Graph {
    const inputs = inputsFor(given)
    const values: GraphValue[] = [...inputs]
    this.extend(values, 1 + (inputs.length % 3) + 3, depth + 1)
    // The last value of a type, or one that is always there.
    const results = types.map((type) => values.findLast((value) => sameType(value.type, type)) ?? makeConstant(1, type))
    return { inputs, results, writes: [] }
  }

  /** Ends after `most` passes at the latest, sooner if a carried value says so. */
  #condition(given: readonly (GraphValue | undefined)[], most: number): Graph {
    const inputs = inputsFor(given)
    const goes = makeNode('less', [inputs[0]!, makeConstant(most, passNumberType)], {})
    const values: GraphValue[] = [...inputs]
    this.extend(values, 2, 2)
    const test = values.findLast(({ type }) => type.dtype === 'bool' && type.shape.length === 0)
    return { inputs, results: [test ? makeNode('logicalAnd', [goes, test], {}) : goes], writes: [] }
  }
}

/** Of a region: the number of the pass where nothing is given, and what stands for values outside. */
const inputsFor = (given: readonly (GraphValue | undefined)[]): GraphInput[] =>
  given.map((value, i) => ({
    op: 'input',
    role: 'argument',
    name: value ? `given${i}` : 'pass',
    type: value?.type ?? passNumberType,
  }))

/** A graph with branches and loops, some of them in each other. */
export const randomRegions: fc.Arbitrary<Graph> = randomSteps.map((steps) => {
  const values: GraphValue[] = graphInputs()
  const regions = new Regions(steps)
  regions.extend(values, steps.length, 0)
  return graphOfValues(values)
})
