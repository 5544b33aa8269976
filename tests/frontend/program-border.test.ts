/** What goes in and out of a compiled program: no call may see or spoil the elements of another. */
import { expect, test } from 'vitest'
import { hybridize, matmul, softmax, tensor, variable, zeros, type Tensor } from '../../src/index.ts'
import { deviceArena } from '../../src/runtime/arena.ts'

const counting = (n: number, step = 1): Tensor => tensor(Float32Array.from({ length: n }, (_, i) => (i % 97) * step))

/** The compiled function, which has been called once. */
function compiled<A extends Tensor[]>(fn: (...args: A) => Tensor, ...args: A): (...args: A) => Tensor {
  const fast = hybridize(fn)
  fast(...args)
  return (...given) => {
    const before = fast.stats.compiledCalls
    const result = fast(...given)
    expect(fast.stats.compiledCalls).toBe(before + 1)
    return result
  }
}

const several = (a: Tensor, b: Tensor): Tensor => softmax(matmul(a.mul(2), b).add(a), -1).add(b.mean())

for (const [name, n] of [
  ['small', 4],
  ['large', 128],
] as const) {
  const square = (step: number): Tensor => counting(n * n, step).reshape([n, n])

  test(`${name} arguments may be the same at every call, change, and come back`, () => {
    const [x, y, z] = [square(0.001), square(0.002), square(-0.003)]
    const fast = compiled(several, x, y)
    for (const [a, b] of [
      [x, y],
      [x, y],
      [z, y],
      [x, y],
      [y, x],
      [y, y],
      [y, y],
      [x, z],
    ] as const)
      expect(fast(a, b).data()).toEqual(several(a, b).data())
  })

  test(`${name} results may be arguments of the next call, and be kept`, () => {
    const x = square(0.001)
    const fast = compiled(several, x, x)
    let [now, expected] = [x, x]
    const kept: { result: Tensor; expected: Tensor }[] = []
    for (let i = 0; i < 6; i++) {
      now = fast(now, x)
      expected = several(expected, x)
      kept.push({ result: now, expected })
    }
    for (const each of kept) expect(each.result.data()).toEqual(each.expected.data())
  })

  test(`${name} views of results and of arguments are read as they lie`, () => {
    const x = square(0.001)
    const fast = compiled(several, x, x)
    const result = fast(x, x)
    for (const view of [result.transpose(), result.transpose(), x.transpose(), x, x.transpose()])
      expect(fast(view, x).data()).toEqual(several(view, x).data())
    const rows = counting(3 * n * n, 0.001).reshape([3 * n, n])
    for (const at of [0, n, 2 * n, n]) {
      const part = rows.slice([[at, at + n]])
      expect(fast(part, part).data()).toEqual(several(part, part).data())
    }
  })

  test(`a variable made of a ${name} result has elements of its own`, () => {
    const x = square(0.001)
    const fast = compiled(several, x, x)
    const result = fast(x, x)
    const before = result.data()
    const state = variable(result)
    state.assign(zeros([n, n]))
    expect(result.data()).toEqual(before)
    expect(fast(result, x).data()).toEqual(several(result, x).data())
  })

  test(`a ${name} view of a variable that has changed is not taken for the elements before`, () => {
    const state = variable(square(0.001))
    const fast = compiled(several, state.detach(), state.detach())
    for (let i = 0; i < 3; i++) {
      const seen = state.detach()
      expect(fast(seen, seen).data()).toEqual(several(seen, seen).data())
      state.assign(state.add(1))
      expect(() => fast(seen, seen)).toThrow(expect.objectContaining({ code: 'STALE_VIEW' }))
    }
  })

  test(`${name} arguments and results outlast growth of the memory, and its move to shared memory`, () => {
    const [x, y] = [square(0.001), square(0.002)]
    const fast = compiled(several, x, y)
    const expected = several(x, y).data()
    const results = [fast(x, y)]
    deviceArena().release(deviceArena().allocate(deviceArena().memory.buffer.byteLength))
    results.push(fast(x, y), fast(x, y))
    expect(deviceArena().share()).toBe(true)
    results.push(fast(x, y), fast(y, x), fast(x, y))
    results.splice(4, 1)
    for (const result of results) expect(result.data()).toEqual(expected)
  })
}

test('an argument that is read, written and read again by the program is the same at every call', () => {
  const state = variable([0, 0, 0, 0])
  const x = tensor([1, 2, 3, 4])
  const step = hybridize((y: Tensor) => {
    state.assign(state.add(y))
    return state.add(y)
  })
  for (let i = 1; i <= 4; i++) expect(step(x).toArray()).toEqual([1, 2, 3, 4].map((value) => value * (i + 1)))
})

test('a call that fails does not change what the next one reads', () => {
  const rows = counting(64).reshape([8, 8])
  const fast = hybridize((x: Tensor, index: Tensor) => x.gather(index).mul(2))
  const good = tensor(new Int32Array([1, 7, 0]))
  const bad = tensor(new Int32Array([1, 99, 0]))
  const expected = fast(rows, good).data()
  expect(fast(rows, good).data()).toEqual(expected)
  expect(() => fast(rows, bad)).toThrow(expect.objectContaining({ code: 'INDEX_OUT_OF_RANGE' }))
  expect(() => fast(rows, bad)).toThrow(expect.objectContaining({ code: 'INDEX_OUT_OF_RANGE' }))
  expect(fast(rows, good).data()).toEqual(expected)
})
