import { expect, test, vi } from 'vitest'
import { assign, crossEntropy, gather, hybridize, sub, tensor, variable, type Tensor } from '../../src/index.ts'

const x = tensor([1, 2, 3])

test('an element read in the middle of a recorded call is what eager gives, and the rest of the call goes on from it', () => {
  const w = variable([1, 1, 1])
  const seen: unknown[] = []
  const fn = (input: Tensor): Tensor => {
    const doubled = input.mul(2).add(w)
    assign(w, doubled)
    seen.push(w.toArray(), doubled.sum().item())
    assign(w, w.mul(10))
    return w.add(1)
  }
  const fast = hybridize(fn)
  expect(fast(x).toArray()).toEqual([31, 51, 71])
  expect(seen).toEqual([[3, 5, 7], 15])
  expect(w.toArray()).toEqual([30, 50, 70])
})

test('a view made before an assignment keeps what it showed, or says that it is stale', () => {
  const w = variable([1, 2, 3])
  const fast = hybridize(() => {
    const before = w.slice([[0, 2]]).mul(1)
    assign(w, w.mul(2))
    return before.sum().add(w.sum())
  })
  expect(fast().item()).toBe(3 + 12)
  expect(fast().item()).toBe(6 + 24)
  const stale = hybridize(() => {
    const view = w.slice([[0, 2]])
    assign(w, w.mul(2))
    return view.sum()
  })
  expect(() => stale()).toThrow(/stale|changed|replaced/)
  expect(w.toArray()).toEqual([4, 8, 12])
})

test('an argument or a captured tensor may be a view of a variable that the first call assigns', () => {
  const w = variable([1, 2, 3])
  const captured = w.slice([[0, 2]])
  const fast = hybridize((view: Tensor) => {
    const sum = view.sum().add(captured.sum())
    assign(w, w.mul(2))
    return sum
  })
  expect(fast(w.slice([[1, 3]])).item()).toBe(5 + 3)
  expect(w.toArray()).toEqual([2, 4, 6])
  expect(() => fast(w.slice([[1, 3]]))).toThrow(expect.objectContaining({ code: 'STALE_VIEW' }))
})

test('views of variables outlast a recorded call that throws', () => {
  const w = variable([1, 2, 3], { requiresGrad: true })
  const view = w.slice([[0, 2]])
  const loss = w.square().sum()
  let kept: Tensor | undefined
  const fast = hybridize(() => {
    assign(w, w.mul(5))
    kept = w.slice([[0, 2]])
    throw new Error('too late')
  })
  expect(() => fast()).toThrow('too late')
  expect(view.toArray()).toEqual([1, 2])
  loss.backward()
  expect(w.grad!.toArray()).toEqual([2, 4, 6])
  expect(() => kept!.toArray()).toThrow(expect.objectContaining({ code: 'TRACED_TENSOR_ESCAPED' }))
})

test('a recorded call that throws has changed nothing', () => {
  const w = variable([1, 2, 3], { requiresGrad: true })
  const fast = hybridize((input: Tensor) => {
    w.mul(input).sum().backward()
    assign(w, w.mul(5))
    throw new Error('too late')
  })
  expect(() => fast(x)).toThrow('too late')
  expect(w.toArray()).toEqual([1, 2, 3])
  expect(w.grad).toBeNull()
})

test('an index out of range is found where it is used, in the first call too', () => {
  const table = variable([
    [1, 2],
    [3, 4],
  ])
  let isReached = false
  const fast = hybridize((indices: Tensor) => {
    const rows = gather(table.mul(2), indices)
    isReached = true
    return rows
  })
  expect(() => fast(tensor([0, 2], { dtype: 'int32' }))).toThrow('index')
  expect(isReached).toBe(false)
  expect(fast(tensor([1, 0], { dtype: 'int32' })).toArray()).toEqual([
    [6, 8],
    [2, 4],
  ])
})

test('a result that the function also keeps for itself is no tensor of the caller', () => {
  let kept: Tensor | undefined
  const fast = hybridize((input: Tensor) => (kept ??= input.mul(2)))
  expect(fast(x).toArray()).toEqual([2, 4, 6])
  expect(() => kept!.toArray()).toThrow('is used after that call')
})

