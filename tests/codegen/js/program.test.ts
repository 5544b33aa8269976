import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { type TypedArray, dtypeInfo } from '../../../src/base/dtype.ts'
import { instantiateJs } from '../../../src/codegen/js/instantiate.ts'
import { generateJs, type JsProgramSpec } from '../../../src/codegen/js/program.ts'
import * as k from '../../../src/kernel/builder.ts'
import type { Buffer, Expr, Kernel, LoopIndex, Scalar, Statement, Variable } from '../../../src/kernel/ir.ts'
import { printKernel } from '../../../src/kernel/print.ts'
import { bindShared } from '../../../src/kernel/share.ts'
import { verifyKernel } from '../../../src/kernel/verify.ts'
import { matchesGolden } from '../../golden.ts'
import { runKernel } from '../../kernel/interpreter.ts'
import { count, expressions, index, inputs } from './random-kernel.ts'
import { arenaViews, runAsJs } from './run-js.ts'

const [i, j]: [LoopIndex, LoopIndex] = [{ name: 'i' }, { name: 'j' }]
const float = (name: string, elementCount: number): Buffer => ({ name, dtype: 'float32', elementCount })
const [a, b, c] = [float('a', 8), float('b', 8), float('c', 8)]
const loop = (loopIndex: LoopIndex, extent: number, ...body: Statement[]): Statement => ({
  kind: 'loop',
  index: loopIndex,
  extent,
  step: 1,
  body,
})
const store = (buffer: Buffer, address: ReturnType<typeof k.at>, value: Expr): Statement => ({
  kind: 'store',
  buffer,
  at: address,
  value,
  laneStride: 0,
})
const element = (buffer: Buffer, loopIndex: LoopIndex): Expr =>
  k.load(buffer, k.at(k.affine(0, { index: loopIndex, stride: 1 })), 1, 0)

const multiplyAndRelu: Kernel = {
  name: 'multiply+relu',
  reads: [a, b],
  writes: [c],
  scratch: [],
  body: [
    loop(
      i,
      8,
      store(
        c,
        k.at(k.affine(0, { index: i, stride: 1 })),
        k.binary('pmax', k.mul(element(a, i), element(b, i)), k.f32(0)),
      ),
    ),
  ],
  sources: ['train.ts:12', 'train.ts:13'],
}

const total: Variable = { name: 'total', type: k.register('f32', 1) }
const rows = float('rows', 2)
const rowSums: Kernel = {
  name: 'row sums',
  reads: [a, b],
  writes: [rows],
  scratch: [],
  body: [
    loop(
      j,
      2,
      { kind: 'comment', text: 'each row' },
      { kind: 'let', variable: total, value: k.f32(0) },
      loop(i, 4, {
        kind: 'assign',
        variable: total,
        value: k.fma(
          k.load(a, k.at(k.affine(0, { index: j, stride: 4 }, { index: i, stride: 1 })), 1, 0),
          element(b, i),
          k.read(total),
        ),
      }),
      {
        kind: 'check',
        ok: k.compare('lt', k.read(total), k.f32(1000)),
        value: k.convert('f32ToI32', k.read(total)),
        site: 7,
      },
      store(rows, k.at(k.affine(0, { index: j, stride: 1 })), k.read(total)),
    ),
  ],
  sources: [],
}

function spec(kernels: readonly Kernel[], options: Partial<JsProgramSpec> = {}): JsProgramSpec {
  const offsets = new Map([
    [a, 16],
    [b, 64],
    [c, 112],
    [rows, 160],
  ])
  return {
    kernels,
    placementOf: (buffer) =>
      buffer === b ? { kind: 'parameter', position: 0 } : { kind: 'static', byteOffset: offsets.get(buffer)! },
    parameterCount: 1,
    fma: 'separate',
    statusByteOffset: 8,
    ...options,
  }
}

