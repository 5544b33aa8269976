import { dtypeInfo, type Dtype, type TypedArray } from '../../src/base/dtype.ts'
import { contiguousLayout, type Layout, touchedRange } from '../../src/base/layout.ts'
import { contiguousStrides, elementCount, type Shape } from '../../src/base/shape.ts'
import type { FusionGroup } from '../../src/ir/fusion-group.ts'
import type { GraphConstant, GraphInput, GraphNode, GraphValue } from '../../src/ir/graph.ts'
import type { Buffer, CheckSite, Kernel } from '../../src/kernel/ir.ts'
import { type LowerOptions, lowerGroup, type Storage } from '../../src/kernel/lower.ts'
import { verifyKernel } from '../../src/kernel/verify.ts'
import { inferType } from '../../src/ops/registry.ts'
import { type Attrs, noAttrs, type OpName } from '../../src/ops/table.ts'
import { type FailedCheck, runKernel } from './interpreter.ts'

let inputCount = 0
export const input = (dtype: Dtype, shape: Shape): GraphInput => ({
  op: 'input',
  type: { dtype, shape },
  role: 'argument',
  name: `in${inputCount++}`,
})
export const number = (value: number, dtype: Dtype = 'float32'): GraphConstant => ({
  op: 'constant',
  type: { dtype, shape: [] },
  value,
})
export const node = (op: OpName, operands: readonly GraphValue[], attrs: Attrs = noAttrs): GraphNode => ({
  op,
  operands,
  attrs,
  type: inferType(
    op,
    operands.map((operand) => operand.type),
    attrs,
  ),
})

export interface Given {
  readonly value: GraphValue
  /** The whole buffer, of which the layout picks the elements. */
  readonly data: TypedArray
  readonly layout?: Layout
}
export interface Ran {
  readonly kernel: Kernel
  readonly outputs: readonly TypedArray[]
  readonly failed: FailedCheck | undefined
  readonly sites: readonly CheckSite[]
}

/** Lowers and verifies a group, and interprets its kernel on `given` data. Outputs are contiguous. */
export function runGroup(
  group: FusionGroup,
  given: readonly Given[],
  options: Pick<LowerOptions, 'simd' | 'microTile'>,
): Ran {
  const storage = new Map<GraphValue, Storage>()
  const memory = new Map<Buffer, TypedArray>()
  const place = (value: GraphValue, data: TypedArray, layout: Layout, name: string): void => {
    const buffer: Buffer = { name, dtype: value.type.dtype, elementCount: data.length }
    storage.set(value, { buffer, layout })
    memory.set(buffer, data)
  }
  given.forEach(({ value, data, layout }, i) =>
    place(value, data, layout ?? contiguousLayout(value.type.shape), `in${i}`),
  )
  const outputs = group.outputs.map((output, i) => {
    const data = emptyArray(output.type.dtype, elementCount(output.type.shape))
    place(output, data, contiguousLayout(output.type.shape), `out${i}`)
    return data
  })
  const sites: CheckSite[] = []
  const kernel = lowerGroup(group, 'test', {
    ...options,
    bufferOf: (value) => storage.get(value)!,
    nextSite: (site) => {
      sites.push({ ...site, site: sites.length + 1 })
      return sites.length
    },
  })
  verifyKernel(kernel)
  for (const buffer of kernel.scratch) memory.set(buffer, emptyArray(buffer.dtype, buffer.elementCount).fill(NaN))
  const failed = runKernel(kernel, memory, { fma: 'separate' })
  return { kernel, outputs, failed, sites }
}

export const emptyArray = (dtype: Dtype, count: number): TypedArray => new dtypeInfo[dtype].array(count)

/** Some layout that holds `shape`: axes in another order in memory, gaps, an offset; stride 0 where `broadcast` says so. */
export function scatteredLayout(
  shape: Shape,
  order: readonly number[],
  gap: number,
  broadcast: readonly boolean[] = [],
): Layout {
  const sizes = order.map((axis) => (broadcast[axis] ? 1 : shape[axis]!) + gap)
  const ordered = contiguousStrides(sizes)
  const strides = shape.map((_, axis) => (broadcast[axis] ? 0 : ordered[order.indexOf(axis)]!))
  return { offset: gap, strides }
}

export const bufferLength = (layout: Layout, shape: Shape): number => touchedRange(layout, shape).end

/** The elements in row-major order. */
export function elementsOf(data: TypedArray, layout: Layout, shape: Shape): number[] {
  const result: number[] = []
  const walk = (axis: number, offset: number): void => {
    if (axis === shape.length) result.push(data[offset]!)
    else for (let i = 0; i < shape[axis]!; i++) walk(axis + 1, offset + i * layout.strides[axis]!)
  }
  walk(0, layout.offset)
  return result
}
