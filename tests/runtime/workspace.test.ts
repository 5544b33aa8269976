import { expect, test } from 'vitest'
import { deviceArena, maximumPages } from '../../src/runtime/arena.ts'
import { unitsFor, workspace } from '../../src/runtime/workspace.ts'

test('units hold the bytes and the readable ones behind', () => {
  expect([0, 48, 49, 64, 112, 113].map(unitsFor)).toEqual([1, 1, 2, 2, 2, 3])
})

test('what is not too old is not overwritten, round after round, and through enlargement', () => {
  const { views } = deviceArena()
  expect(views.u8.length).toBeGreaterThan(0)
  /** Positions still thought to be there, with what was written at each of their units. */
  let known: { position: number; units: number; mark: number }[] = []
  let mark = 0
  let found = 0
  for (let op = 0; op < 1500; op++) {
    const most = op < 1000 ? 1500 : 12_000
    const sizes = [op, 3 * op, 7 * op].map((n) => 1 + ((Math.imul(n, 2654435761) >>> 8) % most))
    const units = sizes.reduce((sum, size) => sum + size, 0)
    workspace.reserve(units)
    const oldest = workspace.oldestBeside(units)
    workspace.begin(units)
    known = known.filter(({ position }) => position >= oldest)
    for (const size of sizes) {
      const position = workspace.position
      const address = workspace.take(size)
      expect(workspace.addressOf(position)).toBe(address)
      mark = (mark % 251) + 1
      deviceArena().views.u8.fill(mark, address, address + size * 64)
      known.push({ position, units: size, mark })
    }
    for (const each of known) {
      const address = workspace.addressOf(each.position)
      const { u8 } = deviceArena().views
      if (u8[address] !== each.mark || u8[address + each.units * 64 - 1] !== each.mark)
        throw new Error(`op ${op}: position ${each.position} was overwritten`)
    }
    found += known.length - sizes.length
  }
  expect(found).toBeGreaterThan(1000)
})

test('an op that just fits in the memory that is left gets it', () => {
  const arena = deviceArena()
  const megabyte = 1 << 20
  const rest = maximumPages * 65536 - arena.memory.buffer.byteLength
  arena.release(arena.allocate(rest)) // address space only; grown to its end
  const ballast = arena.allocate(rest - 28 * megabyte)
  const units = unitsFor(27 * megabyte)
  workspace.reserve(units)
  expect(() => workspace.reserve(2 * units)).toThrow(expect.objectContaining({ code: 'MEMORY_EXHAUSTED' }))
  workspace.reserve(1)
  arena.release(ballast)
})
