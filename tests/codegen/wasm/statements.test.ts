import { expect, test } from 'vitest'
import type { Dtype } from '../../../src/base/dtype.ts'
import * as k from '../../../src/kernel/builder.ts'
import type { Expr, Lanes, LoopIndex, Statement, Variable } from '../../../src/kernel/ir.ts'
import { empty, filled, kernelOf, run, runKernels } from './run-kernel.ts'

const loop = (index: LoopIndex, extent: number, step: number, ...body: Statement[]): Statement => ({
  kind: 'loop',
  index,
  extent,
  step,
  body,
})
const [i, j, l]: LoopIndex[] = [{ name: 'i' }, { name: 'j' }, { name: 'l' }]
const start = k.at(k.affine(0))
const numbers = (count: number, from = 1): number[] => Array.from({ length: count }, (_, n) => n + from)

const rows = { index: i!, stride: 1 }

test('loops nest, step and count where their index is not used at all', () => {
  const x = filled('x', 'float32', numbers(24))
  const y = empty('y', 'float32', 24)
  const from = k.at(k.affine(1, { index: i!, stride: 12 }, { index: j!, stride: 2 }))
  const to = k.at(k.affine(0, { index: j!, stride: 2 }, { index: i!, stride: 12 }))
  const body = loop(
    i!,
    2,
    1,
    loop(j!, 6, 2, { kind: 'store', buffer: y, at: to, value: k.load(x, from, 1, 0), laneStride: 0 }),
  )
  const wanted = new Array<number>(24).fill(0)
  for (const a of [0, 1]) for (const b of [0, 2, 4]) wanted[a * 12 + b * 2] = 1 + 1 + a * 12 + b * 2
  expect(run([body], [x, y]).contentsOf(y)).toEqual(wanted)

  const sum: Variable = { name: 'sum', type: k.register('i32', 1) }
  const total = empty('total', 'int32', 1)
  const counting: Statement[] = [
    { kind: 'let', variable: sum, value: k.i32(0) },
    loop(i!, 7, 1, loop(j!, 12, 3, { kind: 'assign', variable: sum, value: k.add(k.read(sum), k.i32(1)) })),
    { kind: 'store', buffer: total, at: start, value: k.read(sum), laneStride: 0 },
  ]
  expect(run(counting, [total]).contentsOf(total)).toEqual([28])
})

test('a loop that passes once leaves no loop', () => {
  const x = filled('x', 'float32', numbers(4))
  const y = empty('y', 'float32', 4)
  const at = k.at(k.affine(0, { index: i!, stride: 5 }))
  expect(
    run(
      [loop(i!, 4, 4, { kind: 'store', buffer: y, at, value: k.load(x, at, 4, 1), laneStride: 1 })],
      [x, y],
    ).contentsOf(y),
  ).toEqual([1, 2, 3, 4])
})

test('the same index may count one loop after another', () => {
  const y = empty('y', 'int32', 8)
  const value: Expr = { kind: 'indexValue', type: k.register('i32', 1), affine: k.affine(0, rows), laneStride: 0 }
  const store = (offset: number): Statement => ({
    kind: 'store',
    buffer: y,
    at: k.at(k.affine(offset, rows)),
    value,
    laneStride: 0,
  })
  expect(run([loop(i!, 5, 1, store(0)), loop(i!, 3, 1, store(5))], [y]).contentsOf(y)).toEqual([0, 1, 2, 3, 4, 0, 1, 2])
})

