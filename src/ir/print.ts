import { inDependencyOrder, isNode, type Graph, type GraphConstant, type GraphInput, type GraphValue } from './graph.ts'
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

export function graphLines(graph: Graph, options: PrintOptions = {}): GraphLines {
  const nameOf = new Map<GraphValue, string>(graph.inputs.map((input) => [input, inputName(input.name)]))
  // An invalid graph prints too, so that the verifier can show it: `%?` is a value that has no line yet.
  const name = (value: GraphValue): string => nameOf.get(value) ?? '%?'
  const lines = [`graph(${graph.inputs.map(inputText).join(', ')}) {`]
  const lineOf = new Map<object, number>(graph.inputs.map((input) => [input, 0]))
  inDependencyOrder(graph).forEach((value, i) => {
    const body = isNode(value)
      ? `${value.op}(${value.operands.map(name).join(', ')})${spaced(attrsText(value.attrs))}`
      : constantText(value)
    const source = options.sources && isNode(value) && value.source ? ` // ${value.source}` : ''
    nameOf.set(value, `%${i}`)
    lineOf.set(value, lines.length)
    lines.push(`  %${i} = ${body} : ${typeText(value.type)}${source}`)
  })
  for (const write of graph.writes) {
    lineOf.set(write, lines.length)
    lines.push(`  write ${name(write.state)} <- ${name(write.value)}`)
  }
  for (const check of graph.checks ?? []) lines.push(`  check ${name(check)}`)
  lines.push(`  return${spaced(graph.results.map(name).join(', '))}`, '}')
  return { lines, lineOf, nameOf }
}

const spaced = (text: string): string => (text === '' ? '' : ` ${text}`)

const inputText = ({ role, weak, name, type }: GraphInput): string =>
  `${role === 'argument' ? '' : `${role} `}${weak ? 'weak ' : ''}${inputName(name)}: ${typeText(type)}`

function constantText({ value, type }: GraphConstant): string {
  if (typeof value === 'number') return `constant(${numberText(value, type.dtype)})`
  return `constant([${Array.from(value, (element) => numberText(element, type.dtype)).join(', ')}])`
}
