import { pullBack, deriveBy, type Derivation } from '../../src/autograd/pull-back.ts'
import { dtypeInfo, type Dtype, type TypedArray } from '../../src/base/dtype.ts'
import type { GraphNode } from '../../src/ir/graph.ts'
import { isWeakResult, withInterpreter, type Interpreter, type Value } from '../../src/ops/interpreter.ts'
import { inferType, recordOf } from '../../src/ops/registry.ts'
import type { Attrs, OpName } from '../../src/ops/table.ts'
import { evaluateNode } from '../reference/evaluate.ts'
import { f64, type HostArray } from './host-array.ts'

/** A tensor computed by the reference meaning of the ops, which shares no code with lowering and kernels. */
export interface ReferenceTensor extends Value {
  readonly elements: TypedArray
  readonly derivation?: Derivation<ReferenceTensor> | undefined
}

export const applied: OpName[] = []

const interpreter: Interpreter = {
  apply(op: OpName, operands: readonly Value[], attrs: Attrs): ReferenceTensor {
    applied.push(op)
    const values = operands as readonly ReferenceTensor[] // all values here are made here
    const type = inferType(
      op,
      values.map((value) => value.type),
      attrs,
    )
    // The reference reads only op, operands, type and attrs.
    const node = { op, operands: values, attrs, type } as unknown as GraphNode
    const elements =
      op === 'copy'
        ? values[0]!.elements
        : evaluateNode(
            node,
            values.map((value) => value.elements),
          )
    const result: { -readonly [K in keyof ReferenceTensor]: ReferenceTensor[K] } = { type, elements }
    if (isWeakResult(values, type)) result.weak = true
    result.derivation = deriveBy(op, values, result, attrs)
    return result
  },
  constant: (value: number, dtype: Dtype, weak = false): ReferenceTensor => ({
    ...reference({ dtype, shape: [], elements: [value] }),
    ...(weak ? { weak } : {}),
  }),
}

export const reference = ({ dtype, shape, elements }: HostArray): ReferenceTensor => ({
  type: { dtype, shape },
  elements: new dtypeInfo[dtype].array(elements),
})
export const host = (x: Value): HostArray => ({ ...x.type, elements: Array.from((x as ReferenceTensor).elements) }) // all values here are made here

/** Runs op calls by the reference. */
export const byReference = <R>(body: () => R): R => withInterpreter(interpreter, body)

/** Cotangents of `leaves` for a scalar `root`, undefined where none flows. They can be differentiated again. */
export function cotangentsOf(root: Value, leaves: readonly Value[]): (Value | undefined)[] {
  const cotangents = pullBack<ReferenceTensor>([{ value: root as ReferenceTensor, cotangent: reference(f64([], 1)) }], {
    derivationOf: (value) => value.derivation,
    needs: () => true,
  })
  return leaves.map((leaf) => cotangents.get(leaf as ReferenceTensor)?.cotangent) // all values here are made here
}

/** The elements of cotangents, zeros where none flows. */
export const gradients = (root: Value, leaves: readonly Value[]): HostArray[] =>
  cotangentsOf(root, leaves).map((cotangent, i) => {
    const { type, elements } = leaves[i] as ReferenceTensor // all values here are made here
    return cotangent ? host(cotangent) : { ...type, elements: new Array<number>(elements.length).fill(0) }
  })

export const isDifferentiable = (op: OpName): boolean => recordOf(op).vjp !== 'not differentiable'
