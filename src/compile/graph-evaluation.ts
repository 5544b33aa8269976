import { dtypeInfo, type TypedArray } from '../base/dtype.ts'
import { contiguousLayout, isContiguous } from '../base/layout.ts'
import { elementCount } from '../base/shape.ts'
import { isNode, type GraphInput, type GraphNode, type GraphValue } from '../ir/graph.ts'
import { recordOf } from '../ops/registry.ts'
import { noAttrs } from '../ops/table.ts'
import { Storage } from '../runtime/storage.ts'
import { eagerKernel, type EagerOperand } from './eager-kernel.ts'

/** Values of a graph op by op, by the kernels of eager execution: what an optimized program has to give, bit by bit. */
export class GraphEvaluation {
  readonly #values = new Map<GraphValue, EagerOperand>()
  readonly #elementsOf: (input: GraphInput) => TypedArray

  /** `elementsOf` gives the row-major elements of an input. */
  constructor(elementsOf: (input: GraphInput) => TypedArray) {
    this.#elementsOf = elementsOf
  }

  /** Row-major. @throws the coded error of a check that fails */
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
      const missing = isNode(value) ? value.operands.filter((operand) => !this.#values.has(operand)) : []
      if (missing.length > 0 && !this.#values.has(value)) stack.push(...missing.toReversed())
      else {
        stack.pop()
        if (!this.#values.has(value)) this.#values.set(value, this.#compute(value))
      }
    }
    return this.#values.get(root)!
  }

  #compute(value: GraphValue): EagerOperand {
    const { type } = value
    if (isNode(value)) return this.#apply(value)
    if (value.op === 'input') return asOperand(value, this.#elementsOf(value))
    const { array } = dtypeInfo[type.dtype]
    const given = value.value
    return asOperand(value, typeof given === 'number' ? new array(elementCount(type.shape)).fill(given) : given)
  }

  #apply({ op, operands, attrs, type }: GraphNode): EagerOperand {
    const given = operands.map((operand) => this.#values.get(operand)!)
    const record = recordOf(op)
    if (record.kind !== 'view') return { type, storage: eagerKernel(op, given, attrs).compute(given), layout: undefined }
    const [operand] = given as [EagerOperand] // views have one operand
    const types = { operands: [operand.type], result: type }
    const layout = record.layout(operand.layout ?? contiguousLayout(operand.type.shape), attrs, types)
    if (layout) return { type, storage: operand.storage, layout }
    const storage = eagerKernel('copy', [operand], noAttrs).compute([operand])
    return { type, storage, layout: record.layout(contiguousLayout(operand.type.shape), attrs, types) }
  }
}

const asOperand = ({ type }: GraphValue, elements: TypedArray): EagerOperand => ({
  type,
  storage: new Storage(type.dtype, elements),
  layout: undefined,
})
