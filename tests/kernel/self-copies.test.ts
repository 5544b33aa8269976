import { describe, expect, it } from 'vitest'
import * as k from '../../src/kernel/builder.ts'
import type { Buffer, Kernel, LoopIndex, Statement, Variable } from '../../src/kernel/ir.ts'
import { printKernel } from '../../src/kernel/print.ts'
import { withoutSelfCopies } from '../../src/kernel/self-copies.ts'

const buffer = (name: string, dtype: Buffer['dtype'] = 'float32'): Buffer => ({ name, dtype, elementCount: 64 })
const [x, y, z] = [buffer('x'), buffer('y'), buffer('z')] as [Buffer, Buffer, Buffer]
const i: LoopIndex = { name: 'i' }
const at = (offset: number, stride = 1) => k.affine(offset, { index: i, stride })
const store = (to: Buffer, offset: number, from: Buffer, fromOffset = offset, laneStride = 1): Statement => ({
  kind: 'store',
  buffer: to,
  at: { affine: at(offset) },
  value: k.load(from, { affine: at(fromOffset) }, 4, laneStride),
  laneStride: 1,
})
const loop = (...body: Statement[]): Statement => ({ kind: 'loop', index: i, extent: 32, step: 4, body })
const kernelOf = (...body: Statement[]): Kernel => ({
  name: 'k',
  reads: [x, z],
  writes: [y],
  scratch: [],
  body,
  sources: [],
})
const together = (a: Buffer, b: Buffer): boolean => a !== z && b !== z

describe('a store of what was loaded from the same place', () => {
  it('is left out, with loops, bindings and barriers that it leaves empty', () => {
    const variable: Variable = { name: 't', type: k.register('i32', 1) }
    const kernel = kernelOf(
      { kind: 'let', variable, value: k.i32(3) },
      loop(store(y, 0, x)),
      { kind: 'barrier' },
      loop(store(y, 4, z)),
    )
    const left = withoutSelfCopies(kernel, together)
    expect(left.body).toEqual([loop(store(y, 4, z))])
    expect([left.reads, left.writes]).toEqual([[z], [y]])
    expect(printKernel(left)).not.toContain('x')
  })

  it('stays where the places differ, by the buffer, the address or the lanes', () => {
    for (const statement of [store(y, 0, z), store(y, 0, x, 4), store(y, 0, x, 0, 0)]) {
      const kernel = kernelOf(loop(statement))
      expect(withoutSelfCopies(kernel, together)).toBe(kernel)
    }
  })

  it('stays where the address is computed, or bytes mean something else', () => {
    const computed: Statement = {
      kind: 'store',
      buffer: y,
      at: k.at(at(0), k.i32(1)),
      value: k.load(x, k.at(at(0), k.i32(1)), 1, 0),
      laneStride: 0,
    }
    for (const statement of [computed, store(buffer('n', 'int32'), 0, x)]) {
      const kernel = kernelOf(loop(statement))
      expect(withoutSelfCopies(kernel, together)).toBe(kernel)
    }
  })

  it('makes an empty kernel of a copy to itself', () => {
    expect(withoutSelfCopies(kernelOf(loop(store(y, 0, x))), together).body).toEqual([])
  })
})
