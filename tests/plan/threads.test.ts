import { describe, expect, it } from 'vitest'
import * as k from '../../src/kernel/builder.ts'
import type { Buffer, Kernel, LoopIndex, Statement } from '../../src/kernel/ir.ts'
import type { ProgramStep } from '../../src/plan/program-steps.ts'
import { planThreads, type Places } from '../../src/plan/threads.ts'

const buffer = (name: string): Buffer => ({ name, dtype: 'float32', elementCount: 1000 })
const [x, y, z, weights] = ['x', 'y', 'z', 'weights'].map(buffer) as [Buffer, Buffer, Buffer, Buffer] // four names
const places: Places = {
  rangeOf: (each) => ({ region: each, start: 0, end: 4000 }),
  isState: (each) => each === weights,
}
const check: Statement = { kind: 'check', ok: k.compare('lt', k.i32(1), k.i32(2)), value: k.i32(0), site: 1 }

/** to = from, in a loop that can be split if it is `large`. */
function copy(from: Buffer, to: Buffer, size: 'large' | 'small' = 'large', ...more: Statement[]): Kernel {
  const index: LoopIndex = { name: 'i' }
  const at = k.at(k.affine(0, { index, stride: 1 }))
  const body: Statement[] = [{ kind: 'store', buffer: to, at, value: k.load(from, at, 1, 0), laneStride: 0 }, ...more]
  const extent = size === 'large' ? 1000 : 10
  return {
    name: 'copy',
    reads: [from],
    writes: [to],
    scratch: [],
    body: [{ kind: 'loop', index, extent, step: 1, body, parallel: true }],
    sources: [],
  }
}
/** to = from in ten places: divided, every thread copies what it has in its slice of all. */
function every100th(from: Buffer, to: Buffer): Kernel {
  const index: LoopIndex = { name: 'i' }
  const at = k.at(k.affine(0, { index, stride: 100 }))
  const body: Statement[] = [{ kind: 'store', buffer: to, at, value: k.load(from, at, 1, 0), laneStride: 0 }]
  return { ...copy(from, to), body: [{ kind: 'loop', index, extent: 10, step: 1, body, parallel: true }] }
}

/** to = from the other way round: every thread reads what the others have written. */
const turn = (from: Buffer, to: Buffer, size: 'large' | 'small' = 'large'): Kernel => {
  const index: LoopIndex = { name: 'i' }
  const kernel = copy(from, to, size)
  const extent = size === 'large' ? 1000 : 10
  const value = k.load(from, k.at(k.affine(999, { index, stride: -1 })), 1, 0)
  const store = {
    kind: 'store',
    buffer: to,
    at: k.at(k.affine(0, { index, stride: 1 })),
    value,
    laneStride: 0,
  } as const
  return { ...kernel, body: [{ kind: 'loop', index, extent, step: 1, body: [store], parallel: true }] }
}
const plan = (...kernels: Kernel[]) => planThreads(kernels, 2, places, 200)
const shown = (...kernels: Kernel[]): string =>
  plan(...kernels)
    .steps.map(
      (step) => `${step.waitsBefore ? '| ' : ''}${step.isSplit ? 'split' : 'one'}${step.hasChecks ? ' |' : ''}`,
    )
    .join(' ')

