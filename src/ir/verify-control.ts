import { sameType, type TensorType } from '../base/shape.ts'
import { bodyOf, carriedOf, conditionOf, countOf, givenOf, isBranch, passNumberType, selectorOf } from './control.ts'
import type { Graph, GraphControl, GraphValue } from './graph.ts'
import { typeText } from './text.ts'

/** What is wrong with a control op, and the number of the check of `verifyGraph` that says so. */
export interface ControlProblem {
  readonly check: 9 | 10
  readonly what: string
}

/** Checks 9 and 10 of `verifyGraph`, but for what is inside the regions. */
export function problemsOf(control: GraphControl): ControlProblem[] {
  const problems: ControlProblem[] = []
  const expect = (isRight: boolean, what: string): void => {
    if (!isRight) problems.push({ check: 9, what })
  }
  const given = givenOf(control).map((value) => value?.type ?? passNumberType)
  control.regions.forEach((region, i) => {
    expect(
      sameTypes(given, region.inputs),
      `region ${i} is given ${typesText(given)} and takes ${typesOf(region.inputs)}`,
    )
    if (region.writes.length > 0) problems.push({ check: 10, what: `region ${i} writes state` })
  })
  if (isBranch(control)) checkBranch(control, expect)
  else checkLoop(control, expect)
  return problems
}

type Expect = (isRight: boolean, what: string) => void

function checkBranch(control: GraphControl, expect: Expect): void {
  const selector = selectorOf(control)
  const { dtype, shape } = selector.type
  expect((dtype === 'bool' || dtype === 'int32') && shape.length === 0, `the selector is ${typeText(selector.type)}`)
  expect(control.regions.length > 0, 'there is no region')
  expect(dtype !== 'bool' || control.regions.length === 2, `a bool selects among ${control.regions.length} regions`)
  const types = control.results.map(({ type }) => type)
  control.regions.forEach(({ results }, i) =>
    expect(sameTypes(types, results), `region ${i} gives ${typesOf(results)} instead of ${typesText(types)}`),
  )
}

function checkLoop(control: GraphControl, expect: Expect): void {
  const [count, condition] = [countOf(control), conditionOf(control)]
  expect(count !== undefined || condition !== undefined, 'a loop has neither a count nor a condition')
  expect(!count || sameType(count.type, passNumberType), `the count is ${count && typeText(count.type)}`)
  expect(!condition || isTest(condition), `the condition gives ${condition && typesOf(condition.results)}`)
  const carried = carriedOf(control).map(({ type }) => type)
  const body: Graph = bodyOf(control)
  expect(sameTypes(carried, body.results), `the body gives ${typesOf(body.results)} instead of ${typesText(carried)}`)
}

const isTest = ({ results }: Graph): boolean =>
  results.length === 1 && sameType(results[0]!.type, { dtype: 'bool', shape: [] })

const sameTypes = (types: readonly TensorType[], values: readonly GraphValue[]): boolean =>
  types.length === values.length && types.every((type, i) => sameType(type, values[i]!.type))

const typesText = (types: readonly TensorType[]): string => types.map(typeText).join(', ') || 'nothing'
const typesOf = (values: readonly GraphValue[]): string => typesText(values.map(({ type }) => type))
