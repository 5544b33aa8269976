import { dtypeInfo, type TypedArray } from '../base/dtype.ts'
import { GryphError } from '../base/errors.ts'
import { contiguousLayout, isContiguous } from '../base/layout.ts'
import { elementCount } from '../base/shape.ts'
import { bodyOf, capturesOf, carriedOf, conditionOf, countOf, isBranch, selectorOf } from '../ir/control.ts'
import {
  isNode,
  isResult,
  operandsOf,
  type Graph,
  type GraphConstant,
  type GraphControl,
  type GraphInput,
  type GraphNode,
  type GraphValue,
} from '../ir/graph.ts'
import { recordOf } from '../ops/registry.ts'
import { noAttrs } from '../ops/table.ts'
import { Storage } from '../runtime/storage.ts'
import { eagerKernel, type EagerOperand } from './eager-kernel.ts'

/** An op that has failed, and its coded error. */
export class FailedOp extends Error {
  readonly node: GraphNode
  readonly error: GryphError

  constructor(node: GraphNode, error: GryphError) {
    super(error.message)
    this.node = node
    this.error = error
  }
}

/** Called whenever a region is about to run, with the values of this pass. */
export type RegionVisitor = (region: Graph, evaluation: GraphEvaluation) => void

/** Values of a graph op by op, by the kernels of eager execution: what an optimized program has to give, bit by bit. */
export class GraphEvaluation {
  readonly #values = new Map<GraphValue, EagerOperand>()
  readonly #elementsOf: (input: GraphInput) => TypedArray
  readonly #onRegion: RegionVisitor | undefined

  /** `elementsOf` gives the row-major elements of an input; of `given` values nothing is computed. */
  constructor(
    elementsOf: (input: GraphInput) => TypedArray,
    given: ReadonlyMap<GraphValue, TypedArray> = new Map(),
    onRegion?: RegionVisitor,
  ) {
    this.#elementsOf = elementsOf
    this.#onRegion = onRegion
    for (const [value, elements] of given) this.#values.set(value, asOperand(value, elements))
  }

  /** Row-major. @throws FailedOp for a check that fails */
  elements(value: GraphValue): TypedArray {
    const operand = this.#evaluate(value)
    const { storage, layout, type } = operand
    const count = elementCount(type.shape)
    if (!layout) return storage.array
    if (isContiguous(layout, type.shape)) return storage.array.subarray(layout.offset, layout.offset + count)
    return eagerKernel('copy', [operand], noAttrs).run([operand])
  }

  #evaluate(root: GraphValue): EagerOperand {
    const stack: GraphValue[] = [root]
    for (let value = stack.at(-1); value; value = stack.at(-1)) {
      const missing = this.#values.has(value) ? [] : operandsOf(value).filter((operand) => !this.#values.has(operand))
      if (missing.length > 0) stack.push(...missing.toReversed())
      else {
        stack.pop()
        if (this.#values.has(value)) continue
        if (isResult(value)) this.#run(value.control)
        else this.#values.set(value, this.#compute(value))
      }
    }
    return this.#values.get(root)!
  }

  #run(control: GraphControl): void {
    const outcome = runControl(control, (value) => this.elements(value), this.#onRegion)
    control.results.forEach((result, i) => this.#values.set(result, asOperand(result, outcome[i]!)))
  }

  #compute(value: GraphInput | GraphConstant | GraphNode): EagerOperand {
    const { type } = value
    if (isNode(value)) return this.#apply(value)
    if (value.op === 'input') return asOperand(value, this.#elementsOf(value))
    const { array } = dtypeInfo[type.dtype]
    const given = value.value
    return asOperand(value, typeof given === 'number' ? new array(elementCount(type.shape)).fill(given) : given)
  }

  #apply(node: GraphNode): EagerOperand {
    const { op, operands, attrs, type } = node
    const given = operands.map((operand) => this.#values.get(operand)!)
    const record = recordOf(op)
    if (record.kind !== 'view') return { type, storage: computed(node, given), layout: undefined }
    const [operand] = given as [EagerOperand] // views have one operand
    const types = { operands: [operand.type], result: type }
    const layout = record.layout(operand.layout ?? contiguousLayout(operand.type.shape), attrs, types)
    if (layout) return { type, storage: operand.storage, layout }
    const storage = eagerKernel('copy', [operand], noAttrs).compute([operand])
    return { type, storage, layout: record.layout(contiguousLayout(operand.type.shape), attrs, types) }
  }
}

function computed(node: GraphNode, given: readonly EagerOperand[]): Storage {
  try {
    return eagerKernel(node.op, given, node.attrs).compute(given)
  } catch (error) {
    throw error instanceof GryphError ? new FailedOp(node, error) : error
  }
}

/** What a control op gives, its regions op by op. */
function runControl(
  control: GraphControl,
  elementsOf: (value: GraphValue) => TypedArray,
  onRegion: RegionVisitor | undefined,
): TypedArray[] {
  const captures = capturesOf(control).map(elementsOf)
  const run = (region: Graph, given: readonly TypedArray[]): TypedArray[] => {
    const elements = new Map(region.inputs.map((input, i) => [input, given[i]!]))
    const evaluation = new GraphEvaluation((input) => elements.get(input)!, undefined, onRegion)
    onRegion?.(region, evaluation)
    for (const check of region.checks ?? []) evaluation.elements(check)
    return region.results.map((value) => evaluation.elements(value).slice())
  }
  if (isBranch(control)) {
    const [selector] = elementsOf(selectorOf(control))
    const arm = Math.min(Math.max(selector!, 0), control.regions.length - 1)
    return run(control.regions[arm]!, captures)
  }
  const [count, condition] = [countOf(control), conditionOf(control)]
  const most = count ? elementsOf(count)[0]! : Infinity
  let carried = carriedOf(control).map(elementsOf)
  let pass = 0
  for (; pass < most; pass++) {
    const given = [Int32Array.of(pass), ...carried, ...captures]
    if (condition && run(condition, given)[0]![0] === 0) break
    carried = run(bodyOf(control), given)
  }
  return [...carried, Int32Array.of(pass)]
}

const asOperand = ({ type }: GraphValue, elements: TypedArray): EagerOperand => ({
  type,
  storage: new Storage(type.dtype, elements),
  layout: undefined,
})
