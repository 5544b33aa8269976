import type { TensorType } from '../base/shape.ts'
import { compileGraph, type Bindings, type CompiledGraph } from '../compile/compile-graph.ts'
import type { CompileOptions } from '../compile/options.ts'
import { partsOf } from '../frontend/guards/parameter-names.ts'
import { bindingsOf, variableOf } from '../frontend/hybridize/bindings.ts'
import type { ResultTemplate } from '../frontend/hybridize/results.ts'
import type { Specialisation } from '../frontend/hybridize/specialisation.ts'
import type { Template } from '../frontend/hybridize/template.ts'
import type { GraphInput } from '../ir/graph.ts'
import { Tensor } from '../frontend/tensor.ts'
import { notExportable } from './errors.ts'

/** A leaf of the arguments that callers give. Variables and static values are part of the program. */
export interface GivenLeaf {
  readonly path: readonly (string | number)[]
  readonly type: TensorType
  readonly isNumber: boolean
  readonly position: number
}

/** What a program was made for: a caller gives this value, or for null nothing; or an object of no other keys. */
export type Setting =
  | { readonly path: GivenLeaf['path']; readonly value: string | number | boolean | null }
  | { readonly path: GivenLeaf['path']; readonly keys: readonly string[] }

/** One program on its way out. */
export interface ExportedVariant {
  readonly functionName: string
  readonly specialisation: Specialisation
  readonly compiled: CompiledGraph
  readonly bindings: Bindings
  readonly given: readonly GivenLeaf[]
  readonly settings: readonly Setting[]
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
    ...formOfInputs(functionName, items, parameters),
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
export const givenLeaves = (
  functionName: string,
  items: readonly Template[],
  parameters: readonly string[],
): readonly GivenLeaf[] => formOfInputs(functionName, items, parameters).given

/** What callers give, and what else it has to be like. @throws EXPORT_REFUSED */
function formOfInputs(
  functionName: string,
  items: readonly Template[],
  parameters: readonly string[],
): Pick<ExportedVariant, 'given' | 'settings'> {
  const given: GivenLeaf[] = []
  const settings: Setting[] = []
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
        settings.push({ path, value: null })
        return
      case 'array':
        settings.push({ path, keys: form.items.map((_, i) => String(i)) })
        return form.items.forEach((item, i) => visit(item, [...path, i]))
      case 'object':
        if (path.length > 0) settings.push({ path, keys: form.keys })
        return form.items.forEach((item, i) => visit(item, [...path, form.keys[i]!]))
      case 'bytes':
        throw notExportable(
          'exportModule',
          functionName,
          `has the elements of ${pathText(path)}, a typed array, in its program`,
          'Let it take a tensor',
        )
      case 'static':
        settings.push(...settingOf(functionName, path, form.value))
    }
  }
  // A function of one object takes its fields as they are.
  const isOneObject = items.length === 1 && items[0]!.kind === 'object' && parameters[0]?.startsWith('{') === true
  items.forEach((item, i) => visit(item, isOneObject ? [] : [nameOf(parameters, i)]))
  // A default is part of the program.
  const fields = isOneObject ? partsOf(parameters[0]!.slice(1, -1)).map((field) => /^[\w$]+/.exec(field)?.[0]) : []
  const [first] = items
  for (const field of fields)
    if (field !== undefined && first?.kind === 'object' && !first.keys.includes(field))
      settings.push({ path: [field], value: null })
  for (let i = items.length; i < parameters.length; i++)
    if (!parameters[i]!.startsWith('...')) settings.push({ path: [nameOf(parameters, i)], value: null })
  return { given, settings }
}

/** Instances and functions are part of the program: nobody can give them. */
function settingOf(functionName: string, path: GivenLeaf['path'], value: unknown): Setting[] {
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)))
    throw notExportable(
      'exportModule',
      functionName,
      `is made for ${pathText(path)} ${value}`,
      'Export it for a number',
    )
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') return [{ path, value }]
  return value === undefined || value === null ? [{ path, value: null }] : []
}

export const pathText = (path: GivenLeaf['path']): string =>
  path.map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? key : `.${key}`)).join('')

/** A pattern has no name. */
const nameOf = (parameters: readonly string[], i: number): string =>
  /^[{[.]|^$/.test(parameters[i] ?? '') ? `argument${i}` : parameters[i]!
