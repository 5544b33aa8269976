import { type TypedArray, dtypeInfo } from '../../../src/base/dtype.ts'
import { type ArenaViews, instantiateJs } from '../../../src/codegen/js/instantiate.ts'
import { generateJs } from '../../../src/codegen/js/program.ts'
import type { Buffer, Kernel } from '../../../src/kernel/ir.ts'
import type { FailedCheck } from '../../kernel/interpreter.ts'

export const buffersOf = (kernel: Kernel): Buffer[] => [
  ...new Set([...kernel.reads, ...kernel.writes, ...kernel.scratch]),
]

export function arenaViews(byteLength: number): ArenaViews {
  const memory = new ArrayBuffer(byteLength)
  return {
    f32: new Float32Array(memory),
    f64: new Float64Array(memory),
    i32: new Int32Array(memory),
    u8: new Uint8Array(memory),
  }
}

/** Runs a kernel as JavaScript over copies of the given arrays, one after the other in an arena; every second buffer is a parameter. */
export function runAsJs(
  kernel: Kernel,
  memory: ReadonlyMap<Buffer, TypedArray>,
  fma: 'fused' | 'separate',
): FailedCheck | undefined {
  const offsets = new Map<Buffer, number>()
  let byteLength = 16
  for (const buffer of buffersOf(kernel)) {
    offsets.set(buffer, byteLength)
    byteLength += Math.ceil((buffer.elementCount * dtypeInfo[buffer.dtype].byteSize) / 16) * 16 + 16
  }
  const parameters = [...offsets.keys()].filter((_, i) => i % 2 === 1)
  const { text } = generateJs({
    kernels: [kernel],
    parameterCount: parameters.length,
    placementOf: (buffer) =>
      parameters.includes(buffer)
        ? { kind: 'parameter', position: parameters.indexOf(buffer) }
        : { kind: 'static', byteOffset: offsets.get(buffer)! },
    fma,
    statusByteOffset: 4,
  })
  const views = arenaViews(byteLength)
  const arrayOf = (buffer: Buffer): TypedArray =>
    new dtypeInfo[buffer.dtype].array(views.u8.buffer, offsets.get(buffer)!, buffer.elementCount)
  for (const buffer of offsets.keys()) arrayOf(buffer).set(memory.get(buffer)!)
  const site = instantiateJs(text)(views, ...parameters.map((buffer) => offsets.get(buffer)!))
  for (const buffer of offsets.keys()) memory.get(buffer)!.set(arrayOf(buffer))
  return site === 0 ? undefined : { site, value: views.i32[1]! }
}
