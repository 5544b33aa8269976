import { dtypeInfo } from '../base/dtype.ts'
import { contiguousLayout, type Layout } from '../base/layout.ts'
import type { TensorType } from '../base/shape.ts'
import { buildWasmModule, encodeModule } from '../codegen/wasm/index.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import type { GraphInput, GraphNode, GraphValue } from '../ir/graph.ts'
import type { Buffer, CheckSite } from '../kernel/ir.ts'
import { lowerSingle } from '../kernel/lower-single.ts'
import { reductionNeedsContiguousOperand } from '../kernel/reduction.ts'
import { inferType, recordOf } from '../ops/registry.ts'
import type { Attrs, OpName } from '../ops/table.ts'
import { deviceArena } from '../runtime/arena.ts'
import { fmaRule, kernelTraits } from '../runtime/engine.ts'
import { instantiateWasm } from '../runtime/instantiate.ts'
import { statusByteOffset } from './check-failed.ts'

/** A compiled primitive; addresses of operands, result and scratch buffers are its parameters, in this order. */
export interface OneOpCode {
  readonly entry: (...byteOffsets: number[]) => number
  readonly checkSites: readonly CheckSite[]
  readonly scratchBytes: readonly number[]
}

/** One primitive through the same lowering and code generator as compiled programs. */
export function generateOneOp(
  op: OpName,
  types: readonly TensorType[],
  layouts: readonly Layout[],
  attrs: Attrs,
  resultType: TensorType,
): OneOpCode {
  const inputs = types.map((type, i): GraphInput => ({ op: 'input', role: 'argument', name: `in${i}`, type }))
  const node: GraphNode = { op, operands: inputs, attrs, type: resultType }
  const buffers = new Map<GraphValue, { buffer: Buffer; layout: Layout }>()
  inputs.forEach((input, i) => {
    const layout = layouts[i]!
    const last = input.type.shape.reduce(
      (at, size, axis) => at + Math.max(0, layout.strides[axis]! * (size - 1)),
      layout.offset,
    )
    buffers.set(input, { buffer: { name: input.name, dtype: input.type.dtype, elementCount: last + 1 }, layout })
  })
  const resultCount = resultType.shape.reduce((count, size) => count * size, 1)
  buffers.set(node, {
    buffer: { name: 'result', dtype: resultType.dtype, elementCount: resultCount },
    layout: contiguousLayout(resultType.shape),
  })
  const checkSites: CheckSite[] = []
  const kernel = lowerSingle(groupOf(node), op, {
    simd: true,
    ...kernelTraits(),
    bufferOf: (value) => buffers.get(value)!,
    nextSite: (failure) => checkSites.push({ site: checkSites.length + 1, ...failure }),
  })
  const order = [...buffers.values()].map(({ buffer }) => buffer).concat(kernel.scratch)
  const module = buildWasmModule({
    kernels: [kernel],
    placementOf: (buffer) => ({ kind: 'parameter', position: order.indexOf(buffer) }),
    parameterCount: order.length,
    fma: fmaRule(),
    statusByteOffset: statusByteOffset(),
    importedMemory: deviceArena().limits,
  })
  return {
    entry: instantiateWasm(encodeModule(module)),
    checkSites,
    scratchBytes: kernel.scratch.map(({ dtype, elementCount }) => elementCount * dtypeInfo[dtype].byteSize),
  }
}

/** Whether the op can read its operands where they lie; otherwise they are copied into row-major order first. */
export function readsLayouts(
  op: OpName,
  types: readonly TensorType[],
  layouts: readonly Layout[],
  attrs: Attrs,
): boolean {
  if (recordOf(op).kind !== 'reduction') return true
  const inputs = types.map((type, i): GraphInput => ({ op: 'input', role: 'argument', name: `in${i}`, type }))
  const group = groupOf({ op, operands: inputs, attrs, type: inferType(op, types, attrs) })
  const layoutOf = new Map<GraphValue, Layout>(inputs.map((input, i) => [input, layouts[i]!]))
  return !reductionNeedsContiguousOperand(group, (value) => layoutOf.get(value) ?? contiguousLayout(value.type.shape))
}

function groupOf(node: GraphNode): FusionGroup {
  const { kind } = recordOf(node.op)
  if (kind === 'reduction' || kind === 'contraction' || kind === 'opaque')
    return { kind, nodes: [node], anchor: node, outputs: [node] }
  return { kind: 'elementwise', nodes: [node], outputs: [node] }
}
