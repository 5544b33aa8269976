import { expect, test, vi } from 'vitest'
import { hybridize, randn, tensor, variable, type Tensor } from '../../src/index.ts'
import { Arena, deviceArena } from '../../src/runtime/arena.ts'

test('sharing keeps every byte at its address', () => {
  const arena = new Arena()
  const offset = arena.allocate(400)
  arena.views.f32.set([1, 2, 3], offset / 4)
  expect(arena.share()).toBe(true)
  expect(arena.memory.buffer).toBeInstanceOf(SharedArrayBuffer)
  expect([...arena.views.f32.subarray(offset / 4, offset / 4 + 3)]).toEqual([1, 2, 3])
  const large = arena.allocate(64 * 65536)
  expect(arena.views.u8.length).toBeGreaterThan(large)
})

test('an engine without shared memory is told apart', () => {
  const arena = new Arena()
  const { memory } = arena
  const spy = vi.spyOn(WebAssembly, 'Memory').mockImplementation(function refuse() {
    throw new RangeError('could not allocate memory')
  })
  expect(arena.share()).toBe(false)
  spy.mockRestore()
  expect(arena.memory).toBe(memory)
})

test('programs, eager ops and states of before go on after the first threaded program', () => {
  const state = variable([1, 2, 3])
  const x = tensor([10, 20, 30])
  const step = hybridize((y: Tensor) => {
    state.assign(state.add(y))
    return state.mul(2)
  })
  step(x)
  expect(step(x).toArray()).toEqual([42, 84, 126])
  expect(deviceArena().isShared).toBe(false)
  const product = hybridize((y: Tensor) => y.matmul(y), { threads: 2 })
  product(randn([128, 128]))
  expect(deviceArena().isShared).toBe(true)
  expect(step(x).toArray()).toEqual([62, 124, 186])
  expect(state.add(1).toArray()).toEqual([32, 63, 94])
  expect(step.stats.compiledCalls).toBe(2)
})
