import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  assign,
  dropout,
  gather,
  grad,
  hybridize,
  nn,
  noGrad,
  optim,
  rand,
  tensor,
  variable,
  zeros,
  type Tensor,
} from '../../src/index.ts'
import { ones, same } from './lazily.ts'

beforeAll(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => {}))
afterAll(() => void vi.restoreAllMocks())

describe('a function that reads elements', () => {
  test('gives what it gives eagerly, in segments from the third call on', () => {
    const stats = same(
      (print) => ({
        fn: (x) => {
          const doubled = x!.mul(2)
          print(doubled)
          const total = doubled.sum()
          if (total.item() > 15) print('large')
          print(total.greater(12).bool())
          return [total.add(1), doubled]
        },
      }),
      (call) => [tensor([1, 2, call])],
    )
    expect(stats.compiledCalls).toBe(0)
    expect(stats.segments).toBeGreaterThan(0)
    expect(stats.segmentCalls).toBeGreaterThan(stats.segments)
  })

  test('reuses one segment for every pass of a loop', () => {
    const make = () => ({
      fn: (x: Tensor | undefined) => {
        let value = x!
        let passes = 0
        while (value.abs().max().item() > 1e-3) {
          value = value.mul(0.5).add(value.mul(0.01))
          passes++
        }
        return [value, passes]
      },
    })
    const stats = same(make, ones, 3)
    expect(stats.segments).toBe(2) // the test before the first pass, and the body with the test after it
    expect(stats.segmentCalls).toBeGreaterThan(20)
  })

  test('trains like eager code, with the loss read before the backward pass and printed at the end', () => {
    const make = (where: 'before' | 'between' | 'after') => (print: (line: unknown) => void) => {
      const net = nn.sequential(nn.linear(3, 4), nn.relu(), nn.linear(4, 2))
      const optimizer = optim.adam(net.parameters())
      return {
        fn: (x: Tensor | undefined, y: Tensor | undefined) => {
          const loss = nn.crossEntropy(dropout(net.forward(x!), 0.3), y!)
          if (where === 'before') print(loss.item())
          loss.backward()
          if (where === 'between') print(net.parameters()[0]!.grad)
          optimizer.step()
          if (where === 'after') print(loss)
          print(net.parameters()[1]!.sum().item())
          return loss
        },
        state: net.parameters(),
      }
    }
    const batch = (): Tensor[] => [rand([5, 3]), tensor([0, 1, 1, 0, 1], { dtype: 'int32' })]
    for (const where of ['before', 'between', 'after'] as const)
      expect(same(make(where), batch, 6).segments).toBeLessThan(6)
  })

  test('may train for several steps, reading each loss', () => {
    const stats = same(
      (print) => {
        const w = variable([0.1, 0.2, 0.3], { requiresGrad: true })
        return {
          fn: (x) => {
            for (let i = 0; i < 6; i++) {
              const loss = w.mul(x!).sum().sub(1).square()
              print(loss.item())
              loss.backward()
              noGrad(() => assign(w, w.sub(w.grad!.mul(0.01))))
              w.grad = null
            }
          },
          state: [w],
        }
      },
      ones,
      4,
    )
    expect(stats.segments).toBeLessThanOrEqual(4)
  })

  test('sees its own assignments, and what they were made from keeps its values', () => {
    same((print) => {
      const [v, w] = [variable([1, 2, 3]), variable([4, 5, 6])]
      return {
        fn: (x) => {
          const before = v.add(x!)
          print(before.sum().item())
          assign(v, w)
          assign(w, before)
          print(v)
          const after = v.mul(w)
          print(after.max().item())
          assign(v, v.sub(1))
          return [before, after]
        },
        state: [v, w],
      }
    }, ones)
  })

  test.each([0, 1])('changes nothing when it throws, wherever it has read, in every second call (%i)', (when) => {
    same(
      (print) => {
        const w = variable([1, 2, 3], { requiresGrad: true })
        let call = 0
        return {
          fn: (x) => {
            w.mul(x!).sum().backward()
            noGrad(() => assign(w, w.sub(w.grad!)))
            print(w.sum().item())
            w.grad = null
            noGrad(() => assign(w, w.mul(2)))
            if (++call % 2 === when) throw new Error('enough')
            return w.add(1)
          },
          state: [w],
        }
      },
      ones,
      6,
    )
  })

  test('may catch an index that is out of range', () => {
    same(
      (print) => {
        const table = variable([1, 2, 3])
        return {
          fn: (indices) => {
            const moved = indices!.add(1).cast('int32')
            try {
              const rows = gather(table.mul(2), moved)
              print(rows)
              return rows
            } catch (error) {
              print((error as { code: string }).code)
              assign(table, table.add(1))
              return zeros([1])
            }
          },
          state: [table],
        }
      },
      (call) => [tensor([call % 4], { dtype: 'int32' })],
      9,
    )
  })

  test('may catch it in a call that would have been compiled', () => {
    const stats = same(
      (print) => {
        const [table, count] = [variable([1, 2, 3]), variable(0)]
        return {
          fn: (indices) => {
            assign(count, count.add(1))
            try {
              return gather(table, indices!)
            } catch {
              print('missing')
              return table.sum()
            }
          },
          state: [table, count],
        }
      },
      (call) => [tensor([call % 4], { dtype: 'int32' })],
      9,
    )
    expect(stats.compiledCalls).toBeGreaterThan(5)
  })

  test('draws the random numbers of eager code', () => {
    same(
      (print) => ({
        fn: (x) => {
          const noise = rand([3])
          print(noise)
          return dropout(x!, 0.5)
            .add(rand([3]))
            .mul(noise)
        },
      }),
      ones,
    )
  })

  test('may make variables, and read gradients of functions', () => {
    same(
      (print) => ({
        fn: (x) => {
          const count = variable(x!.sum())
          assign(count, count.mul(3))
          print(count.item())
          const slope = grad((at: Tensor) => at.square().mul(count).sum())(x!)
          print(slope)
          assign(count, slope.sum())
          return [slope, count.add(1)]
        },
      }),
      ones,
    )
  })
})

