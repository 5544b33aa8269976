import { dtypeInfo, type TypedArray } from '../base/dtype.ts'
import { contiguousLayout } from '../base/layout.ts'
import { elementCount } from '../base/shape.ts'
import { isConstant, type GraphNode } from '../ir/graph.ts'
import { recordOf } from '../ops/registry.ts'
import { Storage } from '../runtime/storage.ts'
import { eagerKernel, type EagerOperand } from './eager-kernel.ts'

/** The elements of a node over constants, by the eager kernel: the bits that would come out at run time. */
export function evaluateConstant(node: GraphNode): TypedArray | number | undefined {
  if (!node.operands.every(isConstant)) return undefined
  const record = recordOf(node.op)
  const [first] = node.operands
  if (record.kind === 'view' && typeof first?.value === 'number') return first.value // a view moves elements
  const operands = node.operands.map(({ type, value }): EagerOperand => {
    const { array: ArrayType } = dtypeInfo[type.dtype]
    const array = typeof value === 'number' ? new ArrayType(elementCount(type.shape)).fill(value) : value
    return { type, storage: new Storage(type.dtype, array), layout: undefined }
  })
  if (record.kind !== 'view') return eagerKernel(node.op, operands, node.attrs).run(operands)
  const [operand] = operands
  const layout =
    operand &&
    record.layout(contiguousLayout(operand.type.shape), node.attrs, { operands: [operand.type], result: node.type })
  if (!operand || !layout) return undefined
  const seen = { type: node.type, storage: operand.storage, layout }
  return eagerKernel('copy', [seen], {}).run([seen])
}
