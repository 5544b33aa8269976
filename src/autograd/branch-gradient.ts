import { graphInterpreter } from '../ir/builder.ts'
import { captureInputsOf } from '../ir/control.ts'
import type { Graph, GraphControl, GraphInput, GraphValue } from '../ir/graph.ts'
import { copyGraph } from '../ir/substitute.ts'
import { currentInterpreter, withInterpreter, type Value } from '../ops/interpreter.ts'
import type { ApplyControl, ControlUse } from './control-use.ts'
import type { JointContributions, JointCotangents, Root } from './pull-back.ts'
import { Given, InputMaker } from './input-maker.ts'
import { pullBackRegion, type RegionGradient } from './region-gradient.ts'
import { either, nothing, type Sum, type Touched } from './sum.ts'

/** The gradient of a branch is a branch by the same selector. Operand 0 is the selector; operand 1 + i is capture i. */
export function pullBackBranch(
  { control, operands }: ControlUse,
  { cotangents, sums, needs }: JointCotangents,
  apply: ApplyControl,
): JointContributions {
  const [selector, ...captures] = operands
  const given = new Given(new InputMaker(control.regions.flatMap(({ inputs }) => inputs)))
  const seeds = cotangents.flatMap((sum, result) =>
    sum
      ? [{ result, cotangent: given.add('cotangent', sum.cotangent), touched: given.addFlag('touched', sum.touched) }]
      : [],
  )
  const sumInputs = captures.map((_, i) => {
    const sum = needs(1 + i) ? sums[1 + i] : undefined
    return sum && given.add('sum', sum.cotangent)
  })
  const gradients = control.regions.map((region) => {
    const inputs = captureInputsOf(control as GraphControl, region) // asks for its kind only
    const wanted = inputs.filter((_, i) => needs(1 + i))
    return { region, inputs, gradient: pullBackRegion(region, rootsOf(region, inputs), wanted) }
  })

  function rootsOf(region: Graph, inputs: readonly GraphInput[]): Root<GraphValue>[] {
    const before = sumInputs.flatMap((sum, i) => (sum ? [{ value: inputs[i]!, cotangent: sum, touched: false }] : []))
    // As if each result were a value of its own, made after all others of the region.
    const last = seeds.map(({ result, ...seed }) => ({ value: region.results[result]!, ...seed })).reverse()
    return [...before, ...last]
  }

  const reached = captures.flatMap((capture, i) => {
    const touched = gradients.map(({ inputs, gradient }) => touchedIn(gradient, inputs[i]!))
    return needs(1 + i) && touched.some((flag) => flag !== false) ? [{ i, capture, touched }] : []
  })
  if (reached.length === 0) return { sums: new Map(), added: [] }
  // A region around this one only has sums of what its own gradient reaches.
  given.keep((input) => !sumInputs.includes(input) || reached.some(({ i }) => sumInputs[i] === input))
  const uncertain = reached.filter(({ touched }) => touched.some((flag) => flag !== true))
  const regions = gradients.map(({ region, inputs, gradient }, r): Graph => {
    const results = withInterpreter(graphInterpreter, () => [
      ...reached.map(({ i, capture }) => gradient.of(inputs[i]!)?.cotangent ?? sumInputs[i] ?? nothing(capture)),
      ...uncertain.map(({ touched }) => flagValue(touched[r]!)),
    ])
    return copyGraph({ inputs: [...region.inputs, ...given.inputs], results: results as GraphValue[], writes: [] }) // the graph interpreter's values
  })
  const results = apply({ ...control, regions }, [selector!, ...captures, ...given.operands])
  const after = new Map<number, Sum>()
  reached.forEach(({ i }, position) => {
    const place = uncertain.findIndex((each) => each.i === i)
    const touched: Touched = place < 0 ? true : results[reached.length + place]!
    after.set(1 + i, { cotangent: results[position]!, touched: either(touched, sums[1 + i]?.touched ?? false) })
  })
  return { sums: after, added: [] }
}

const touchedIn = (gradient: RegionGradient, input: GraphInput): Touched => gradient.of(input)?.touched ?? false

export const flagValue = (touched: Touched): Value =>
  typeof touched === 'boolean' ? currentInterpreter().constant(Number(touched), 'bool') : touched
