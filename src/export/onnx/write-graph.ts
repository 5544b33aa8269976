import {
  bodyOf,
  capturesOf,
  carriedOf,
  conditionOf,
  countOf,
  givenOf,
  isBranch,
  passNumberType,
  selectorOf,
} from '../../ir/control.ts'
import {
  inDependencyOrder,
  isConstant,
  isNode,
  isResult,
  useCounts,
  type Graph,
  type GraphControl,
  type GraphNode,
  type GraphValue,
} from '../../ir/graph.ts'
import type { TensorType } from '../../base/shape.ts'
import type { OnnxGraph, OnnxValue } from '../../onnx/model.ts'
import { subgraph, type GraphWriter, type Ref, type RefType } from './graph-writer.ts'
import type { Idiom } from './idioms/idiom.ts'
import { idiomsIn } from './idioms/table.ts'
import type { Refusal } from './operators/operator.ts'
import { operatorOf } from './operators/table.ts'

/** Values of a graph, and what they are in the model. */
export type Env = Map<GraphValue, Ref>

/** What `refuse` is told of. */
export type Refuse = (node: GraphNode, refusal: Refusal) => never

const typeOf = ({ dtype, shape }: TensorType): RefType => ({ elementType: dtype, shape })
const flag: RefType = { elementType: 'bool', shape: [] }
const long: RefType = { elementType: 'int64', shape: [] }

export const onnxValue = ({ name, elementType, shape }: Ref): OnnxValue => ({ name, elementType, shape })

/** Writes the nodes that a graph's results need. */
export class BodyWriter {
  readonly #writer: GraphWriter
  readonly #refuse: Refuse

  constructor(writer: GraphWriter, refuse: Refuse) {
    this.#writer = writer
    this.#refuse = refuse
  }

  /** Results of `graph` whose inputs are in `env`. */
  write(graph: Graph, env: Env): Ref[] {
    const uses = useCounts(graph)
    const { idioms, needed } = idiomsIn(graph)
    for (const value of inDependencyOrder(graph)) {
      if (isResult(value) ? env.has(value) : !needed.has(value)) continue
      if (isConstant(value)) env.set(value, this.#constant(value))
      else if (isNode(value)) env.set(value, this.#node(value, env, idioms.get(value)))
      else if (value.index === 0) this.#control(value.control, env, uses)
    }
    return graph.results.map((result) => env.get(result)!)
  }

  #constant({ value, type }: GraphValue & { op: 'constant' }): Ref {
    if (typeof value === 'number') return this.#writer.filled(typeOf(type), value)
    return value.length <= 16
      ? this.#writer.constant(typeOf(type), Array.from(value))
      : this.#writer.initializer('constant', typeOf(type), value)
  }

  #node(node: GraphNode, env: Env, idiom: Idiom | undefined): Ref {
    const refs = (values: readonly GraphValue[]): Ref[] => values.map((value) => env.get(value)!)
    if (idiom) return idiom.write(this.#writer, refs(idiom.operands), typeOf(node.type))
    const operator = operatorOf(node.op)
    if (typeof operator !== 'function') return this.#refuse(node, operator)
    const { dtype: elementType, shape } = node.type
    return operator(this.#writer, {
      operands: refs(node.operands),
      attrs: node.attrs,
      result: { elementType, shape },
    })
  }

  #control(control: GraphControl, env: Env, uses: ReadonlyMap<GraphValue, number>): void {
    const refs = isBranch(control) ? this.#branch(control, env) : this.#loop(control, env, uses)
    control.results.forEach((result, i) => {
      const ref = refs[i]
      if (ref) env.set(result, ref)
    })
  }

  #branch(control: GraphControl, env: Env): Ref[] {
    const captures = capturesOf(control).map((value) => env.get(value)!)
    const arms = control.regions.map((region) => (): Ref[] => this.write(region, inputsOf(region, captures)))
    if (arms.length === 1) return arms[0]!()
    const selector = env.get(selectorOf(control))!
    const types = control.results.map(({ type }) => typeOf(type))
    const choose = (first: number): Ref[] => {
      if (first === arms.length - 1) return arms[first]!()
      const isBool = selector.elementType === 'bool'
      // Arm 0 is for false; a number below 0 means the first one, one too large the last.
      const condition = isBool
        ? selector
        : this.#writer.node('LessOrEqual', [selector, this.#writer.scalar('int32', first)], flag)
      const here = this.#subgraph('here', [], arms[first]!)
      const further = this.#subgraph('further', [], () => choose(first + 1))
      return this.#writer.nodeOf('If', [condition], types, {
        then_branch: subgraph(isBool ? further : here),
        else_branch: subgraph(isBool ? here : further),
      })
    }
    return choose(0)
  }

  #loop(control: GraphControl, env: Env, uses: ReadonlyMap<GraphValue, number>): (Ref | undefined)[] {
    const writer = this.#writer
    const { carried } = control
    const captures = givenOf(control)
      .slice(1 + carried)
      .map((value) => env.get(value!)!)
    const initial = carriedOf(control).map((value) => env.get(value)!)
    const condition = conditionOf(control)
    const holds = (region: Graph, pass: Ref, values: readonly Ref[]): Ref =>
      this.write(region, inputsOf(region, [pass, ...values, ...captures]))[0]!
    const count = countOf(control)
    const counted = uses.has(control.results[carried]!)
    const start = writer.scalar('int32', 0)
    const startsWith = counted ? [...initial, start] : initial
    const input = (name: string, type: RefType): Ref => ({ ...type, name: writer.fresh(name) })
    const passNumber = input('pass', long)
    const goesOn = input('goes_on', flag)
    const states = startsWith.map((ref) => input('state', ref))
    const body = this.#subgraph('body', [passNumber, goesOn, ...states], () => {
      const pass = writer.cast(passNumber, 'int32')
      const values = states.slice(0, carried)
      const next = this.write(bodyOf(control), inputsOf(bodyOf(control), [pass, ...values, ...captures]))
      if (!condition && !counted) return [goesOn, ...next]
      const after = writer.node('Add', [pass, writer.scalar('int32', 1)], typeOf(passNumberType))
      return [condition ? holds(condition, after, next) : goesOn, ...next, ...(counted ? [after] : [])]
    })
    const first = condition && holds(condition, start, initial)
    return writer.nodeOf(
      'Loop',
      [count && this.#mostPasses(count, env), first, ...startsWith],
      startsWith.map(({ elementType, shape }) => ({ elementType, shape })),
      { body: subgraph(body) },
    )
  }

  #mostPasses(count: GraphValue, env: Env): Ref {
    const isKnown = isConstant(count) && typeof count.value === 'number'
    return isKnown ? this.#writer.scalar('int64', count.value) : this.#writer.cast(env.get(count)!, 'int64')
  }

  /** A graph within the model's; what it gives has to be made in it, each by a name of its own. */
  #subgraph(name: string, inputs: readonly Ref[], write: () => readonly Ref[]): OnnxGraph {
    const writer = this.#writer
    const { nodes, result } = writer.inSubgraph(() => {
      const refs = write()
      const made = new Set(writer.nodes.flatMap(({ outputs }) => outputs))
      return refs.map((ref) => (made.delete(ref.name) ? ref : writer.node('Identity', [ref], ref)))
    })
    return {
      name: writer.fresh(name),
      nodes,
      inputs: inputs.map(onnxValue),
      outputs: result.map(onnxValue),
      initializers: [],
      values: [],
    }
  }
}

const inputsOf = (region: Graph, given: readonly Ref[]): Env =>
  new Map(region.inputs.map((input, i) => [input, given[i]!]))
