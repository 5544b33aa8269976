import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { assign, cond, forLoop, noGrad, scan, tensor, variable, whileLoop, type Tensor } from '../../src/index.ts'
import { ones, same } from './lazily.ts'

beforeAll(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => {}))
afterAll(() => void vi.restoreAllMocks())

test('control functions before and after a host read give what they give eagerly', () => {
  const stats = same(
    (print) => {
      const w = variable([1, 2, 3])
      return {
        fn: (x) => {
          const first = cond(
            x!.sum().greater(5),
            (at) => at.mul(2),
            (at) => at.neg(),
            x!,
          )
          print(first)
          const doubled = whileLoop(
            (at: Tensor) => at.max().less(100),
            (at: Tensor) => at.mul(2),
            first.abs().add(1),
          )
          print(doubled.sum().item())
          const [last, all] = scan((state: Tensor, row: Tensor) => [state.add(row), state.mul(row)], tensor(0), doubled)
          assign(w, w.add(all))
          print(last)
          return forLoop(0, 3, (i, at: Tensor) => at.add(i), w.mul(1))
        },
        state: [w],
      }
    },
    (call) => [tensor([1, call, 2])],
    6,
  )
  expect(stats.segments).toBeGreaterThan(0)
})

test('gradients go through control functions in a function that reads', () => {
  same(
    (print) => {
      const w = variable([0.5, 1, 1.5], { requiresGrad: true })
      return {
        fn: (x) => {
          const grown = whileLoop(
            (at: Tensor) => at.sum().less(50),
            (at: Tensor) => at.mul(w.add(1)),
            x!,
          )
          const loss = cond(
            grown.max().greater(40),
            () => grown.square().sum(),
            () => grown.sum(),
          )
          print(loss.item())
          loss.backward()
          print(w.grad)
          noGrad(() => assign(w, w.sub(w.grad!.mul(1e-5))))
          w.grad = null
          return loss
        },
        state: [w],
      }
    },
    ones,
    6,
  )
})