test('elements are walked backwards, one by one and as reversed lanes', () => {
  for (const dtype of ['float32', 'float64', 'int32', 'uint8', 'bool'] as const) {
    const values = dtype === 'bool' ? [1, 0, 0, 1, 1, 1, 0, 0] : numbers(8)
    const x = filled('x', dtype, values)
    for (const lanes of dtype === 'float64' ? ([1, 2] as const) : ([1, 4] as const)) {
      const y = empty('y', dtype, 8)
      const from = k.at(k.affine(7, { index: i!, stride: -1 }))
      const value = k.load(x, from, lanes, -1)
      const body = loop(i!, 8, lanes, { kind: 'store', buffer: y, at: k.at(k.affine(0, rows)), value, laneStride: 1 })
      expect(run([body], [x, y]).contentsOf(y)).toEqual(values.toReversed())
      const z = empty('z', dtype, 8)
      const scatter = loop(i!, 8, lanes, {
        kind: 'store',
        buffer: z,
        at: from,
        value: k.load(x, k.at(k.affine(0, rows)), lanes, 1),
        laneStride: -1,
      })
      expect(run([scatter], [x, z]).contentsOf(z)).toEqual(values.toReversed())
    }
  }
})

test('a negative stride in one loop and a positive one in another meet in one address', () => {
  const x = filled('x', 'float32', numbers(12))
  const y = empty('y', 'float32', 12)
  const from = k.at(k.affine(8, { index: i!, stride: -4 }, { index: j!, stride: 1 }))
  const to = k.at(k.affine(0, { index: i!, stride: 4 }, { index: j!, stride: 1 }))
  const body = loop(
    i!,
    3,
    1,
    loop(j!, 4, 1, { kind: 'store', buffer: y, at: to, value: k.load(x, from, 1, 0), laneStride: 0 }),
  )
  expect(run([body], [x, y]).contentsOf(y)).toEqual([9, 10, 11, 12, 5, 6, 7, 8, 1, 2, 3, 4])
})

test.each(['float32', 'int32', 'uint8', 'bool'] as const)(
  '%s lanes repeat one element, skip elements, and stop at the valid ones',
  (dtype) => {
    const values = dtype === 'bool' ? [1, 0, 1, 1, 0, 0, 1, 0] : numbers(8)
    const x = filled('x', dtype, values)
    const y = empty('y', dtype, 4)
    const into = (value: Expr): number[] =>
      run([{ kind: 'store', buffer: y, at: start, value, laneStride: 1 }], [x, y]).contentsOf(y)
    expect(into(k.load(x, k.at(k.affine(2)), 4, 0))).toEqual(new Array(4).fill(values[2]))
    expect(into(k.load(x, k.at(k.affine(1)), 4, 2))).toEqual([1, 3, 5, 7].map((n) => values[n]))
    expect(into(k.load(x, k.at(k.affine(6)), 4, 2, 1))).toEqual([values[6], 0, 0, 0])
  },
)

test('two lanes of doubles and of truth values do the same', () => {
  const x = filled('x', 'float64', numbers(8))
  const y = empty('y', 'float64', 2)
  const into = (value: Expr): number[] =>
    run([{ kind: 'store', buffer: y, at: start, value, laneStride: 1 }], [x, y, p]).contentsOf(y)
  const p = filled('p', 'bool', [1, 0, 0, 1])
  expect(into(k.load(x, k.at(k.affine(3)), 2, 0))).toEqual([4, 4])
  expect(into(k.load(x, k.at(k.affine(1)), 2, 4))).toEqual([2, 6])
  const chosen = (laneStride: number, at: number): Expr =>
    k.select(k.load(p, k.at(k.affine(at)), 2, laneStride), k.f64(5, 2), k.f64(6, 2))
  expect(into(chosen(1, 0))).toEqual([5, 6])
  expect(into(chosen(3, 0))).toEqual([5, 5])
  expect(into(chosen(0, 1))).toEqual([6, 6])
})

