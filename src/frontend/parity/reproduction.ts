import type { Dtype, TypedArray } from '../../base/dtype.ts'
import type { CompileOptions } from '../../compile/options.ts'
import type { GraphInput } from '../../ir/graph.ts'
import { parseGraph } from '../../ir/parse.ts'
import { printGraph } from '../../ir/print.ts'
import { dtypeInfo } from '../../base/dtype.ts'
import { reproductionInput } from '../errors.ts'
import { differenceText, type Difference } from './difference.ts'
import type { ParityCase } from './parity-case.ts'

/** An input of a reproduction: its elements as the base64 of their bytes. */
export interface ReproductionInput {
  readonly dtype: Dtype
  readonly base64: string
}

/** A graph and its inputs as data. */
export interface Reproduction {
  readonly functionName: string
  /** As `source('ir')` prints graphs. */
  readonly graph: string
  readonly inputs: Readonly<Record<string, ReproductionInput>>
  readonly options: CompileOptions
}

/** A module that runs the case again, with the package alone. */
export function reproductionText(
  { functionName, graph, elements, options }: ParityCase,
  difference: Difference,
): string {
  const inputs = graph.inputs.map((input) => {
    const given = elements.get(input)!
    return `    ${JSON.stringify(input.name)}: { dtype: '${input.type.dtype}', base64: '${encodeElements(given)}' },`
  })
  const graphText = printGraph(graph, { sources: true })
  return [
    `// ${functionName.replaceAll('\n', ' ')}: ${differenceText(difference)}.`,
    '// The graph carried out op by op and compiled. Run with: node <this file>',
    "import { debug } from 'gryph'",
    '',
    'const finding = debug.reproduce({',
    `  functionName: ${JSON.stringify(functionName)},`,
    `  options: ${JSON.stringify(options)},`,
    `  graph: \`${graphText.replace(/[\\`]|\$\{/g, String.raw`\$&`)}\`,`,
    '  inputs: {',
    ...inputs,
    '  },',
    '})',
    'console.log(String(finding))',
    'process.exitCode = finding.difference ? 1 : 0',
    '',
  ].join('\n')
}

/** @throws REPRODUCTION_INVALID, IR_SYNTAX and others of the graph's text */
export function caseOf({ functionName, graph: text, inputs, options }: Reproduction): ParityCase {
  const graph = parseGraph(text)
  const elements = new Map<GraphInput, TypedArray>()
  for (const input of graph.inputs) {
    const given = inputs[input.name]
    const count = input.type.shape.reduce((product, size) => product * size, 1)
    if (given?.dtype !== input.type.dtype) throw reproductionInput(input.name, input.type)
    const decoded = decodeElements(given)
    if (decoded.length !== count) throw reproductionInput(input.name, input.type)
    elements.set(input, decoded)
  }
  return { functionName, graph, elements, options, nameOf: (result) => `result ${result}` }
}

function encodeElements(elements: TypedArray): string {
  const bytes = new Uint8Array(elements.buffer, elements.byteOffset, elements.byteLength)
  let text = ''
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192))
  return btoa(text)
}

function decodeElements({ dtype, base64 }: ReproductionInput): TypedArray {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const { array, byteSize } = dtypeInfo[dtype]
  return new array(bytes.buffer, 0, Math.floor(bytes.length / byteSize))
}
