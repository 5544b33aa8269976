import type { TensorType } from '../base/shape.ts'
import type { ControlName, Graph, GraphControl, GraphInput, GraphResult, GraphValue } from './graph.ts'

/** What a control op is made of; its results follow. */
export type ControlParts = Omit<GraphControl, 'results'>

export const passNumberType: TensorType = { dtype: 'int32', shape: [] }

export const isBranch = ({ name }: { readonly name: ControlName }): boolean =>
  name === 'cond' || name === 'switchCase' || name === 'customVjp'

/** A control op with one value per result. */
export function makeControl(parts: ControlParts): GraphControl {
  const results: GraphResult[] = []
  const control: GraphControl = { ...parts, results }
  resultTypesOf(parts).forEach((type, index) => results.push({ op: 'result', control, index, type }))
  return control
}

/** Types of a control op's results, as its first region has them. */
export function resultTypesOf(parts: ControlParts): TensorType[] {
  const types = parts.regions[0]!.results.map(({ type }) => type)
  return isBranch(parts) ? types : [...types, passNumberType]
}

/** The same control op over other operands or regions; itself where they are the same objects. */
export function withParts(
  control: GraphControl,
  operands: readonly GraphValue[],
  regions: readonly Graph[] = control.regions,
): GraphControl {
  const isSame = (a: readonly object[], b: readonly object[]): boolean => a.every((each, i) => each === b[i])
  if (isSame(operands, control.operands) && isSame(regions, control.regions)) return control
  return makeControl({ ...control, operands, regions })
}

/** The scalar that a branch selects by. */
export const selectorOf = (control: GraphControl): GraphValue => control.operands[0]!
/** How many passes a loop makes at most, if that is known when it begins. */
export const countOf = (control: GraphControl): GraphValue | undefined =>
  control.counted ? control.operands[0] : undefined
export const bodyOf = (control: GraphControl): Graph => control.regions[0]!
export const conditionOf = (control: GraphControl): Graph | undefined => control.regions[1]

/** Where the initial carried values begin among the operands of a loop. */
export const firstCarried = (control: Pick<GraphControl, 'counted'>): number => Number(control.counted)
/** Initial values of a loop's carried ones. */
export const carriedOf = (control: GraphControl): readonly GraphValue[] =>
  control.operands.slice(firstCarried(control), firstCarried(control) + control.carried)
/** What regions read of the values outside. */
export const capturesOf = (control: GraphControl): readonly GraphValue[] =>
  control.operands.slice(isBranch(control) ? 1 : firstCarried(control) + control.carried)
/** The inputs by which a region reads them. */
export const captureInputsOf = (control: GraphControl, region: Graph): readonly GraphInput[] =>
  region.inputs.slice(isBranch(control) ? 0 : 1 + control.carried)

/** What each input of a region is given: undefined for the number of the pass. */
export const givenOf = (control: GraphControl): readonly (GraphValue | undefined)[] =>
  isBranch(control) ? capturesOf(control) : [undefined, ...control.operands.slice(firstCarried(control))]

/** The inputs by which a loop's region reads the present carried values. */
export const carriedInputsOf = (control: GraphControl, region: Graph): readonly GraphInput[] =>
  region.inputs.slice(1, 1 + control.carried)
