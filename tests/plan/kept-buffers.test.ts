import { expect, test } from 'vitest'
import type { Buffer } from '../../src/kernel/ir.ts'
import { keptBuffers } from '../../src/plan/kept-buffers.ts'
import type { ProgramPlan } from '../../src/plan/program-plan.ts'

const buffer = (name: string): Buffer => ({ name, dtype: 'float32', elementCount: 16 })

/** Names of the inputs, out of `inputs`, that keep their contents when buffers lie at these byte offsets. */
function kept(inputs: readonly string[], written: readonly string[], offsets: Record<string, number>): string[] {
  const buffers = new Map(Object.keys(offsets).map((name) => [name, buffer(name)]))
  const plan = {
    inputs: new Map(inputs.map((name) => [{ name }, buffers.get(name)!])),
    kernels: [{ reads: [], writes: written.map((name) => buffers.get(name)!), scratch: [] }],
    lifetimes: [...buffers].map(([name, each]) => ({ buffer: each, byteOffset: offsets[name]!, byteLength: 64 })),
  } as unknown as ProgramPlan // what is looked at
  return [...keptBuffers(plan)].map(({ name }) => name).sort()
}

test('an input keeps its contents when nothing else lies on its bytes', () => {
  expect(kept(['a', 'b'], ['r'], { a: 0, b: 64, r: 128 })).toEqual(['a', 'b'])
})

test('an input whose bytes are used again is not kept, wherever the other begins', () => {
  expect(kept(['a', 'b'], ['r'], { a: 0, b: 128, r: 0 })).toEqual(['b'])
  expect(kept(['a', 'b'], ['r'], { a: 64, b: 192, r: 32 })).toEqual(['b'])
  expect(kept(['a', 'b'], ['r'], { a: 64, b: 192, r: 96 })).toEqual(['b'])
})

test('an input that a kernel writes is not kept', () => {
  expect(kept(['a', 'b'], ['b'], { a: 0, b: 64 })).toEqual(['a'])
})