test('computed indices gather and scatter, for all lanes at once or lane by lane', () => {
  const indices = filled('indices', 'int32', [6, -2, 3, 0])
  for (const dtype of ['float32', 'int32', 'uint8'] as const) {
    const x = filled('x', dtype, numbers(12))
    const y = empty('y', dtype, 4)
    const gather = k.load(x, k.at(k.affine(2), k.load(indices, start, 4, 1)), 4, 0)
    const buffers = [indices, x, y]
    expect(run([{ kind: 'store', buffer: y, at: start, value: gather, laneStride: 1 }], buffers).contentsOf(y)).toEqual(
      [9, 1, 6, 3],
    )
    for (const [laneStride, wanted] of [
      [1, [1, 2, 3, 4]],
      [0, [1, 1, 1, 1]],
      [3, [1, 4, 7, 10]],
    ] as const) {
      const shared = k.load(x, k.at(k.affine(2), k.load(indices, k.at(k.affine(1)), 1, 0)), 4, laneStride)
      expect(
        run([{ kind: 'store', buffer: y, at: start, value: shared, laneStride: 1 }], buffers).contentsOf(y),
      ).toEqual(wanted)
    }
    const z = empty('z', dtype, 9)
    const at = k.at(k.affine(2), k.load(indices, start, 4, 1))
    const value = k.load(x, start, 4, 1)
    expect(run([{ kind: 'store', buffer: z, at, value, laneStride: 1 }], [indices, x, z]).contentsOf(z)).toEqual([
      2, 0, 4, 0, 0, 3, 0, 0, 1,
    ])
  }
})

test('computed indices add to what loops contribute', () => {
  const indices = filled('indices', 'int32', [2, 0, 1])
  const table = filled('table', 'float32', numbers(12))
  const y = empty('y', 'float32', 12)
  const offset = k.binary('mul', k.load(indices, k.at(k.affine(0, rows)), 1, 0), k.i32(4))
  const value = k.load(table, k.at(k.affine(0, { index: j!, stride: 1 }), offset), 1, 0)
  const to = k.at(k.affine(0, { index: i!, stride: 4 }, { index: j!, stride: 1 }))
  const body = loop(i!, 3, 1, loop(j!, 4, 1, { kind: 'store', buffer: y, at: to, value, laneStride: 0 }))
  expect(run([body], [indices, table, y]).contentsOf(y)).toEqual([9, 10, 11, 12, 1, 2, 3, 4, 5, 6, 7, 8])
})

test.each<[Dtype, Lanes]>([
  ['float32', 4],
  ['int32', 4],
  ['uint8', 4],
  ['bool', 4],
  ['float64', 2],
  ['bool', 2],
])('stores of %s write the first of %i lanes and no more', (dtype, lanes) => {
  const values = dtype === 'bool' ? [1, 0, 1, 1] : [250, 251, 252, 253]
  const x = filled('x', dtype, values)
  for (let count = 0; count <= lanes; count++) {
    for (const laneStride of [1, 2]) {
      const y = filled('y', dtype, new Array<number>(8).fill(1))
      const value = k.load(x, start, lanes, 1)
      const wanted = new Array<number>(8).fill(1)
      for (let lane = 0; lane < count; lane++) wanted[lane * laneStride] = values[lane]!
      expect(run([{ kind: 'store', buffer: y, at: start, value, laneStride, count }], [x, y]).contentsOf(y)).toEqual(
        wanted,
      )
    }
  }
})

test('integers wrap into bytes', () => {
  const x = filled('x', 'int32', [256, -1, 511, 65537])
  for (const lanes of [1, 4] as const) {
    const y = empty('y', 'uint8', 4)
    const at = k.at(k.affine(0, rows))
    expect(
      run(
        [loop(i!, 4, lanes, { kind: 'store', buffer: y, at, value: k.load(x, at, lanes, 1), laneStride: 1 })],
        [x, y],
      ).contentsOf(y),
    ).toEqual([0, 255, 255, 1])
  }
})

