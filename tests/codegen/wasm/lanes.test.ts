import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as k from '../../../src/kernel/builder.ts'
import type { Expr, Lanes } from '../../../src/kernel/ir.ts'
import type { FilledBuffer } from './run-kernel.ts'
import { empty, filled, run } from './run-kernel.ts'

const index = { name: 'i' }
const here = k.at(k.affine(0, { index, stride: 1 }))
const count = 8

/** An expression over buffers f, i and p at any number of lanes. */
type Tree = (lanes: Lanes) => Expr
interface Buffers {
  readonly float: FilledBuffer
  readonly int: FilledBuffer
  readonly byte: FilledBuffer
  readonly bool: FilledBuffer
}

const bits = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const small = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, NaN, Infinity, -Infinity, 1e-40),
  fc.double({ min: -1e4, max: 1e4, noNaN: true }),
)

/** Trees of float, integer and truth values, and of float32 values among float64 ones. */
function trees(buffers: Buffers, scalar: 'f32' | 'f64') {
  const load = (buffer: FilledBuffer): fc.Arbitrary<Tree> => fc.constant((lanes) => k.load(buffer, here, lanes, 1))
  const map = <T extends unknown[]>(
    parts: fc.Arbitrary<T>,
    make: (lanes: Lanes, ...values: T) => Expr,
  ): fc.Arbitrary<Tree> => parts.map((values) => (lanes) => make(lanes, ...values))
  const { float } = fc.letrec<{ float: Tree; int: Tree; bool: Tree }>((tie) => ({
    float: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      load(buffers.float),
      small.map(
        (value): Tree =>
          (lanes) =>
            k.constant(value, k.register(scalar, lanes)),
      ),
      map(fc.tuple(fc.constantFrom('neg', 'abs', 'sqrt', 'floor'), tie('float')), (lanes, op, x) =>
        k.unary(op, x(lanes)),
      ),
      map(
        fc.tuple(fc.constantFrom('add', 'sub', 'mul', 'div', 'pmin', 'pmax'), tie('float'), tie('float')),
        (lanes, op, a, b) => k.binary(op, a(lanes), b(lanes)),
      ),
      map(fc.tuple(tie('float'), tie('float'), tie('float')), (lanes, a, b, c) => k.fma(a(lanes), b(lanes), c(lanes))),
      map(fc.tuple(tie('bool'), tie('float'), tie('float')), (lanes, c, a, b) =>
        k.select(c(lanes), a(lanes), b(lanes)),
      ),
      map(fc.tuple(tie('bool')), (lanes, x) => k.convert(scalar === 'f32' ? 'boolToF32' : 'boolToF64', x(lanes))),
      scalar === 'f32'
        ? map(fc.tuple(fc.constantFrom('i32ToF32', 'u32ToF32'), tie('int')), (lanes, op, x) => k.convert(op, x(lanes)))
        : map(fc.tuple(fc.constantFrom('i32ToF64', 'u32ToF64'), tie('int')), (lanes, op, x) => k.convert(op, x(lanes))),
      ...(scalar === 'f64'
        ? [
            map(
              fc.tuple(fc.constantFrom('add', 'mul', 'pmax'), tie('float'), tie('int'), tie('bool')),
              (lanes, op, x, i, p) => {
                const narrow = k.select(p(lanes), k.convert('f64ToF32', x(lanes)), k.convert('i32ToF32', i(lanes)))
                return k.convert('f32ToF64', k.binary(op, narrow, k.convert('boolToF32', p(lanes))))
              },
            ),
          ]
        : []),
    ),
    int: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      load(buffers.int),
      load(buffers.byte),
      bits.map(
        (value): Tree =>
          (lanes) =>
            k.i32(value, lanes),
      ),
      fc.integer({ min: -9, max: 9 }).map((stride): Tree => (lanes) => ({
        kind: 'indexValue',
        type: k.register('i32', lanes),
        affine: k.affine(3, { index, stride }),
        laneStride: stride,
      })),
      map(fc.tuple(fc.constantFrom('neg', 'abs'), tie('int')), (lanes, op, x) => k.unary(op, x(lanes))),
      map(
        fc.tuple(fc.constantFrom('add', 'sub', 'mul', 'pmin', 'pmax', 'and', 'or', 'xor'), tie('int'), tie('int')),
        (lanes, op, a, b) => k.binary(op, a(lanes), b(lanes)),
      ),
      map(fc.tuple(fc.constantFrom('shl', 'shrS', 'shrU'), tie('int'), fc.nat(31)), (lanes, op, a, by) =>
        k.binary(op, a(lanes), k.i32(by)),
      ),
      map(fc.tuple(tie('float')), (lanes, x) => k.convert(scalar === 'f32' ? 'f32ToI32' : 'f64ToI32', x(lanes))),
      map(fc.tuple(tie('bool')), (lanes, x) => k.convert('boolToI32', x(lanes))),
      map(fc.tuple(tie('bool'), tie('int'), tie('int')), (lanes, c, a, b) => k.select(c(lanes), a(lanes), b(lanes))),
    ),
    bool: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      load(buffers.bool),
      map(
        fc.tuple(fc.constantFrom('eq', 'ne', 'lt', 'le', 'gt', 'ge'), tie('float'), tie('float')),
        (lanes, op, a, b) => k.compare(op, a(lanes), b(lanes)),
      ),
      map(fc.tuple(tie('bool')), (lanes, x) => k.unary('not', x(lanes))),
      map(fc.tuple(fc.constantFrom('and', 'or', 'xor'), tie('bool'), tie('bool')), (lanes, op, a, b) =>
        k.binary(op, a(lanes), b(lanes)),
      ),
      map(
        fc.tuple(fc.constantFrom('eq', 'ne', 'lt', 'le', 'gt', 'ge', 'ltU'), tie('int'), tie('int')),
        (lanes, op, a, b) => k.compare(op, a(lanes), b(lanes)),
      ),
    ),
  }))
  return float
}

function valuesOf(tree: Tree, lanes: Lanes, buffers: Buffers): number[] {
  const result = empty('result', buffers.float.dtype, count)
  const store = { kind: 'store', buffer: result, at: here, value: tree(lanes), laneStride: 1 } as const
  const used = [buffers.float, buffers.int, buffers.byte, buffers.bool, result]
  return run([{ kind: 'loop', index, extent: count, step: lanes, body: [store] }], used).contentsOf(result)
}

test.each([
  ['f32', 4],
  ['f64', 2],
  ['f32', 2],
] as const)('any %s expression gives the same bits one by one and %i lanes at a time', (scalar, lanes) => {
  const buffers: Buffers = {
    float: filled('f', scalar === 'f32' ? 'float32' : 'float64', [0, -0, 1.5, -3e9, NaN, Infinity, -7.25, 1e-40]),
    int: filled('i', 'int32', [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 77, -300, 65536]),
    byte: filled('b', 'uint8', [0, 1, 255, 128, 7, 64, 200, 3]),
    bool: filled('p', 'bool', [0, 1, 1, 0, 1, 0, 0, 1]),
  }
  const property = fc.property(trees(buffers, scalar), (tree) => {
    expect(valuesOf(tree, lanes, buffers)).toEqual(valuesOf(tree, 1, buffers))
  })
  fc.assert(property, { numRuns: 150 })
})
