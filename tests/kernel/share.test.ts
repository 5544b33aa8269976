import { describe, expect, it } from 'vitest'

import { add, affine, at, constant, f32, i32, load, mul, read, register } from '../../src/kernel/builder.ts'
import type { Buffer, Expr, LoopIndex, Statement, Variable } from '../../src/kernel/ir.ts'
import { operandsOf } from '../../src/kernel/operands.ts'
import { bindShared } from '../../src/kernel/share.ts'

const a: Buffer = { name: 'a', dtype: 'float32', elementCount: 16 }
const b: Buffer = { name: 'b', dtype: 'float32', elementCount: 16 }
const i: LoopIndex = { name: 'i' }
const element = (buffer: Buffer, stride = 1): Expr => load(buffer, at(affine(0, { index: i, stride })), 1, 0)
const names = (lets: readonly Statement[]): string[] => lets.map((s) => (s.kind === 'let' ? s.variable.name : s.kind))

/** Nodes of the value when every read of a new variable is replaced by what it stands for, counted without walking the tree twice. */
function treeSize(value: Expr, lets: readonly Statement[]): number {
  const sizes = new Map<Variable, number>()
  const sizeOf = (expr: Expr): number =>
    expr.kind === 'read' && sizes.has(expr.variable)
      ? sizes.get(expr.variable)!
      : 1 + operandsOf(expr).reduce((sum, x) => sum + sizeOf(x), 0)
  for (const statement of lets) if (statement.kind === 'let') sizes.set(statement.variable, sizeOf(statement.value))
  return sizeOf(value)
}

describe('bindShared', () => {
  it('leaves a tree as it is, object for object', () => {
    const tree = add(element(a), mul(element(b), f32(2)))
    const { lets, values } = bindShared([tree])
    expect(lets).toEqual([])
    expect(values[0]).toBe(tree)
  })

  it('binds an object that is used twice', () => {
    const x = element(a)
    const { lets, values } = bindShared([mul(x, x)])
    expect(names(lets)).toEqual(['t0'])
    expect(lets[0]).toMatchObject({ kind: 'let', value: x })
    expect(values[0]).toMatchObject({
      kind: 'binary',
      a: { kind: 'read', variable: { name: 't0' } },
      b: { kind: 'read', variable: { name: 't0' } },
    })
  })

  it('binds what is shared between values once, operands first', () => {
    const x = element(a)
    const square = mul(x, x)
    const { lets, values } = bindShared([add(square, f32(1)), add(square, f32(2))])
    expect(names(lets)).toEqual(['t0', 't1'])
    expect(values.map((value) => treeSize(value, lets))).toEqual([5, 5])
  })

  it('merges equal expressions that are different objects', () => {
    const { lets } = bindShared([add(mul(element(a), f32(2)), mul(element(a), f32(2)))])
    expect(names(lets)).toEqual(['t0'])
  })

  it('keeps apart loads of other buffers, addresses, and constants 0 and -0', () => {
    expect(bindShared([add(element(a), element(b))]).lets).toEqual([])
    expect(bindShared([add(element(a, 1), element(a, 2))]).lets).toEqual([])
    expect(bindShared([add(mul(element(a), f32(0)), mul(element(b), f32(-0)))]).lets).toEqual([])
  })

  it('keeps apart variables and loop indices of the same name', () => {
    const [u, v]: Variable[] = [0, 1].map(() => ({ name: 'x', type: register('f32', 1) }))
    expect(bindShared([add(mul(read(u!), read(u!)), mul(read(v!), read(v!)))]).lets).toEqual([])
    const j: LoopIndex = { name: 'i' }
    expect(bindShared([add(element(a), load(a, at(affine(0, { index: j, stride: 1 })), 1, 0))]).lets).toEqual([])
  })

  it('never binds trivial expressions', () => {
    const one = f32(1)
    const variable = read({ name: 'x', type: register('f32', 1) })
    const position: Expr = {
      kind: 'indexValue',
      type: register('i32', 1),
      affine: affine(0, { index: i, stride: 1 }),
      laneStride: 0,
    }
    expect(bindShared([add(one, one), add(variable, variable), add(position, position)]).lets).toEqual([])
    expect(bindShared([one], { bindAll: true }).lets).toEqual([])
  })

  it('shares the computed part of a gather address', () => {
    const position = add(load({ name: 'n', dtype: 'int32', elementCount: 4 }, at(affine(0)), 1, 0), i32(1))
    const gathers = [a, b].map((buffer) => load(buffer, at(affine(0), position), 1, 0))
    const { lets, values } = bindShared(gathers)
    expect(names(lets)).toEqual(['t0'])
    expect(values[0]).toMatchObject({ kind: 'load', at: { dynamic: { kind: 'read' } } })
  })

  it('binds every value when asked, so that loads come before stores', () => {
    const { lets, values } = bindShared([element(a), add(element(b), f32(1))], { bindAll: true })
    expect(names(lets)).toEqual(['t0', 't1'])
    expect(values.map((value) => value.kind)).toEqual(['read', 'read'])
  })

  it('names variables as told', () => {
    let count = 7
    const x = element(a)
    expect(names(bindShared([mul(x, x)], { newName: () => `s${count++}` }).lets)).toEqual(['s7'])
  })

  it('takes a DAG of 10 000 nodes whose tree would be exponential', () => {
    let x = element(a)
    for (let n = 0; n < 10_000; n++) x = add(x, x)
    const { lets } = bindShared([x])
    expect(lets).toHaveLength(10_000)
  })

  it('cuts chains that are deeper than a back end can recurse', () => {
    let x = element(a)
    for (let n = 0; n < 10_000; n++) x = add(x, constant(n + 0.5, register('f32', 1)))
    const { lets, values } = bindShared([x])
    expect(lets).toHaveLength(50)
    expect(treeSize(values[0]!, lets)).toBe(20_001)
  })
})
