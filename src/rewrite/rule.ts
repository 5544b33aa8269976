import type { TypedArray } from '../base/dtype.ts'
import { sameShape, sameType, type TensorType } from '../base/shape.ts'
import { makeConstant, makeNode } from '../ir/builder.ts'
import type { GraphConstant, GraphNode, GraphValue } from '../ir/graph.ts'
import { noAttrs, type Attrs, type OpName } from '../ops/table.ts'
import type { Bindings, NodePattern } from './pattern.ts'

/** Where the pattern matches, the value to use instead; undefined leaves it alone. */
export interface Rule {
  /** Kebab-case, unique; reports of hits use it. */
  readonly name: string
  readonly pattern: NodePattern<string>
  apply(node: GraphNode): GraphValue | undefined
}

/** Makes the values a rule answers with. */
export interface Replacement {
  /** The node to replace. */
  readonly found: GraphNode
  /** A node with the source line of the one it replaces. */
  readonly make: (op: OpName, operands: readonly GraphValue[], attrs?: Attrs) => GraphNode
  readonly constant: (value: number | TypedArray, type: TensorType) => GraphConstant
}

/**
 * `replace` may answer with a smaller shape, which is then repeated to the shape of the node; with another dtype the rule does not apply.
 */
export function rule<K extends string>(
  name: string,
  pattern: NodePattern<K>,
  replace: (bound: Bindings<K>, at: Replacement) => GraphValue | undefined,
): Rule {
  return {
    name,
    pattern: pattern as NodePattern<string>, // it is asked for instances only with a context for all names
    apply(found) {
      const bound = new Map<string, GraphValue>()
      if (!pattern.match(found, bound, () => true)) return undefined
      const make: Replacement['make'] = (op, operands, attrs = noAttrs) => makeNode(op, operands, attrs, found.source)
      // A match binds every name of the pattern.
      const value = replace(Object.fromEntries(bound) as Bindings<K>, { found, make, constant: makeConstant })
      if (!value || value.type.dtype !== found.type.dtype) return undefined
      if (sameType(value.type, found.type)) return value
      return repeated(value, found.type, make)
    },
  }
}

/** An operand that broadcast in the node broadcasts alone once the node is gone. */
function repeated(value: GraphValue, { shape }: TensorType, make: Replacement['make']): GraphValue | undefined {
  const node = make('broadcastTo', [value], { shape })
  return sameShape(node.type.shape, shape) ? node : undefined
}
