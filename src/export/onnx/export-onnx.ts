import { evaluateConstant } from '../../compile/evaluate-constant.ts'
import { variableOf } from '../../frontend/hybridize/bindings.ts'
import type { Specialisation } from '../../frontend/hybridize/specialisation.ts'
import { signatureText } from '../../frontend/hybridize/template.ts'
import type { Tensor } from '../../frontend/tensor.ts'
import { isNode, type Graph, type GraphInput } from '../../ir/graph.ts'
import { encodeModel } from '../../onnx/encode-model.ts'
import type { OnnxModel, OnnxNode } from '../../onnx/model.ts'
import { canonicalize } from '../../passes/canonicalize.ts'
import { commonSubexpressions } from '../../passes/common-subexpressions.ts'
import { constantFolding } from '../../passes/constant-folding.ts'
import { deadCode } from '../../passes/dead-code.ts'
import { runPasses } from '../../passes/pass.ts'
import { simplify } from '../../passes/simplify.ts'
import { programsOf } from '../entries.ts'
import { exportOptionInvalid, notExportable } from '../errors.ts'
import type { InputForms } from '../options.ts'
import { nameStates, type Weights } from '../state-names.ts'
import { givenLeaves, pathText } from '../variant.ts'
import { GraphWriter, type Ref } from './graph-writer.ts'
import { renamed } from './rename-values.ts'
import { namedResults } from './results.ts'
import { BodyWriter, onnxValue, type Env } from './write-graph.ts'

/** Options of `exportOnnx`. */
export interface ExportOnnxOptions {
  /** What the function is called with, as for `exportModule`; needed unless it has been called in one form. */
  readonly inputs?: InputForms
  /** What names the weights: a module, or an object of these, whose keys come before the names. */
  readonly weights?: Weights
  /** Name of the graph; by default the function's. */
  readonly name?: string
  /** Version of the operators: 17 … 21. Default 17. */
  readonly opset?: number
}

const where = 'exportOnnx'
/** The file format that each operator set came with. */
const irVersions: Readonly<Record<number, number>> = { 17: 8, 18: 8, 19: 9, 20: 9, 21: 10 }
/** Equal things are one, and what is known is not computed; the graph stays what was written. */
const passes = [canonicalize, simplify, constantFolding, canonicalize, simplify, commonSubexpressions, deadCode]

/**
 * The bytes of an ONNX model that computes what a hybridized function does. What the function reads of modules and variables is in it under the
 * names of `stateDict`. Shapes are those of the form that is exported.
 *
 * @throws EXPORT_NOT_COMPILED, EXPORT_REFUSED, OPTION_INVALID, FUNCTION_EXPECTED
 * @example writeFileSync('predict.onnx', exportOnnx(predict, { inputs: { image: { shape: [1, 784] } }, weights: net }))
 */
export const exportOnnx = (fn: (...args: never[]) => unknown, options: ExportOnnxOptions = {}): Uint8Array =>
  encodeModel(onnxModelOf(fn, options))

/** The model as data. */
export function onnxModelOf(fn: (...args: never[]) => unknown, options: ExportOnnxOptions = {}): OnnxModel {
  const { inputs } = checked(options)
  const { functionName, parameters, chosen } = programsOf(where, fn, inputs)
  const [specialisation, another] = chosen
  if (another)
    refuse(
      functionName,
      `has ${chosen.length} programs, for instance for ${signatureText(specialisation!.template)}`,
      'Say which with { inputs: [...] }',
    )
  return modelOfProgram(functionName, specialisation!, parameters, options)
}

/** What a model is made of. */
export type RecordedProgram = Pick<Specialisation, 'recording' | 'template'>

export function modelOfProgram(
  functionName: string,
  program: RecordedProgram,
  parameters: readonly string[],
  { weights, name, opset = 17 }: ExportOnnxOptions,
): OnnxModel {
  const writer = new GraphWriter(opset)
  const model = writeModel(writer, functionName, program, parameters, weights)
  return {
    irVersion: irVersions[opset]!,
    producerName: 'gryph',
    producerVersion: '',
    opsets: [{ domain: '', version: opset }],
    functions: [],
    metadata: new Map(),
    graph: {
      name: name ?? functionName.replaceAll(/\W+/g, '_'),
      values: [],
      initializers: writer.initializers,
      ...model,
    },
  }
}

