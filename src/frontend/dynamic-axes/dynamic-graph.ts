import { sameType } from '../../base/shape.ts'
import type { Graph, GraphInput, GraphValue } from '../../ir/graph.ts'
import { addPart, meetPart, type Draft, type Part } from './dynamic-parts.ts'
import { fitsInto } from './masks.ts'
import { numbered, sameNumbers } from './numbered.ts'
import { NotDynamic, scaled, type Sizes } from './scale.ts'
import { SizeInputs, SizeValues, type SizeValue } from './size-inputs.ts'

/**
 * The graph of a capacity, made from those of two sizes, with masks where an op would mix what lies beyond the size into it. A graph that was
 * recorded at another size is compared with it value by value: then each of its values lies at the low indices of the one here.
 */
export class DynamicGraph {
  readonly graph: Graph
  /** By position those of a recorded graph. */
  readonly inputs: readonly GraphInput[]
  /** Further inputs, for what depends on the size alone. */
  readonly sizeInputs: readonly GraphInput[]
  /** How many operands have masks. */
  readonly masks: number
  readonly #parts: readonly Part[]
  readonly #outputs: readonly number[]

  /** `pattern` is for another capacity, no less than both sizes, and says where there are masks. @throws NotDynamic */
  constructor(a: Graph, b: Graph, sizes: Sizes, pattern?: DynamicGraph) {
    const [x, y] = [numbered(a), numbered(b)]
    if (x.order.length !== y.order.length || a.inputs.length !== b.inputs.length || !sameNumbers(x.outputs, y.outputs))
      throw new NotDynamic('the function does something else at another size')
    this.inputs = a.inputs.map((input, i) => ({ ...input, type: scaled(input.type, b.inputs[i]!.type, sizes) }))
    if (!pattern) for (const graph of [a, b]) graph.inputs.forEach((input, i) => requireInput(input, this.inputs[i]!))
    const [sizeInputs, values] = [new SizeInputs(), [...this.inputs]]
    const draft: Draft = { a: x, b: y, sizes, sizeInputs, values, pattern: pattern && pattern.#parts }
    this.#parts = x.order.map((value, i) => addPart(draft, value, y.order[i]!, i))
    this.#outputs = x.outputs
    this.sizeInputs = sizeInputs.inputs
    this.masks = this.#parts.reduce(
      (sum, part) => sum + (part.kind === 'node' ? part.fillings.filter((filling) => filling).length : 0),
      0,
    )
    const at = (value: GraphValue): GraphValue => draft.values[x.numberOf(value)]!
    const writes = a.writes.map(({ state, value }) => ({ state: at(state) as GraphInput, value: at(value) })) // an input for an input
    for (const { state, value } of writes)
      if (!sameType(state.type, value.type)) throw new NotDynamic('a variable changes its shape')
    this.graph = {
      inputs: [...this.inputs, ...this.sizeInputs],
      results: a.results.map(at),
      writes,
      ...(a.checks ? { checks: a.checks.map(at) } : {}),
    }
  }

  /** What the further inputs are for a graph that was recorded at some size. @throws NotDynamic where it is another graph */
  valuesFor(recorded: Graph): readonly SizeValue[] {
    const own = numbered(recorded)
    const isAlike =
      own.order.length === this.#parts.length &&
      recorded.inputs.length === this.inputs.length &&
      sameNumbers(own.outputs, this.#outputs)
    if (!isAlike) throw new NotDynamic('the function does something else at another size')
    recorded.inputs.forEach((input, i) => requireInput(input, this.inputs[i]!))
    const sizeValues = new SizeValues()
    own.order.forEach((value, i) => meetPart(this.#parts[i]!, value, own, sizeValues))
    return sizeValues.values
  }
}

function requireInput(input: GraphInput, large: GraphInput): void {
  const isLike = input.role === large.role && Boolean(input.weak) === Boolean(large.weak)
  if (!isLike || !fitsInto(input.type, large.type))
    throw new NotDynamic('the function reads something else at another size')
  if (input.role !== 'argument' && !sameType(input.type, large.type))
    throw new NotDynamic(`${input.role === 'state' ? 'a variable' : 'a tensor from outside'} changes its shape`)
}