describe('generateJs', () => {
  it('writes a loop over elements', () =>
    matchesGolden(generateJs(spec([multiplyAndRelu])).text, 'codegen/elementwise.js'))
  it('writes a reduction with a check', () =>
    matchesGolden(generateJs(spec([rowSums], { fma: 'fused' })).text, 'codegen/reduction.js'))

  it('runs kernels in order, over any views of the arena', () => {
    const run = instantiateJs(generateJs(spec([multiplyAndRelu, rowSums, rowSums])).text)
    for (const views of [arenaViews(256), arenaViews(512)]) {
      views.f32.set([1, 2, 3, 4, 5, 6, 7, 8], 4)
      views.f32.set([1, -1, 1, -1, 1, -1, 1, -1], 16)
      expect(run(views, 64)).toBe(0)
      expect([...views.f32.subarray(28, 36)]).toEqual([1, 0, 3, 0, 5, 0, 7, 0])
      expect([...views.f32.subarray(40, 42)]).toEqual([-2, -2])
    }
  })

  it('stops at a failed check with its site and value, before what follows', () => {
    const run = instantiateJs(generateJs(spec([rowSums, multiplyAndRelu])).text)
    const views = arenaViews(256)
    views.f32.fill(1, 4, 12).fill(1, 16, 20)
    views.f32[8] = 5000
    expect(run(views, 64)).toBe(7)
    expect(views.i32[2]).toBe(5003)
    expect([...views.f32.subarray(40, 42)]).toEqual([4, 0])
    expect([...views.f32.subarray(28, 36)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0])
  })

  it('refuses vectors', () => {
    const vector: Kernel = { ...multiplyAndRelu, body: [store(c, k.at(k.affine(0)), k.f32(1, 4))] }
    expect(() => generateJs(spec([vector]))).toThrow('vector')
  })

  it('gives names of the language and of its own another form', () => {
    const odd: Buffer = float('f32', 8)
    const kernel: Kernel = {
      ...multiplyAndRelu,
      name: 'class',
      reads: [odd],
      body: [loop({ name: 'for' }, 8), store(c, k.at(k.affine(0)), k.load(odd, k.at(k.affine(1)), 1, 0))],
    }
    const run = instantiateJs(
      generateJs(
        spec([kernel], { placementOf: (buffer) => ({ kind: 'static', byteOffset: buffer === odd ? 16 : 64 }) }),
      ).text,
    )
    const views = arenaViews(128)
    views.f32[5] = 3
    run(views, 0)
    expect(views.f32[16]).toBe(3)
  })
})

const dtypeOf = { f32: 'float32', f64: 'float64', i32: 'int32', bool: 'bool' } as const
const bits = new DataView(new ArrayBuffer(8))
const anyF32 = fc
  .integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
  .map((word) => (bits.setInt32(0, word), bits.getFloat32(0)))
const values = (arbitrary: fc.Arbitrary<number>): fc.Arbitrary<number[]> =>
  fc.array(arbitrary, { minLength: count, maxLength: count })

const memories = fc.record({
  f32: values(fc.oneof(anyF32, fc.float())),
  f64: values(fc.double()),
  i32: values(fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.integer({ min: -4, max: 4 }))),
  u8: values(fc.integer({ min: 0, max: 255 })),
  bool: values(fc.integer({ min: 0, max: 1 })),
})

/** The expression in a loop over the elements, also summed up in the accumulator of a reduction. */
function kernelOf(expr: Expr): { kernel: Kernel; outputs: Buffer[] } {
  const { scalar } = expr.type
  const output: Buffer = { name: 'output', dtype: dtypeOf[scalar], elementCount: count }
  const last: Buffer = { name: 'last', dtype: dtypeOf[scalar], elementCount: 1 }
  const accumulator: Variable = { name: 'accumulator', type: expr.type }
  const {
    lets,
    values: [value],
  } = bindShared([expr])
  const kernel: Kernel = {
    name: 'random',
    reads: Object.values(inputs),
    writes: [output, last],
    scratch: [],
    body: [
      { kind: 'let', variable: accumulator, value: k.constant(0, expr.type) },
      loop(
        index,
        count,
        ...lets,
        {
          kind: 'assign',
          variable: accumulator,
          value: k.binary(scalar === 'bool' ? 'xor' : 'add', k.read(accumulator), value!),
        },
        store(output, k.at(k.affine(0, { index, stride: 1 })), value!),
      ),
      store(last, k.at(k.affine(0)), k.read(accumulator)),
    ],
    sources: [],
  }
  return { kernel, outputs: [output, last] }
}

describe.each(['f32', 'f64', 'i32', 'bool'] as const)('random expressions of %s', (scalar: Scalar) => {
  it.each(['separate', 'fused'] as const)('give the bits of the interpreter with %s multiply-adds', (fma) => {
    fc.assert(
      fc.property(expressions[scalar], memories, (expr, memory) => {
        const { kernel, outputs } = kernelOf(expr)
        verifyKernel(kernel)
        const fresh = (): Map<Buffer, TypedArray> =>
          new Map<Buffer, TypedArray>([
            ...(Object.keys(inputs) as (keyof typeof inputs)[]).map(
              (name) => [inputs[name], new dtypeInfo[inputs[name].dtype].array(memory[name])] as const,
            ), // keys of a constant
            ...outputs.map((buffer) => [buffer, new dtypeInfo[buffer.dtype].array(buffer.elementCount)] as const),
          ])
        const [expected, actual] = [fresh(), fresh()]
        runKernel(kernel, expected, { fma })
        runAsJs(kernel, actual, fma)
        const differs = (buffer: Buffer): boolean =>
          expected.get(buffer)!.some((value, at) => !Object.is(value, actual.get(buffer)![at]))
        const wrong = outputs.find(differs)
        if (wrong)
          expect.fail(
            `${printKernel(kernel)}${wrong.name}: [${[...actual.get(wrong)!].join()}], but [${[...expected.get(wrong)!].join()}] is right`,
          )
      }),
      { numRuns: 100 },
    )
  })
})