describe('planThreads', () => {
  it('has threads meet where one reads what another wrote, or writes what another read', () => {
    expect(shown(copy(x, y), turn(y, z))).toBe('split | split')
    expect(shown(turn(y, z), copy(x, y))).toBe('split | split')
    expect(shown(copy(x, y), turn(x, z))).toBe('split split')
  })

  it('needs no meeting where every thread goes on with what it made itself', () => {
    expect(shown(copy(x, y), copy(y, z))).toBe('split split')
    expect(shown(copy(x, y), copy(y, z), turn(z, x))).toBe('split split | split')
    expect(shown(copy(x, y), copy(y, z), turn(y, x))).toBe('split split | split')
  })

  it('divides a small kernel where that saves a meeting', () => {
    const few = every100th(y, z)
    expect(shown(copy(x, y), few, copy(z, y))).toBe('split split split')
    expect(shown(copy(x, y), copy(y, z, 'small'))).toBe('split | one')
    expect(shown(turn(x, y), copy(x, z), few)).toBe('split split split')
  })

  it('has threads meet within a kernel instead of before it where what comes first stands alone', () => {
    const [packing] = copy(weights, x).body
    const packed = (from: Buffer): Kernel => {
      const { reads, writes, body, ...kernel } = turn(from, z)
      return {
        ...kernel,
        reads: [...reads, weights],
        writes: [...writes, x],
        body: [packing!, { kind: 'barrier' }, ...body],
      }
    }
    expect(shown(copy(z, y), packed(y))).toBe('split split')
    expect(plan(copy(z, y), packed(y)).barriers).toBe(2)
    expect(shown(copy(x, y), packed(y))).toBe('split split')
    expect(shown(turn(x, y), packed(y))).toBe('split | split')
  })

  it('needs no meeting between kernels that thread 0 runs alone', () => {
    expect(shown(copy(x, y), copy(x, z, 'small'), copy(z, x, 'small'))).toBe('split one | one')
    expect(shown(copy(x, y, 'small'), copy(y, z, 'small'), copy(x, weights))).toBe('one one | split')
  })

  it('has threads meet where buffers share bytes', () => {
    const shared: Places = { ...places, rangeOf: () => ({ region: 'planned', start: 0, end: 4000 }) }
    expect(planThreads([copy(x, y), turn(z, z)], 2, shared, 200).barriers).toBe(2)
  })

  it('has threads meet after checks, and before the first kernel that writes state', () => {
    expect(shown(copy(x, y, 'large', check), turn(y, z))).toBe('split | split')
    expect(shown(copy(x, weights), turn(x, weights))).toBe('| split split')
    expect(shown(copy(x, y, 'large', check), copy(x, weights))).toBe('split | split')
  })

  it('has the caller wait at the end for what others write', () => {
    expect(plan(copy(x, y))).toMatchObject({ waitsAtEnd: true, barriers: 1 })
    expect(plan(copy(x, y), copy(y, z, 'small'))).toMatchObject({ waitsAtEnd: false, barriers: 1 })
  })

  it('says why one thread runs a small program', () => {
    expect(plan(copy(x, y, 'small'))).toMatchObject({
      threads: 1,
      barriers: 0,
      reason: 'no kernel is large enough to be split',
    })
    expect(planThreads([copy(x, y)], 2, places, 3000)).toMatchObject({
      threads: 1,
      reason: 'too little work to wake threads for',
    })
  })

  it('is plain data', () => {
    const made = plan(copy(x, y), copy(y, z))
    expect(JSON.parse(JSON.stringify(made))).toEqual({ ...made, reason: undefined })
  })

  describe('at decisions', () => {
    const scalar = { buffer: y, elementOffset: 0 }
    const other = { buffer: z, elementOffset: 0 }
    const run = (kernel: number) => ({ kind: 'kernel', kernel }) as const
    const kernels = [copy(x, weights), copy(x, y)]
    const waits = (program: readonly ProgramStep[], ...given: Kernel[]) => {
      const { steps, waitsAtEnd } = planThreads(given, 2, places, 200, program)
      return { waits: steps.map(({ waitsBefore }) => waitsBefore), waitsAtEnd }
    }

    it('nobody overwrites what others may still be reading to take a branch', () => {
      const branch = { kind: 'branch', arms: [[], [run(1)]] } as const
      expect(waits([run(0), { ...branch, selector: scalar }], ...kernels).waits).toEqual([true, true])
      expect(waits([run(0), { ...branch, selector: other }], ...kernels).waits).toEqual([true, false])
    })

    it('nobody overwrites what others may still be reading to go on with a loop, or to end it', () => {
      const loop = { kind: 'loop', count: undefined, pass: other } as const
      const condition = { steps: [], test: scalar }
      expect(waits([run(0), { ...loop, condition, body: [run(1)] }], ...kernels).waits).toEqual([true, true])
      const counted = { ...loop, count: scalar, condition: undefined, body: [run(0)] }
      expect(waits([counted, run(1)], ...kernels).waits).toEqual([false, true])
      expect(waits([{ ...counted, count: other }, run(1)], ...kernels).waits).toEqual([false, false])
    })

    it('a program that ends with a loop ends when all have seen that', () => {
      const loop = { kind: 'loop', count: scalar, pass: other, condition: undefined, body: [run(1)] } as const
      expect(waits([run(0), loop], kernels[0]!, copy(x, z, 'small')).waitsAtEnd).toBe(true)
      const branch = { kind: 'branch', selector: scalar, arms: [[], [run(1)]] } as const
      expect(waits([run(0), branch], ...kernels).waitsAtEnd).toBe(false) // they meet where arms end
    })
  })
})
