import { isBranch } from './control.ts'
import {
  inDependencyOrder,
  isNode,
  isResult,
  type Graph,
  type GraphConstant,
  type GraphControl,
  type GraphInput,
  type GraphNode,
  type GraphValue,
} from './graph.ts'
import { attrsText, inputName, numberText, typeText } from './text.ts'

export interface PrintOptions {
  /** Ends the line of a node with `// file:line:column` where it is known. */
  readonly sources?: boolean
}

/** Text of a graph: one value per line, the same on every run. `parseGraph` reads it. */
export const printGraph = (graph: Graph, options: PrintOptions = {}): string =>
  `${graphLines(graph, options).lines.join('\n')}\n`

export interface GraphLines {
  readonly lines: readonly string[]
  /** Which line a node, a constant or a state write is on; inputs are on the first. */
  readonly lineOf: ReadonlyMap<object, number>
  /** `%x` or `%3`. */
  readonly nameOf: ReadonlyMap<GraphValue, string>
}

export function graphLines(graph: Graph, options: PrintOptions = {}, indent = '', label = 'graph'): GraphLines {
  const nameOf = new Map<GraphValue, string>(graph.inputs.map((input) => [input, inputName(input.name)]))
  // An invalid graph prints too, so that the verifier can show it: `%?` is a value that has no line yet.
  const name = (value: GraphValue): string => nameOf.get(value) ?? '%?'
  const lines = [`${indent}${label}(${graph.inputs.map(inputText).join(', ')}) {`]
  const lineOf = new Map<object, number>(graph.inputs.map((input) => [input, 0]))
  inDependencyOrder(graph).forEach((value, i) => {
    nameOf.set(value, `%${i}`)
    lineOf.set(value, lines.length)
    if (!isResult(value)) lines.push(`${indent}  ${valueText(value, name, options)}`)
    else if (value.index === 0) lines.push(...controlLines(value.control, i, name, options, `${indent}  `))
  })
  for (const write of graph.writes) {
    lineOf.set(write, lines.length)
    lines.push(`${indent}  write ${name(write.state)} <- ${name(write.value)}`)
  }
  for (const check of graph.checks ?? []) lines.push(`${indent}  check ${name(check)}`)
  lines.push(`${indent}  return${spaced(graph.results.map(name).join(', '))}`, `${indent}}`)
  return { lines, lineOf, nameOf }
}

type NameOf = (value: GraphValue) => string

function valueText(value: GraphNode | GraphConstant, name: NameOf, { sources }: PrintOptions): string {
  const body = isNode(value)
    ? `${value.op}(${value.operands.map(name).join(', ')})${spaced(attrsText(value.attrs))}`
    : constantText(value)
  return `${name(value)} = ${body} : ${typeText(value.type)}${sources && isNode(value) ? sourceText(value.source) : ''}`
}

/** The line of a control op, whose first result has the number `first`, and its regions, whose values have names of their own. */
function controlLines(
  control: GraphControl,
  first: number,
  name: NameOf,
  options: PrintOptions,
  indent: string,
): string[] {
  const { name: op, operands, results, carried, counted, source } = control
  const attrs = isBranch(control) ? '' : spaced(attrsText({ carried, counted }))
  const names = results.map((_, i) => `%${first + i}`).join(', ')
  const types = results.map(({ type }) => typeText(type)).join(', ')
  const call = `${op}(${operands.map(name).join(', ')})${attrs}`
  return [
    `${indent}${names} = ${call} : ${types}${options.sources ? sourceText(source) : ''}`,
    ...control.regions.flatMap((region) => graphLines(region, options, `${indent}  `, 'region').lines),
  ]
}

const sourceText = (source: string | undefined): string => (source === undefined ? '' : ` // ${source}`)

const spaced = (text: string): string => (text === '' ? '' : ` ${text}`)

const inputText = ({ role, weak, name, type }: GraphInput): string =>
  `${role === 'argument' ? '' : `${role} `}${weak ? 'weak ' : ''}${inputName(name)}: ${typeText(type)}`

function constantText({ value, type }: GraphConstant): string {
  if (typeof value === 'number') return `constant(${numberText(value, type.dtype)})`
  return `constant([${Array.from(value, (element) => numberText(element, type.dtype)).join(', ')}])`
}
