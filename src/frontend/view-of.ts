import { contiguousLayout, isContiguous, type Layout } from '../base/layout.ts'
import { elementCount, type TensorType } from '../base/shape.ts'
import { recordOf } from '../ops/registry.ts'
import type { Attrs, OpName } from '../ops/table.ts'
import type { Tensor } from './tensor.ts'

/** How a view shows the elements of its operand, whose layout is `base`. */
export interface ViewForm {
  readonly base: Layout | undefined
  readonly storageLength: number
  /** Undefined covers the storage in order. */
  readonly layout: Layout | undefined
  /** Strides cannot say it; the layout is that of a copy in row-major order. */
  readonly copies: boolean
}

/** The type of a view and where its elements lie. */
export function viewOf(
  op: OpName,
  operand: Tensor,
  attrs: Attrs,
): { readonly type: TensorType; readonly form: ViewForm } {
  const record = recordOf(op)
  if (record.kind !== 'view') throw new TypeError(`${op} is no view`)
  const operands = [operand.type]
  const type = record.infer(operands, attrs)
  const types = { operands, result: type }
  const storageLength = operand.storage.length
  const base = operand.layout
  const layout = record.layout(base ?? contiguousLayout(operand.type.shape), attrs, types)
  if (layout)
    return {
      type,
      form: { base, storageLength, layout: plainLayout(layout, type.shape, storageLength), copies: false },
    }
  return {
    type,
    form: {
      base,
      storageLength,
      layout: record.layout(contiguousLayout(operand.type.shape), attrs, types),
      copies: true,
    },
  }
}

/** Undefined for a layout that covers its storage in order, so that most tensors have none. */
const plainLayout = (layout: Layout, shape: readonly number[], length: number): Layout | undefined =>
  layout.offset === 0 && isContiguous(layout, shape) && elementCount(shape) === length ? undefined : layout