function checked(options: ExportOnnxOptions): ExportOnnxOptions {
  const names = ['inputs', 'weights', 'name', 'opset']
  if (typeof options !== 'object' || options === null)
    throw exportOptionInvalid('inputs', 'missing', 'an object: exportOnnx(fn, { inputs: [...] })', where)
  for (const name of Object.keys(options))
    if (!names.includes(name)) throw exportOptionInvalid(name, 'not known', `one of ${names.join(', ')}`, where)
  const { opset = 17, name } = options
  if (!(opset in irVersions)) throw exportOptionInvalid('opset', String(opset), 'a whole number from 17 to 21', where)
  if (name !== undefined && typeof name !== 'string') throw exportOptionInvalid('name', String(name), 'a string', where)
  return options
}

function refuse(functionName: string, why: string, remedy: string): never {
  throw notExportable(where, functionName, why, remedy)
}

const at = (source: string | undefined): string => (source === undefined ? '' : ` at ${source}`)

function writeModel(
  writer: GraphWriter,
  functionName: string,
  { recording, template }: RecordedProgram,
  parameters: readonly string[],
  weights: Weights | undefined,
): Pick<OnnxModel['graph'], 'nodes' | 'inputs' | 'outputs'> {
  const { sources, resultTemplate, weakResults } = recording
  const states = recording.graph.inputs.filter(({ role }) => role === 'state')
  const variables = states.map((state) => variableOf(sources, state))
  const names = new Map([...nameStates(variables, weights, where)].map(([storage, [first]]) => [storage, first!]))
  const [write] = recording.graph.writes
  if (write) {
    const written = names.get(variableOf(sources, write.state).storage)!
    const source = isNode(write.value) ? at(write.value.source) : ''
    refuse(
      functionName,
      `changes ${written}${source}, and a model has no state`,
      'Export a function that only reads it',
    )
  }
  const env: Env = new Map()
  const argumentsAt = new Map<number, Ref>()
  const byPosition = new Map<number, GraphInput>()
  for (const input of recording.graph.inputs) {
    const source = sources.get(input)
    if (source?.kind === 'argument') byPosition.set(source.position, input)
  }
  const [, ...items] = template.items
  for (const { path, type, position } of givenLeaves(functionName, items, parameters)) {
    const input = byPosition.get(position)
    const { dtype, shape } = input?.type ?? type
    const ref: Ref = { name: writer.fresh(pathText(path)), elementType: dtype, shape }
    argumentsAt.set(position, ref)
    if (input) env.set(input, ref)
  }
  const inputs = [...argumentsAt.values()].map(onnxValue)
  const tensorRefs = new Map<Tensor['storage'], Ref>()
  const heldTensor = (tensor: Tensor, base: string): Ref => {
    const { dtype: elementType, shape } = tensor
    return writer.initializer(base, { elementType, shape }, tensor.copyElements())
  }
  const graph: Graph = { ...runPasses(recording.graph, passes, { evaluate: evaluateConstant }), checks: [] }
  for (const input of graph.inputs) {
    const source = sources.get(input)
    if (source?.kind === 'state') {
      const ref = heldTensor(source.variable, names.get(source.variable.storage)!)
      tensorRefs.set(source.variable.storage, ref)
      env.set(input, ref)
    } else if (source?.kind === 'capture') env.set(input, heldTensor(source.tensor, 'constant'))
  }
  const body = new BodyWriter(writer, (node, { why, remedy }) =>
    refuse(functionName, `${why}${at(node.source)}`, remedy),
  )
  const results = body.write({ ...graph, results: graph.results.slice(0, weakResults.length) }, env)
  const named = namedResults(resultTemplate, {
    result: (position) => results[position]!,
    argument: (position) =>
      argumentsAt.get(position) ??
      refuse(functionName, 'returns a variable that it was given', 'Return a copy: variable.clone()'),
    tensor: (tensor) => (tensor.isVariable && tensorRefs.get(tensor.storage)) || heldTensor(tensor, 'constant'),
    refuse: (what, remedy) => refuse(functionName, `returns ${what}`, remedy),
  })
  return { inputs, ...withOutputs(writer, named) }
}

/** Results that a node makes, once each, take the name of the output; others are passed on. */
function withOutputs(
  writer: GraphWriter,
  named: readonly (readonly [string, Ref])[],
): Pick<OnnxModel['graph'], 'nodes' | 'outputs'> {
  const made = new Set(writer.nodes.flatMap(({ outputs }) => outputs))
  const newNames = new Map<string, string>()
  const outputs = named.map(([base, given]) => {
    const ref = made.delete(given.name) ? given : writer.node('Identity', [given], given)
    const name = writer.fresh(base)
    newNames.set(ref.name, name)
    return onnxValue({ ...ref, name })
  })
  const nodes: readonly OnnxNode[] = renamed(writer.nodes, newNames)
  return { nodes, outputs }
}
