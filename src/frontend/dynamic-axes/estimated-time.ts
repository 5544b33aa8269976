import { elementCount } from '../../base/shape.ts'
import { inDependencyOrder, isNode, type Graph, type GraphNode } from '../../ir/graph.ts'
import { recordOf } from '../../ops/registry.ts'

/** Of one core with vectors, roughly. What is decided by it must not depend on the machine, so nothing is measured. */
const productsPerMs = 15e6
const elementsPerMs = 1e6

/** What a program of the graph would about take, regions apart: their sizes do not change. */
export const estimatedMs = (graph: Graph): number =>
  inDependencyOrder(graph).reduce((sum, value) => sum + (isNode(value) ? nodeMs(value) : 0), 0)

function nodeMs({ op, operands, type }: GraphNode): number {
  const record = recordOf(op)
  if (record.kind === 'view') return 0
  if (record.kind === 'reduction') return elementCount(operands[0]!.type.shape) / elementsPerMs
  if (record.kind !== 'contraction') return elementCount(type.shape) / elementsPerMs
  const [left, right] = operands.map((operand) => operand.type.shape)
  // As in plan/work.ts: filters have a sum for each output.
  const depth = record.slide ? elementCount(right!.slice(1)) : left!.at(-1)!
  return (elementCount(type.shape) * depth) / productsPerMs
}
