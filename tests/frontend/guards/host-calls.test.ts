import { afterEach, expect, test, vi } from 'vitest'
import { hybridize, manualSeed, ones, rand, type Tensor } from '../../../src/index.ts'

/** `Math.random()` and clocks: a compiled call has the answers of the recorded one, and says so once. */

const spy = () => vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
afterEach(() => vi.restoreAllMocks())

test.each<[string, () => number]>([
  ['Math.random()', () => Math.random()],
  ['Date.now()', () => Date.now()],
  ['new Date()', () => new Date().getTime()],
  ['Date()', () => Date().length],
  ['performance.now()', () => performance.now()],
])('%s is warned of once, with its line and what to write, and listed as frozen', (what, ask) => {
  const warned = spy()
  const fast = hybridize(function noisy(x: Tensor) {
    return x.mul(ask())
  })
  for (let i = 0; i < 3; i++) fast(ones([2]))
  fast(ones([3]))
  expect(warned.mock.calls.map(([, options]) => options)).toEqual([{ type: 'GryphWarning', code: 'FROZEN_CALL' }])
  expect(warned.mock.calls[0]![0]).toMatch(
    /^\[hybridize\] noisy calls .* at .*host-calls\.test\.ts:\d+:\d+, and compiled calls do not call it again: they use what the recorded one got\. .*argument\.$/,
  )
  expect(fast.explain().specialisations[0]!.frozen[0]).toMatchObject({ kind: 'call', value: what })
})

/** As they are, and whether they are listed. */
const ownFunctions = (): unknown[] =>
  [
    [Math, 'random'],
    [globalThis, 'Date'],
    [performance, 'now'],
  ].flatMap(([owner, key]) => [
    Reflect.get(owner as object, key as string),
    Reflect.getOwnPropertyDescriptor(owner as object, key as string)?.enumerable,
  ])

test('The host has its own functions back after the call, also after one that throws', () => {
  const own = ownFunctions()
  const inside: Date[] = []
  const fast = hybridize((x: Tensor) => {
    inside.push(new Date(0))
    expect([inside[0] instanceof Date, Date.UTC(1970), new Date(2020, 1).getMonth()]).toEqual([true, 0, 1])
    return x.mul(2)
  })
  const warned = spy()
  fast(ones([2]))
  expect(ownFunctions()).toEqual(own)
  expect([inside[0] instanceof Date, warned.mock.calls]).toEqual([true, []])
  const failing = hybridize(() => {
    throw new Error('no')
  })
  expect(() => failing()).toThrow('no')
  expect(ownFunctions()).toEqual(own)
})

test('Random tensors are no such calls', () => {
  const warned = spy()
  manualSeed(1)
  const fast = hybridize(() => rand([2]))
  fast()
  expect([warned.mock.calls, fast.explain().specialisations[0]!.frozen.filter(({ kind }) => kind === 'call')]).toEqual([
    [],
    [],
  ])
})
