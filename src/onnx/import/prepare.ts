import { quoted } from '../../data/files/errors.ts'
import type { OnnxFunction, OnnxGraph, OnnxModel, OnnxNode, OnnxOpset } from '../model.ts'
import { graphInvalid, nodeText } from './errors.ts'
import type { Operator } from './node-call.ts'
import { operatorOf } from './operators/index.ts'

/** A node with what it takes to run it. */
export interface PreparedNode {
  readonly node: OnnxNode
  readonly opset: number
  /** An operator, or a function that the model defines. Neither where there is no counterpart. */
  readonly operator: Operator | undefined
  readonly body: PreparedFunction | undefined
  readonly hasGraphs: boolean
  /** Values that nothing reads after it. */
  readonly dead: readonly string[]
}

export interface PreparedGraph {
  readonly graph: OnnxGraph
  readonly nodes: readonly PreparedNode[]
}

export interface PreparedFunction {
  readonly fn: OnnxFunction
  readonly nodes: readonly PreparedNode[]
}

/** A model whose graphs hang together: what a node reads has been made before it, once. */
export interface PreparedModel {
  readonly main: PreparedGraph
  readonly graphs: ReadonlyMap<OnnxGraph, PreparedGraph>
  /** Of all graphs and functions that are used. */
  readonly nodes: readonly PreparedNode[]
}

/** Names that a graph may read: its own, and those around it. */
class Names {
  readonly own = new Set<string>()
  readonly around: Names | undefined

  constructor(around?: Names) {
    this.around = around
  }

  has(name: string): boolean {
    return this.own.has(name) || (this.around?.has(name) ?? false)
  }
}

/** Checks a model and finds its operators. @throws ONNX_GRAPH_INVALID */
export function prepareModel(model: OnnxModel, file: string): PreparedModel {
  const preparing = new Preparing(model, file)
  const main = preparing.graph(model.graph, model.opsets, undefined, 'the graph')
  return { main, graphs: preparing.graphs, nodes: preparing.nodes }
}

const functionKey = (domain: string, name: string): string => JSON.stringify([domain, name])

class Preparing {
  readonly graphs = new Map<OnnxGraph, PreparedGraph>()
  readonly nodes: PreparedNode[] = []
  readonly #file: string
  readonly #functions: ReadonlyMap<string, OnnxFunction>
  readonly #prepared = new Map<OnnxFunction, PreparedFunction>()
  readonly #open = new Set<OnnxFunction>()

  constructor(model: OnnxModel, file: string) {
    this.#file = file
    this.#functions = new Map(model.functions.map((fn) => [functionKey(fn.domain, fn.name), fn]))
  }

  graph(graph: OnnxGraph, opsets: readonly OnnxOpset[], around: Names | undefined, what: string): PreparedGraph {
    const names = new Names(around)
    for (const { name } of graph.inputs) this.#make(names, name, what)
    const inputs = new Set(names.own)
    const seen = new Set<string>()
    for (const { name } of graph.initializers) {
      if (seen.has(name)) throw graphInvalid(`${what} of ${this.#file}`, `has two initializers ${quoted(name)}`)
      seen.add(name)
      if (!inputs.has(name)) this.#make(names, name, what)
    }
    const prepared = {
      graph,
      nodes: this.#inOrder(
        graph.nodes,
        graph.outputs.map(({ name }) => name),
        opsets,
        names,
        what,
      ),
    }
    this.graphs.set(graph, prepared)
    return prepared
  }

  #function(fn: OnnxFunction, caller: OnnxNode): PreparedFunction {
    const known = this.#prepared.get(fn)
    if (known) return known
    if (this.#open.has(fn)) throw graphInvalid(nodeText(caller), `calls the function ${quoted(fn.name)} inside itself`)
    this.#open.add(fn)
    const names = new Names()
    const what = `the function ${quoted(fn.name)}`
    for (const name of fn.inputs) this.#make(names, name, what)
    const prepared = { fn, nodes: this.#inOrder(fn.nodes, fn.outputs, fn.opsets, names, what) }
    this.#open.delete(fn)
    this.#prepared.set(fn, prepared)
    return prepared
  }

  #inOrder(
    nodes: readonly OnnxNode[],
    outputs: readonly string[],
    opsets: readonly OnnxOpset[],
    names: Names,
    what: string,
  ): PreparedNode[] {
    const made = new Set(nodes.flatMap((node) => node.outputs))
    const lastReaders = new Map<string, number>()
    const prepared = nodes.map((node, at) => {
      for (const name of node.inputs) {
        if (name === '') continue
        if (!names.has(name)) throw graphInvalid(nodeText(node), unmadeText(name, made.has(name)))
        lastReaders.set(name, at)
      }
      let hasGraphs = false
      for (const attribute of node.attributes.values()) {
        const inner =
          attribute.type === 'graph' ? [attribute.value] : attribute.type === 'graphs' ? attribute.value : []
        for (const graph of inner) {
          hasGraphs = true
          this.graph(graph, opsets, names, `a graph in ${nodeText(node)}`)
          for (const name of readIn(graph)) lastReaders.set(name, at)
        }
      }
      for (const name of node.outputs) if (name !== '') this.#make(names, name, nodeText(node))
      const fn = this.#functions.get(functionKey(node.domain, node.opType))
      const entry = {
        node,
        opset: versionOf(opsets, node.domain),
        operator: fn ? undefined : operatorOf(node),
        body: fn && this.#function(fn, node),
        hasGraphs,
        dead: [] as string[],
      }
      this.nodes.push(entry)
      return entry
    })
    for (const name of outputs) {
      if (!names.has(name)) throw graphInvalid(`${what} of ${this.#file}`, `gives ${quoted(name)}, which nothing makes`)
      lastReaders.delete(name)
    }
    for (const [name, at] of lastReaders) if (names.own.has(name)) prepared[at]!.dead.push(name)
    return prepared
  }

  #make(names: Names, name: string, what: string): void {
    if (names.own.has(name)) throw graphInvalid(`${what} of ${this.#file}`, `makes ${quoted(name)} a second time`)
    names.own.add(name)
  }
}

const unmadeText = (name: string, isMadeLater: boolean): string =>
  `reads ${quoted(name)}, which ${isMadeLater ? 'is made by itself or after it' : 'nothing makes'}`

/** All names that a graph reads, in graphs of its nodes too. */
function readIn(graph: OnnxGraph): string[] {
  const inner = graph.nodes.flatMap((node) =>
    [...node.attributes.values()].flatMap((attribute) =>
      attribute.type === 'graph'
        ? readIn(attribute.value)
        : attribute.type === 'graphs'
          ? attribute.value.flatMap(readIn)
          : [],
    ),
  )
  return [...graph.nodes.flatMap((node) => node.inputs), ...graph.outputs.map(({ name }) => name), ...inner]
}

const versionOf = (opsets: readonly OnnxOpset[], domain: string): number => {
  const own = domain === 'ai.onnx' ? '' : domain
  return (
    opsets.find((opset) => opset.domain === own)?.version ?? opsets.find((opset) => opset.domain === '')?.version ?? 0
  )
}
