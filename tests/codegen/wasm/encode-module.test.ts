import { expect, test } from 'vitest'
import { ByteWriter } from '../../../src/codegen/wasm/byte-writer.ts'
import { buildWasmModule, encodeModule, generateWasm, printModule } from '../../../src/codegen/wasm/index.ts'
import type { FunctionDefinition, WasmModule } from '../../../src/codegen/wasm/module.ts'
import * as k from '../../../src/kernel/builder.ts'
import type { Kernel } from '../../../src/kernel/ir.ts'
import { checkedBytes, empty, kernelOf } from './run-kernel.ts'

const moduleOf = (
  functions: readonly FunctionDefinition[],
  memory: Partial<WasmModule['memory']> = {},
): WasmModule => ({
  memory: { module: 'gryph', name: 'memory', minimumPages: 1, ...memory },
  importedFunctions: [],
  functions,
  exports: [],
})
const functionOf = (
  body: FunctionDefinition['body'],
  locals: FunctionDefinition['locals'] = [],
): FunctionDefinition => ({
  name: 'f',
  parameters: [],
  results: [],
  locals,
  body,
})
const store = (offset: number, value: number): FunctionDefinition['body'] => [
  { op: 'i32.const', immediates: [0] },
  { op: 'i32.const', immediates: [value] },
  { op: 'i32.store', immediates: [offset] },
]

test('numbers of every length are encoded as wabt does', () => {
  const edges = [0, 1, 63, 64, 127, 128, 8191, 8192, 16383, 16384, 2 ** 20, 2 ** 27, 2 ** 28, 2 ** 31 - 1]
  const offsets = [...edges, 2 ** 31, 2 ** 32 - 1]
  checkedBytes(moduleOf([functionOf(offsets.flatMap((offset) => store(offset, 0)))]))
  const values = edges.flatMap((value) => [value, -value, -value - 1])
  checkedBytes(moduleOf([functionOf(values.flatMap((value) => store(0, value)))]))
})

test('signed numbers end with their sign', () => {
  const encoded = (value: number): number[] => {
    const writer = new ByteWriter()
    writer.signed(value)
    return [...writer.bytes]
  }
  expect(encoded(63)).toEqual([0x3f])
  expect(encoded(64)).toEqual([0xc0, 0x00])
  expect(encoded(-64)).toEqual([0x40])
  expect(encoded(-65)).toEqual([0xbf, 0x7f])
  expect(encoded(2 ** 32 - 1)).toEqual([0x7f])
})

test('an imported memory may have a maximum and be shared', () => {
  checkedBytes(moduleOf([], { minimumPages: 300, maximumPages: 65536 }))
  checkedBytes(moduleOf([], { minimumPages: 1, maximumPages: 2, shared: true }))
  const spec = {
    kernels: [],
    placementOf: () => ({ kind: 'static', byteOffset: 0 }) as const,
    parameterCount: 0,
    fma: 'separate' as const,
    statusByteOffset: 0,
  }
  expect(() => buildWasmModule({ ...spec, importedMemory: { minimumPages: 1, shared: true } })).toThrow(
    'needs a maximum',
  )
})

test('locals of one type in a row are declared together', () => {
  const locals = (['f32', 'f32', 'i32', 'v128', 'v128'] as const).map((type, n) => ({ name: `l${n}`, type }))
  checkedBytes(
    moduleOf([
      functionOf(
        [
          { op: 'local.get', immediates: [4] },
          { op: 'local.set', immediates: [3] },
        ],
        locals,
      ),
    ]),
  )
})

test('loops of one name inside each other are told apart by depth', () => {
  const body: FunctionDefinition['body'] = [
    { op: 'loop', immediates: [], label: 'i' },
    { op: 'loop', immediates: [], label: 'i' },
    { op: 'i32.const', immediates: [0] },
    { op: 'br_if', immediates: [1] },
    { op: 'i32.const', immediates: [0] },
    { op: 'br_if', immediates: [0] },
    { op: 'end', immediates: [] },
    { op: 'end', immediates: [] },
  ]
  const module = moduleOf([functionOf(body)])
  checkedBytes(module)
  expect(printModule(module)).toContain('br_if 1\n')
})

test('a program without kernels runs and returns 0; its memory may be of any size', () => {
  const { bytes, text } = generateWasm({
    kernels: [],
    placementOf: () => ({ kind: 'static', byteOffset: 0 }),
    parameterCount: 2,
    fma: 'separate',
    statusByteOffset: 0,
  })
  const memory = new WebAssembly.Memory({ initial: 0 })
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { gryph: { memory } })
  expect((exports['run'] as (...places: number[]) => number)(1, 2)).toBe(0) // the export every program has
  expect(text()).toContain('(func $run (param $p0 i32) (param $p1 i32) (result i32)')
})

test('only host functions that are called are imported, once each', () => {
  const y = empty('y', 'float64', 1)
  const storing = (value: ReturnType<typeof k.f64>): Kernel =>
    kernelOf('k', [{ kind: 'store', buffer: y, at: k.at(k.affine(0)), value, laneStride: 0 }], [y])
  const module = buildWasmModule({
    kernels: [
      storing(k.host('exp', k.host('exp', k.f64(1)))),
      storing(k.host('pow', k.f64(1), k.host('tanh', k.f64(2)))),
    ],
    placementOf: () => ({ kind: 'static', byteOffset: 64 }),
    parameterCount: 0,
    fma: 'separate',
    statusByteOffset: 16,
  })
  checkedBytes(module)
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(Uint8Array.from(encodeModule(module))))
  expect(imports.map(({ module: from, name }) => `${from}.${name}`)).toEqual([
    'gryph.memory',
    'math.exp',
    'math.pow',
    'math.tanh',
  ])
})

test('a buffer placed by a parameter that does not exist is an internal fault', () => {
  const y = empty('y', 'float32', 1)
  const kernel = kernelOf(
    'k',
    [{ kind: 'store', buffer: y, at: k.at(k.affine(0)), value: k.f32(1), laneStride: 0 }],
    [y],
  )
  const spec = { kernels: [kernel], parameterCount: 1, fma: 'separate' as const, statusByteOffset: 16 }
  expect(() => buildWasmModule({ ...spec, placementOf: () => ({ kind: 'parameter', position: 1 }) })).toThrow(
    'parameter 1 of 1',
  )
})
