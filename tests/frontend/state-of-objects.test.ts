import { describe, expect, test, vi } from 'vitest'
import { hybridize, ones, tensor, type Tensor, variable, zeros } from '../../src/index.ts'
import { a, b, check } from './both-modes.ts'
import { bitsOf } from './twice.ts'

/** Foot-guns of tracing compilers: methods, options, recursion and stores that change state. */

describe('Functions and objects', () => {
  // Foot-gun 7.
  test('a method on two instances that have counters', () =>
    check((wrap, note) => {
      class Cell {
        readonly state = variable([0, 0, 0])
        readonly calls = variable(0, { dtype: 'int32' })
        scale: number
        constructor(scale: number) {
          this.scale = scale
        }
        readonly step = wrap((x: Tensor) => {
          this.calls.add_(1)
          return this.state.mul_(0.5).add_(x.mul(this.scale)).mul(1)
        })
      }
      const cells = [new Cell(1), new Cell(10)]
      for (const x of [a, b, a]) for (const cell of cells) note(() => [cell.step(x), cell.state, cell.calls])
    }))

  // Foot-gun 27.
  test('options in any order of keys, with and without those that may be left out', () =>
    check((wrap, note) => {
      const w = variable([1, 2, 3])
      const f = wrap(({ x, by = 1, keep = false }: { x: Tensor; by?: number; keep?: boolean }) => {
        if (!keep) w.add_(x.mul(by))
        return w.mul(by)
      })
      note(() => [f({ x: a, by: 2, keep: false }), w])
      note(() => [f({ keep: false, by: 3, x: b }), w])
      note(() => [f({ by: 0.5, x: a }), f({ x: a }), f({ x: a, keep: true }), w])
      note(() => [f({ keep: true, x: b }), f({ x: b, by: 2 }), w])
    }))

  test('recursion that counts its calls', () => {
    const count = variable(0, { dtype: 'int32' })
    const power = (x: Tensor, n: number): Tensor => {
      count.add_(1)
      return n === 0 ? ones([3]) : x.mul(fast(x, n - 1))
    }
    const fast: typeof power = hybridize(power, { staticArgs: [1] }) as unknown as typeof power // used like the original
    for (const n of [2, 2, 0, 3, 2]) expect(fast(a, n).toArray()).toEqual([1, 2 ** n, 3 ** n])
    expect(count.item()).toBe(3 + 3 + 1 + 4 + 3)
  })

  test('state that is kept in plain objects, replaced as a whole', () =>
    check((wrap, note) => {
      const store = { count: variable(0), history: variable(zeros([4])) }
      const f = wrap((x: Tensor) => {
        store.history.at([1, 4]).set_(store.history.at([0, 3]).get())
        store.history.at(0).set_(x.sum())
        return store.count.add_(1).mul(x)
      })
      for (const x of [a, b, a, b, a]) note(() => [f(x), store])
    }))
})

describe('State around values that the function reads', () => {
  /** Notes of four calls; the third one throws after its writes. */
  const run = (wrap: <F>(f: F) => F): unknown[] => {
    const [w, count] = [variable([1, 2, 3]), variable(0, { dtype: 'int32' })]
    const f = wrap((x: Tensor) => {
      count.add_(1)
      w.at(count.item() % 3).set_(x.sum())
      const largest = w.max().item()
      w.at(w.greater(10)).set_(largest / 2)
      if (largest > 100) throw new RangeError('too large')
      w.at(tensor([0, 0], { dtype: 'int32' })).add_(tensor([largest, 1]))
      return [w.slice([0]), w.mul(2), largest]
    })
    return [a, b, a.mul(100), a].map((x) => {
      const before = [w, count].map((state) => state.clone())
      try {
        return bitsOf([f(x), w, count])
      } catch (error) {
        w.copy_(before[0]!) // eager code cannot take back what it did
        count.copy_(before[1]!)
        return [(error as Error).message, bitsOf([w, count])]
      }
    })
  }

  test.each(['wasm', 'js'] as const)('is the same on %s as eagerly', (target) => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const expected = run((f) => f)
    expect(run((f) => hybridize(f as never, { target }) as never)).toEqual(expected)
    vi.restoreAllMocks()
  })
})