test('index values count lanes, offsets and strides of both signs', () => {
  const y = empty('y', 'int32', 8)
  const value = (lanes: Lanes, laneStride: number, ...terms: { index: LoopIndex; stride: number }[]): Expr => ({
    kind: 'indexValue',
    type: k.register('i32', lanes),
    affine: k.affine(3, ...terms),
    laneStride,
  })
  const into = (lanes: Lanes, expression: Expr): number[] =>
    run(
      [loop(i!, 8, lanes, { kind: 'store', buffer: y, at: k.at(k.affine(0, rows)), value: expression, laneStride: 1 })],
      [y],
    ).contentsOf(y)
  expect(into(1, value(1, 0, rows))).toEqual([3, 4, 5, 6, 7, 8, 9, 10])
  expect(into(1, value(1, 0, { index: i!, stride: -2 }))).toEqual([3, 1, -1, -3, -5, -7, -9, -11])
  expect(into(4, value(4, 1, rows))).toEqual([3, 4, 5, 6, 7, 8, 9, 10])
  expect(into(4, value(4, 10, { index: i!, stride: 5 }))).toEqual([3, 13, 23, 33, 23, 33, 43, 53])
  expect(into(4, value(4, 0))).toEqual(new Array(8).fill(3))
})

test('a check stops the program at its site and reports the value', () => {
  const x = filled('x', 'int32', [1, 2, -7, 4, -9, 6, 7, 8])
  const y = empty('y', 'int32', 8)
  const at = k.at(k.affine(0, rows))
  for (const lanes of [1, 4] as const) {
    const value = k.load(x, at, lanes, 1)
    const ok = k.compare('ge', k.load(x, at, lanes, 1), k.i32(0, lanes))
    const checking = kernelOf('checking', [loop(i!, 8, lanes, { kind: 'check', ok, value, site: 300 })], [x])
    const marking = kernelOf('marking', [{ kind: 'store', buffer: y, at: start, value: k.i32(1), laneStride: 0 }], [y])
    const failed = runKernels([checking, marking], [x, y])
    expect(failed).toMatchObject({ site: 300, status: -7 })
    expect(failed.contentsOf(y)[0]).toBe(0)
    const good = { ...x, contents: numbers(8) }
    const passing = (b: typeof x): Statement =>
      loop(i!, 8, lanes, {
        kind: 'check',
        ok: k.compare('ge', k.load(b, at, lanes, 1), k.i32(0, lanes)),
        value: k.load(b, at, lanes, 1),
        site: 300,
      })
    const passed = runKernels([kernelOf('checking', [passing(good)], [good]), marking], [good, y])
    expect(passed.site).toBe(0)
    expect(passed.contentsOf(y)[0]).toBe(1)
  }
})

test('a check of lanes looks at the first ones only and reports the first that fails', () => {
  const p = filled('p', 'bool', [1, 1, 0, 0])
  const x = filled('x', 'int32', [10, 11, 12, 13])
  const check = (count: number, value: Expr): Statement[] => [
    { kind: 'check', ok: k.load(p, start, 4, 1), value, site: 1, count },
  ]
  expect(run(check(0, k.i32(5)), [p, x]).site).toBe(0)
  expect(run(check(2, k.load(x, start, 4, 1)), [p, x]).site).toBe(0)
  expect(run(check(3, k.load(x, start, 4, 1)), [p, x])).toMatchObject({ site: 1, status: 12 })
  expect(run(check(4, k.load(x, start, 4, 1)), [p, x])).toMatchObject({ site: 1, status: 12 })
  expect(run(check(4, k.i32(5)), [p, x])).toMatchObject({ site: 1, status: 5 })
  const two: Statement[] = [{ kind: 'check', ok: k.load(p, k.at(k.affine(1)), 2, 1), value: k.i32(8), site: 2 }]
  expect(run(two, [p])).toMatchObject({ site: 2, status: 8 })
})

test('an address outside of the loop of its index is an internal fault', () => {
  const y = empty('y', 'float32', 4)
  const at = k.at(k.affine(0, { index: l!, stride: 1 }))
  expect(() => run([{ kind: 'store', buffer: y, at, value: k.f32(1), laneStride: 0 }], [y])).toThrow(
    'the loop index l outside of its loop',
  )
})
