import type { TensorType } from '../base/shape.ts'
import { compileGraph, type Bindings, type CompiledGraph } from '../compile/compile-graph.ts'
import type { CompileOptions } from '../compile/options.ts'
import { bindingsOf, variableOf } from '../frontend/hybridize/bindings.ts'
import type { ResultTemplate } from '../frontend/hybridize/results.ts'
import type { Specialisation } from '../frontend/hybridize/specialisation.ts'
import type { Template } from '../frontend/hybridize/template.ts'
import type { GraphInput } from '../ir/graph.ts'
import { Tensor } from '../frontend/tensor.ts'

/** A leaf of the arguments that callers give. Variables and static values are part of the program. */
export interface GivenLeaf {
  readonly path: readonly (string | number)[]
  readonly type: TensorType
  readonly isNumber: boolean
  readonly position: number
}

/** One program on its way out. */
export interface ExportedVariant {
  readonly functionName: string
  readonly specialisation: Specialisation
  readonly compiled: CompiledGraph
  readonly bindings: Bindings
  readonly given: readonly GivenLeaf[]
  readonly variableOf: (state: GraphInput) => Tensor
  /** What it reads, writes or returns of state, in that order. */
  readonly variables: readonly Tensor[]
}

export function variantOf(
  functionName: string,
  specialisation: Specialisation,
  parameters: readonly string[],
  options: CompileOptions,
): ExportedVariant {
  const { graph, sources } = specialisation.recording
  const [, ...items] = specialisation.template.items
  const states = graph.inputs.filter(({ role }) => role === 'state').map((state) => variableOf(sources, state))
  return {
    functionName,
    specialisation,
    compiled: compileGraph(graph, options, [], true),
    bindings: bindingsOf(sources),
    given: givenLeaves(items, parameters),
    variableOf: (state) => variableOf(sources, state),
    variables: [...states, ...variablesIn(specialisation.recording.resultTemplate)],
  }
}

function variablesIn(template: ResultTemplate): Tensor[] {
  switch (template.kind) {
    case 'view':
      return [template.variable]
    case 'same':
      return template.value instanceof Tensor && template.value.isVariable ? [template.value] : []
    case 'array':
    case 'object':
      return template.items.flatMap(variablesIn)
    default:
      return []
  }
}

const number: TensorType = { dtype: 'float64', shape: [] }

/** What callers give, of the arguments of a call. */
export function givenLeaves(items: readonly Template[], parameters: readonly string[]): GivenLeaf[] {
  const given: GivenLeaf[] = []
  let position = 0
  const visit = (form: Template, path: readonly (string | number)[]): void => {
    switch (form.kind) {
      case 'tensor':
      case 'leaf':
        given.push({ path, type: form.type, isNumber: false, position: position++ })
        return
      case 'number':
        given.push({ path, type: number, isNumber: true, position: position++ })
        return
      case 'variable':
        position++
        return
      case 'array':
        return form.items.forEach((item, i) => visit(item, [...path, i]))
      case 'object':
        return form.items.forEach((item, i) => visit(item, [...path, form.keys[i]!]))
      default:
    }
  }
  // A function of one object takes its fields as they are.
  const isOneObject = items.length === 1 && items[0]!.kind === 'object' && parameters[0]!.startsWith('{')
  items.forEach((item, i) => visit(item, isOneObject ? [] : [nameOf(parameters, i)]))
  return given
}

/** A pattern has no name. */
const nameOf = (parameters: readonly string[], i: number): string =>
  /^[\w$]+$/.test(parameters[i] ?? '') ? parameters[i]! : `argument${i}`
