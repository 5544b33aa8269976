import { expect, test } from 'vitest'
import { buildWasmModule, encodeModule, type WasmProgramSpec } from '../../../src/codegen/wasm/index.ts'
import * as k from '../../../src/kernel/builder.ts'
import type { Buffer, Kernel } from '../../../src/kernel/ir.ts'
import { controlBlockBytes } from '../../../src/plan/control-block.ts'
import { endMark, markBytesPerThread, startMark } from '../../../src/plan/profile-marks.ts'
import { checkedBytes } from './run-kernel.ts'

const cell: Buffer = { name: 'cell', dtype: 'int32', elementCount: 1 }
/** Adds one to the cell, after a check that its value is below `limit`. */
const countingKernel = (name: string, limit: number): Kernel => {
  const value = k.load(cell, k.at(k.affine(0)), 1, 0)
  return {
    name,
    reads: [cell],
    writes: [cell],
    scratch: [],
    body: [
      { kind: 'check', ok: k.compare('lt', value, k.i32(limit)), value, site: 7 },
      { kind: 'store', buffer: cell, at: k.at(k.affine(0)), value: k.add(value, k.i32(1)), laneStride: 0 },
    ],
    sources: [],
  }
}
const marksByteOffset = 256
const spec: WasmProgramSpec = {
  kernels: [countingKernel('first', 10), countingKernel('second', 2)],
  placementOf: () => ({ kind: 'static', byteOffset: 0 }),
  parameterCount: 0,
  fma: 'separate',
  statusByteOffset: 64,
  marksByteOffset,
}

test('a profiled program stores the clock before and after each kernel, and stops at a failed check as without', () => {
  const memory = new WebAssembly.Memory({ initial: 1 })
  let time = 100
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(encodeModule(buildWasmModule(spec))), {
    gryph: { memory },
    clock: { now: () => ++time },
  })
  const run = exports['run'] as () => number // modules export it
  const marks = new Float64Array(memory.buffer, marksByteOffset, 4)
  expect(run()).toBe(0)
  expect([...marks]).toEqual([101, 102, 103, 104])
  expect([startMark(1), endMark(1)]).toEqual([16, 24])
  marks.fill(0)
  expect(run()).toBe(7)
  expect(new Int32Array(memory.buffer)[0]).toBe(3)
  expect([...marks]).toEqual([105, 106, 107, 108])
})

test('a kernel in a loop has the time it began first, and with it the time of all its passes', () => {
  const [count, pass] = ['count', 'pass'].map((name): Buffer => ({ name, dtype: 'int32', elementCount: 1 }))
  const place = (buffer: Buffer) => ({ buffer, elementOffset: 0 })
  const body = [0, 1].map((kernel) => ({ kind: 'kernel', kernel }) as const)
  const looping: WasmProgramSpec = {
    ...spec,
    kernels: [countingKernel('first', 100), countingKernel('second', 100)],
    steps: [{ kind: 'loop', count: place(count!), pass: place(pass!), condition: undefined, body }],
    placementOf: (buffer) => ({ kind: 'static', byteOffset: buffer === cell ? 0 : buffer === count ? 8 : 16 }),
  }
  const memory = new WebAssembly.Memory({ initial: 1 })
  let time = 100
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(checkedBytes(buildWasmModule(looping))), {
    gryph: { memory },
    clock: { now: () => (time += 1) },
  })
  new Int32Array(memory.buffer)[2] = 3
  expect((exports['run'] as () => number)()).toBe(0) // modules export it
  expect([...new Float64Array(memory.buffer, marksByteOffset, 4)]).toEqual([101, 104, 103, 106])
  expect(new Int32Array(memory.buffer)[0]).toBe(6)
})

test('each thread has marks of its own; a kernel that is not split is marked by the first one', () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
  const steps = [
    { isSplit: false, waitsBefore: false, hasChecks: false, operations: 1 },
    { isSplit: true, waitsBefore: false, hasChecks: false, operations: 1 },
  ]
  const module = buildWasmModule({
    ...spec,
    kernels: [countingKernel('first', 10), countingKernel('second', 10)],
    threads: { steps, waitsAtEnd: false, controlByteOffset: 1024 },
    importedMemory: { minimumPages: 1, maximumPages: 1, shared: true },
  })
  expect(1024 + controlBlockBytes).toBeLessThan(65536)
  let time = 0
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(checkedBytes(module)), {
    gryph: { memory, isLost: () => 0 },
    clock: { now: () => ++time },
  })
  const run = exports['run'] as (worker: number, threads: number) => number // modules export it
  const marksOf = (thread: number): number[] => [
    ...new Float64Array(memory.buffer, marksByteOffset + thread * markBytesPerThread(2), 4),
  ]
  expect(run(1, 2)).toBe(0)
  expect([marksOf(0), marksOf(1)]).toEqual([
    [0, 0, 0, 0],
    [0, 0, 1, 2],
  ])
  expect(run(0, 2)).toBe(0)
  expect(marksOf(0)).toEqual([3, 4, 5, 6])
  expect(markBytesPerThread(2) % 64).toBe(0)
})