describe('numbers that change', () => {
  test('become inputs of a segment from their second value on', () => {
    let rate = 0
    const stats = same(
      (print) => {
        rate = 0
        return {
          fn: (x) => {
            rate += 0.25
            const scaled = x!.mul(rate).add(1)
            print(scaled.sum().item())
            return scaled.div(rate).pow(2)
          },
        }
      },
      ones,
      12,
    )
    expect(stats.segments).toBeLessThanOrEqual(3)
  })

  test('may say where a slice of rows begins', () => {
    const rows = Array.from({ length: 40 }, (_, i) => [i, i * i])
    const stats = same(
      (print) => ({
        fn: (x) => {
          for (let i = 0; i < 8; i++)
            print(
              x!
                .slice([[i * 5, i * 5 + 5]])
                .mul(2)
                .sum()
                .item(),
            )
        },
      }),
      () => [tensor(rows)],
      3,
    )
    expect(stats.segments).toBe(1)
  })
})

test('calls of one form may read and those of another not', () => {
  const fast = hybridize((x: Tensor, name: string) => (name === 'loud' ? [x.mul(2), x.sum().item()] : [x.mul(2)]))
  for (let i = 0; i < 3; i++) {
    expect(String(fast(tensor([1, 2]), 'loud'))).toBe(String([tensor([2, 4]), 3]))
    expect(String(fast(tensor([1, 2]), 'quiet'))).toBe(String([tensor([2, 4])]))
  }
  expect(fast.stats).toMatchObject({ traces: 1, compiledCalls: 2, segments: 1 })
})

test('keeps the most used segments when there are too many forms', () => {
  const fast = hybridize((x: Tensor) => x.mul(2).sum().item())
  for (let size = 1; size <= 90; size++)
    for (let call = 0; call < 12; call++) expect(fast(tensor(new Float32Array(size).fill(1)))).toBe(2 * size)
  for (let call = 0; call < 3; call++) fast(tensor(new Float32Array(1).fill(1)))
  const { droppedSegments, segments } = fast.explain()
  expect([droppedSegments > 0, segments.length]).toEqual([true, 64])
  expect(String(fast.explain())).toMatch(/\d+ segments dropped, the least used first/)
})

test('explain lists reads with line and remedy, and segments with their calls', () => {
  const fast = hybridize(function reader(x: Tensor) {
    const y = x.mul(2)
    console.assert(y.sum().item() > 0)
    return String(y.add(1))
  })
  for (let i = 0; i < 4; i++) fast(tensor([1, 2]))
  const explanation = fast.explain()
  expect(explanation.hostReads).toMatchObject([
    {
      what: 'item()',
      source: expect.stringMatching(/segments\.test\.ts:\d+:\d+$/),
      remedy: expect.stringContaining('whileLoop'),
    },
    { what: 'printing', remedy: 'return the tensor and print it outside' },
  ])
  expect(explanation.segments).toMatchObject([
    { ops: 1, calls: 3 },
    { ops: 2, calls: 2 },
  ])
  expect(String(explanation)).toMatch(/host read: item\(\) at .*segments\.test\.ts:\d+:\d+\. To be one program: return/)
  expect(String(explanation)).toContain('2 segments compiled')
})

test('an async function runs lazily up to its first await', async () => {
  const fn = async (x: Tensor): Promise<unknown[]> => {
    const hidden = x.mul(3).exp()
    const first = hidden.sum().item()
    const late = hidden.add(1)
    await Promise.resolve()
    return [first, hidden.max().item(), late.data()]
  }
  const fast = hybridize(fn)
  const x = rand([200, 200])
  for (let i = 0; i < 4; i++) expect(await fast(x)).toEqual(await fn(x))
})