test('gradients that a recorded call leaves and accumulates are those of eager calls', () => {
  const make = () => {
    const w = variable([1, 2, 3], { requiresGrad: true })
    const fn = (input: Tensor): Tensor => {
      const loss = w.mul(input).square().sum()
      loss.backward()
      return loss
    }
    return { w, fn }
  }
  const [eager, compiled] = [make(), make()]
  const fast = hybridize(compiled.fn)
  for (let i = 0; i < 3; i++) {
    expect(fast(x).item()).toBe(eager.fn(x).item())
    expect(compiled.w.grad!.toArray()).toEqual(eager.w.grad!.toArray())
  }
})

test('an op that fails in the middle fails every later read, and nothing has changed', () => {
  const w = variable([1, 2, 3])
  const codes: unknown[] = []
  const codeOf = (read: () => unknown): unknown => {
    try {
      return read()
    } catch (error) {
      return (error as { code?: string }).code
    }
  }
  const fast = hybridize((input: Tensor) => {
    assign(w, input)
    const large = input
      .slice([[0, 1]])
      .broadcastTo([20_000, 60_000])
      .mul(2)
    const after = input.mul(3)
    codes.push(
      codeOf(() => large.data()),
      codeOf(() => after.data()),
    )
    return after
  })
  expect(codeOf(() => fast(tensor([7, 8, 9])))).toBe('MEMORY_EXHAUSTED')
  expect(codes).toEqual(['MEMORY_EXHAUSTED', 'MEMORY_EXHAUSTED'])
  expect(w.toArray()).toEqual([1, 2, 3])
})

test('a view that is stale stays so when it is detached', () => {
  const w = variable([1, 2, 3])
  const fn = (): Tensor => {
    const before = w.detach()
    assign(w, w.mul(2))
    return before.detach().mul(1)
  }
  for (const call of [fn, hybridize(fn)]) expect(call).toThrow(expect.objectContaining({ code: 'STALE_VIEW' }))
})

test('what a check needs is computed ahead; the rest of the call stays put off', () => {
  const step = (logits: Tensor, labels: Tensor): Tensor => {
    const scaled = logits.mul(3).add(1).tanh()
    const loss = crossEntropy(scaled, labels.add(0)) // the labels are computed, and checked at once
    return loss.mul(scaled.max())
  }
  const logits = tensor(Array.from({ length: 7 * 13 }, (_, i) => Math.sin(i))).reshape([7, 13])
  const labels = tensor([0, 3, 12, 5, 5, 1, 7], { dtype: 'int32' })
  const fast = hybridize(step)
  const compiled = vi.spyOn(WebAssembly, 'Module')
  const first = fast(logits, labels)
  // The sum of labels, their check, and the program; each of the ten other ops would have been one more.
  expect(compiled.mock.calls.length).toBeLessThanOrEqual(3)
  compiled.mockRestore()
  expect(first.item()).toBe(step(logits, labels).item())
  expect(fast(logits, labels).item()).toBe(first.item())
  expect(() => fast(logits, labels.add(9))).toThrow(expect.objectContaining({ code: 'LABEL_OUT_OF_RANGE' }))
})

test('what a check needs comes after the assignments before it', () => {
  const w = variable([1, 0, 2], { dtype: 'int32' })
  const pick = (values: Tensor): Tensor => {
    assign(w, sub(2, w))
    return gather(values, w.mul(1)).mul(2)
  }
  const fast = hybridize(pick)
  expect(fast(tensor([10, 20, 30])).toArray()).toEqual([40, 60, 20])
  expect(w.toArray()).toEqual([1, 2, 0])
  expect(fast(tensor([10, 20, 30])).toArray()).toEqual([40, 20, 60])
  expect(w.toArray()).toEqual([1, 0, 2])
})

test('explain() counts a first call that the program makes, and later ones', () => {
  const doubled = hybridize((input: Tensor) => input.mul(2))
  doubled(x)
  expect(doubled.explain().specialisations[0]!.calls).toBe(1)
  doubled(x)
  expect(doubled.explain().specialisations[0]!.calls).toBe(2)
})
