import v8 from 'node:v8'
import { expect, test } from 'vitest'
import { buildWasmModule, printModule } from '../../../src/codegen/wasm/index.ts'
import * as k from '../../../src/kernel/builder.ts'
import type { Lanes, Statement } from '../../../src/kernel/ir.ts'
import { matchesGolden } from '../../golden.ts'
import { gemmKernel } from './gemm-kernel.ts'
import { checkedBytes, empty, filled, run, runKernels } from './run-kernel.ts'

// Node 20 has relaxed SIMD behind this flag; later versions have it without, and do not know the flag.
if (process.versions.node.startsWith('20.')) v8.setFlagsFromString('--experimental-wasm-relaxed-simd')

/** (1 + 2⁻¹²)² − 1 keeps its last bit only when the product is not rounded. */
const x = 1 + 2 ** -12
const index = { name: 'i' }
const here = k.at(k.affine(0, { index, stride: 1 }))

test.each([
  ['float32', 4, x],
  ['float64', 2, 1 + 2 ** -30],
] as const)('a fused %s multiply-add rounds once, as a vector and as a scalar', (dtype, full, value) => {
  const operand = filled('x', dtype, [value, value, value, value])
  const fusedLanes = (lanes: Lanes): number[] => {
    const result = empty('result', dtype, 4)
    const load = k.load(operand, here, lanes, 1)
    const body: Statement = {
      kind: 'store',
      buffer: result,
      at: here,
      value: k.fma(load, load, k.like(load, -1)),
      laneStride: 1,
    }
    return run([{ kind: 'loop', index, extent: 4, step: lanes, body: [body] }], [operand, result], 'fused').contentsOf(
      result,
    )
  }
  const tail = dtype === 'float32' ? 2 ** -24 : 2 ** -60
  const wanted = new Array<number>(4).fill(2 * (value - 1) + tail)
  expect(fusedLanes(full)).toEqual(wanted)
  expect(fusedLanes(1)).toEqual(wanted)
})

test('a tiled matrix product sums over k in order, fused or not', () => {
  const size = { m: 6, n: 24, depth: 7 }
  const values = (count: number) => Array.from({ length: count }, (_, n) => ((n * 37) % 19) - 9)
  const a = filled('a', 'float32', values(42))
  const b = filled('b', 'float32', values(168))
  const c = empty('c', 'float32', 144)
  const wanted = c.contents.map((_, at) => {
    let sum = 0
    for (let l = 0; l < 7; l++) sum += a.contents[Math.floor(at / 24) * 7 + l]! * b.contents[l * 24 + (at % 24)]!
    return sum
  })
  const kernel = gemmKernel(size, { rows: 3, vectors: 3 }, { a, b, c })
  expect(runKernels([kernel], [a, b, c], 'fused').contentsOf(c)).toEqual(wanted)
  expect(runKernels([kernel], [a, b, c], 'separate').contentsOf(c)).toEqual(wanted)
})

test('the inner loop of a matrix product has loads, multiply-adds, two additions to addresses and a counter', () => {
  const buffers = [empty('a', 'float32', 96), empty('b', 'float32', 128), empty('c', 'float32', 48)] as const
  const [a, b, c] = buffers
  const kernel = gemmKernel({ m: 6, n: 8, depth: 16 }, { rows: 2, vectors: 1 }, { a, b, c })
  const module = buildWasmModule({
    kernels: [kernel],
    placementOf: (buffer) => ({ kind: 'static', byteOffset: 64 + 1024 * buffers.indexOf(buffer as typeof a) }), // one of the three
    parameterCount: 0,
    fma: 'fused',
    statusByteOffset: 16,
  })
  checkedBytes(module)
  const printed = printModule(module)
  const inner = /loop \$k[^\n]*\n(.*?) end\n/s.exec(printed)![1]!
  expect(inner.match(/i32\.add/g)).toHaveLength(3)
  expect(inner).not.toMatch(/mul/)
  matchesGolden(printed, 'codegen/gemm.wat')
})
