import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { assign, hybridize, noGrad, rand, tensor, variable, type Tensor } from '../../src/index.ts'
import { ones, same } from './lazily.ts'

beforeAll(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => {}))
afterAll(() => void vi.restoreAllMocks())

describe('values that outlive the segment they were made in', () => {
  test('are those that eager code keeps: in closures, in objects, on leaves', () => {
    same(
      (print) => {
        const w = variable([1, 2, 3], { requiresGrad: true })
        const history: Tensor[] = []
        const kept: { hidden?: Tensor } = {}
        return {
          fn: (x) => {
            const hidden = (kept.hidden ? kept.hidden.mul(0.5) : x!).add(w)
            kept.hidden = hidden.detach()
            history.push(hidden.sum())
            print(hidden.max().item())
            hidden.sum().backward()
            noGrad(() => assign(w, w.mul(0.9)))
            if (history.length > 3) print(history.map((each) => each.item()))
            return new Map([['hidden', hidden]])
          },
          state: [w],
        }
      },
      ones,
      6,
    )
  })

  test('are computed again when nothing asked for them before, and no variable has changed', () => {
    let kept: Tensor | undefined
    const w = variable(rand([100, 100]))
    const fn = (x: Tensor): number => {
      kept = x.matmul(w).exp()
      return kept.sum().item()
    }
    const fast = hybridize(fn)
    const inputs = Array.from({ length: 5 }, () => rand([100, 100]))
    for (const x of inputs) fast(x)
    const last = kept!
    expect(last.data()).toEqual(inputs[4]!.matmul(w).exp().data())
    fast(inputs[0]!)
    expect(kept!.data()).toEqual(inputs[0]!.matmul(w).exp().data())
    fast(inputs[1]!)
    expect(last.data()).toEqual(inputs[4]!.matmul(w).exp().data())
  })

  test('are an error, never another number, when a variable has changed since', () => {
    let kept: Tensor | undefined
    const w = variable(rand([100, 100]))
    const fast = hybridize((x: Tensor): number => {
      kept = x.matmul(w)
      const total = kept.sum().item()
      assign(w, w.mul(0.5))
      return total
    })
    for (let i = 0; i < 4; i++) fast(rand([100, 100]))
    expect(() => kept!.data()).toThrow(expect.objectContaining({ code: 'VALUE_NOT_KEPT' }))
    fast(rand([100, 100]))
    expect(kept!.data().length).toBe(10_000) // it has been asked for once, so it is kept
  })

  test('are as they were before a call that runs out of memory', () => {
    const w = variable([1, 2, 3])
    const fast = hybridize((x: Tensor) => {
      assign(w, w.mul(2))
      const total = w.sum().item()
      assign(w, w.add(x))
      if (x.max().item() > 5)
        return x
          .slice([[0, 1]])
          .broadcastTo([20_000, 60_000])
          .mul(2)
          .data()[0]
      return total
    })
    for (const [call, x] of [1, 1, 9, 1, 9, 9, 1].entries()) {
      const before = w.data()
      if (x < 5) expect(fast(tensor([x, x, x]))).toBe(Array.from(before).reduce((sum, each) => sum + each * 2, 0))
      else {
        expect(() => fast(tensor([x, x, x])), `call ${call}`).toThrow(
          expect.objectContaining({ code: 'MEMORY_EXHAUSTED' }),
        )
        expect(w.data()).toEqual(before)
      }
    }
  })

  test('let an outer tape go through the call', () => {
    const run = (isLazy: boolean): unknown[] => {
      const w = variable(
        Array.from({ length: 6000 }, (_, i) => i / 6000),
        { requiresGrad: true },
      )
      const fn = (x: Tensor): Tensor => {
        const hidden = x.mul(w).tanh()
        return hidden.max().item() > 0 ? hidden.square().sum() : hidden.sum()
      }
      const called = isLazy ? hybridize(fn) : fn
      return Array.from({ length: 5 }, () => {
        const x = tensor(
          Array.from({ length: 6000 }, (_, i) => (i % 7) - 3),
          { requiresGrad: true },
        )
        called(x.mul(2)).backward()
        const grads = [x.grad!.data(), w.grad!.data()]
        w.grad = null
        return grads
      })
    }
    expect(run(true)).toEqual(run(false))
  })
})
