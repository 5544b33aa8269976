import { expect, test } from 'vitest'
import { shortestFloat32 } from '../../../src/codegen/wasm/print-module.ts'
import type { WasmProgramSpec } from '../../../src/codegen/wasm/index.ts'
import { buildWasmModule, printModule } from '../../../src/codegen/wasm/index.ts'
import * as k from '../../../src/kernel/builder.ts'
import type { Buffer, Kernel } from '../../../src/kernel/ir.ts'
import { matchesGolden } from '../../golden.ts'
import { checkedBytes, empty } from './run-kernel.ts'

const specOf = (
  kernel: Kernel,
  buffers: readonly Buffer[],
  changes: Partial<WasmProgramSpec> = {},
): WasmProgramSpec => ({
  kernels: [kernel],
  placementOf: (buffer) => ({ kind: 'static', byteOffset: 64 + 1024 * buffers.indexOf(buffer) }),
  parameterCount: 0,
  fma: 'separate',
  statusByteOffset: 16,
  importedMemory: { minimumPages: 1 },
  ...changes,
})

function text(spec: WasmProgramSpec): string {
  const module = buildWasmModule(spec)
  checkedBytes(module)
  return printModule(module)
}

const i = { name: 'i' }
const x = empty('x', 'float32', 64)
const y = empty('y', 'float32', 64)
const result = empty('result', 'float32', 64)
const here = k.at(k.affine(0, { index: i, stride: 1 }))
const scaledSum = k.add(k.mul(k.load(x, here, 4, 1), k.f32(0.5, 4)), k.load(y, here, 4, 1))
const elementwise: Kernel = {
  name: 'scale, add & clip',
  reads: [x, y],
  writes: [result],
  scratch: [],
  sources: [],
  body: [
    {
      kind: 'loop',
      index: i,
      extent: 64,
      step: 4,
      body: [
        { kind: 'store', buffer: result, at: here, value: k.binary('pmax', scaledSum, k.f32(0, 4)), laneStride: 1 },
      ],
    },
  ],
}

test('an elementwise kernel has one index for all its buffers and its constants in locals', () => {
  const printed = text(specOf(elementwise, [x, y, result]))
  expect(printed.match(/i32\.add/g)).toHaveLength(1)
  matchesGolden(printed, 'codegen/elementwise.wat')
})

test('buffers placed by parameters have an address each', () => {
  const buffers = [x, y, result]
  const placementOf = (buffer: Buffer) =>
    ({ kind: 'parameter', position: buffers.indexOf(buffer as typeof x) }) as const // one of the three
  matchesGolden(
    text(specOf(elementwise, buffers, { placementOf, parameterCount: 3 })),
    'codegen/elementwise-parameters.wat',
  )
})

test('float32 constants print with the fewest digits that read back the same', () => {
  expect(shortestFloat32(Math.fround(0.1))).toBe('0.1')
  expect(shortestFloat32(-0)).toBe('-0')
  expect(shortestFloat32(1e-45)).toBe('1e-45')
  expect(shortestFloat32(16777217)).toBe('16777216')
})

test('functions and locals whose names clash are numbered', () => {
  const printed = printModule(
    buildWasmModule({
      ...specOf(elementwise, [x, y, result]),
      kernels: [elementwise, elementwise, { ...elementwise, name: 'run' }],
    }),
  )
  for (const name of ['scale__add___clip', 'scale__add___clip_2', 'run_2'])
    expect(printed).toContain(`(func $${name}\n`)
})

test('line breaks in comments and names do not break the text', () => {
  const spread = { ...empty('a\nb', 'float32', 64) }
  const body: Kernel['body'] = [
    { kind: 'comment', text: 'first\nsecond' },
    { kind: 'store', buffer: spread, at: k.at(k.affine(0)), value: k.f32(1), laneStride: 0 },
  ]
  const printed = text(specOf({ ...elementwise, name: 'a\nb', body }, [spread]))
  expect(printed).toContain(';; first second\n')
  expect(printed).toContain('f32.store offset=64 ;; a b')
})
