import { Buffer as NodeBuffer } from 'node:buffer'
import { expect } from 'vitest'
import wabt from 'wabt'
import type { Dtype } from '../../../src/base/dtype.ts'
import { dtypeInfo } from '../../../src/base/dtype.ts'
import type { WasmModule } from '../../../src/codegen/wasm/index.ts'
import { buildWasmModule, encodeModule, printModule } from '../../../src/codegen/wasm/index.ts'
import type { Buffer, Kernel, Statement } from '../../../src/kernel/ir.ts'

const assembler = await wabt()
const features = { simd: true, threads: true, sat_float_to_int: true, relaxed_simd: true, bulk_memory: true }

/** A buffer of a test kernel with its first contents. */
export interface FilledBuffer extends Buffer {
  readonly contents: readonly number[]
}

export const filled = (name: string, dtype: Dtype, contents: readonly number[]): FilledBuffer => ({
  name,
  dtype,
  elementCount: contents.length,
  contents,
})
export const empty = (name: string, dtype: Dtype, elementCount: number): FilledBuffer =>
  filled(name, dtype, new Array<number>(elementCount).fill(0))

export const kernelOf = (name: string, body: readonly Statement[], buffers: readonly Buffer[]): Kernel => ({
  name,
  reads: buffers,
  writes: buffers,
  scratch: [],
  body,
  sources: [],
})

export interface Outcome {
  readonly site: number
  /** What a failing check reported. */
  readonly status: number
  contentsOf(buffer: Buffer): number[]
}

const statusByteOffset = 16
const firstByte = 64
const minimumPages = 2

/** Byte places one after the other, each with 16 readable bytes behind it. */
function placesOf(buffers: readonly Buffer[]): Map<Buffer, number> {
  const places = new Map<Buffer, number>()
  let next = firstByte
  for (const buffer of buffers) {
    places.set(buffer, next)
    next += Math.ceil((buffer.elementCount * dtypeInfo[buffer.dtype].byteSize + 16) / 16) * 16
  }
  return places
}

/** Our bytes, checked: the engine takes them, and wabt assembles our text to the same ones, but for the names. */
export function checkedBytes(module: WasmModule): Uint8Array<ArrayBuffer> {
  const bytes = encodeModule(module)
  if (!WebAssembly.validate(bytes)) expect.fail(`the engine refuses the module\n${printModule(module)}`)
  const assembled = assembler.parseWat('module.wat', printModule(module), features)
  const { buffer } = assembled.toBinary({ write_debug_names: false })
  expect(NodeBuffer.from(bytes.subarray(0, buffer.length)).toString('hex')).toBe(
    NodeBuffer.from(buffer).toString('hex'),
  )
  assembled.destroy()
  const disassembled = assembler.readWasm(bytes, { readDebugNames: true, ...features })
  const text = disassembled.toText({})
  for (const { name } of module.functions) expect(text).toContain(`(func $${name} `)
  disassembled.destroy()
  return bytes
}

/** Runs kernels on buffers at fixed places and at places given by parameters, and requires equal memory from both. */
export function runKernels(
  kernels: readonly Kernel[],
  buffers: readonly FilledBuffer[],
  fma: 'fused' | 'separate' = 'separate',
): Outcome {
  const fixed = runPlaced(kernels, buffers, fma, 'static')
  const given = runPlaced(kernels, buffers, fma, 'parameter')
  expect(given.bytes.equals(fixed.bytes)).toBe(true)
  expect(given.site).toBe(fixed.site)
  return fixed
}

export const run = (
  body: readonly Statement[],
  buffers: readonly FilledBuffer[],
  fma?: 'fused' | 'separate',
): Outcome => runKernels([kernelOf('kernel', body, buffers)], buffers, fma)

function runPlaced(
  kernels: readonly Kernel[],
  buffers: readonly FilledBuffer[],
  fma: 'fused' | 'separate',
  kind: 'static' | 'parameter',
): Outcome & { bytes: NodeBuffer } {
  const places = placesOf(buffers)
  const module = buildWasmModule({
    kernels,
    placementOf: (buffer) =>
      kind === 'static'
        ? { kind, byteOffset: places.get(buffer)! }
        : { kind, position: [...places.keys()].indexOf(buffer) },
    parameterCount: kind === 'static' ? 0 : buffers.length,
    fma,
    statusByteOffset,
    importedMemory: { minimumPages },
  })
  const memory = new WebAssembly.Memory({ initial: minimumPages })
  const view = (buffer: Buffer) =>
    new dtypeInfo[buffer.dtype].array(memory.buffer, places.get(buffer)!, buffer.elementCount)
  for (const buffer of buffers) view(buffer).set(buffer.contents)
  const math = Object.fromEntries(hostFunctions.map((fn) => [fn, Math[fn]]))
  const instance = new WebAssembly.Instance(new WebAssembly.Module(checkedBytes(module)), { gryph: { memory }, math })
  const entry = instance.exports['run'] as (...places: number[]) => number // buildWasmModule exports it
  return {
    site: entry(...(kind === 'static' ? [] : places.values())),
    status: new Int32Array(memory.buffer)[statusByteOffset / 4]!,
    contentsOf: (buffer) => [...view(buffer)],
    bytes: NodeBuffer.from(memory.buffer.slice(0)),
  }
}

const hostFunctions = ['exp', 'log', 'log1p', 'expm1', 'sin', 'cos', 'tanh', 'pow'] as const
