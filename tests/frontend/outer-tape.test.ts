import { describe, expect, test } from 'vitest'
import {
  add,
  assign,
  full,
  GryphError,
  hybridize,
  nn,
  ones,
  optim,
  tensor,
  variable,
  type Tensor,
} from '../../src/index.ts'

describe('a training step whose argument has a history of its own', () => {
  test('the gradient goes on along the caller’s tape, at every call', () => {
    const w = tensor([2], { requiresGrad: true })
    const v = tensor([2], { requiresGrad: true })
    const step = hybridize((x: Tensor) => {
      x.mul(3).sum().backward()
    })
    for (let i = 1; i < 5; i++) {
      w.grad = null
      step(w.mul(i))
      expect(w.grad!.toArray()).toEqual([3 * i])
    }
    step(v.square())
    expect(v.grad!.toArray()).toEqual([12])
    expect(step.stats).toMatchObject({ traces: 1, compiledCalls: 4 })
  })

  test('an optimizer inside that would update what the caller computed the loss from is an error, at every call', () => {
    const [w, v] = [tensor([2], { requiresGrad: true }), tensor([2], { requiresGrad: true })]
    const optimizer = optim.sgd([w], { lr: 0.1 })
    const update = hybridize((loss: Tensor) => {
      loss.backward()
      optimizer.step()
    })
    expect(codeOf(() => update(w.square().sum()))).toBe('GRADIENT_TOO_LATE')
    w.grad = ones([1])
    update(v.square().sum())
    w.grad = ones([1])
    update(v.square().sum())
    w.grad = ones([1])
    expect(codeOf(() => update(w.square().sum()))).toBe('GRADIENT_TOO_LATE')
    expect([w.grad.item(), v.grad!.item(), update.stats.compiledCalls]).toEqual([1, 8, 2])
    expect(w.item()).toBeCloseTo(1.8)
  })

  test('an encoder outside trains with the head inside, bit for bit as in eager mode', () => {
    const make = () => {
      const encoder = nn.linear(3, 4)
      const head = nn.linear(4, 1)
      let seed = 0
      const fill = (p: Tensor) =>
        assign(
          p,
          tensor(
            Array.from({ length: p.size }, () => Math.sin(++seed)),
            { shape: p.shape },
          ),
        )
      for (const p of [...encoder.parameters(), ...head.parameters()]) fill(p)
      const optimizer = optim.sgd([...encoder.parameters(), ...head.parameters()], { lr: 0.1 })
      const lossOf = (h: Tensor, y: Tensor): Tensor => {
        const loss = nn.mse(head.forward(h), y)
        loss.backward()
        return loss
      }
      return { encoder, head, optimizer, lossOf }
    }
    const run = (isCompiled: boolean) => {
      const { encoder, head, optimizer, lossOf } = make()
      const stage = isCompiled ? hybridize(lossOf) : lossOf
      const x = tensor([
        [1, 2, 3],
        [3, 1, 2],
      ])
      const y = tensor([[1], [0]])
      const losses: number[] = []
      for (let i = 0; i < 5; i++) {
        losses.push(stage(encoder.forward(x).tanh(), y).item())
        optimizer.step()
      }
      return [losses, ...[...encoder.parameters(), ...head.parameters()].map((p) => p.toArray())]
    }
    expect(run(true)).toEqual(run(false))
  })

  test('two compiled stages in a row', () => {
    const w = tensor([2], { requiresGrad: true })
    const first = hybridize((x: Tensor) => x.mul(w))
    const second = hybridize((z: Tensor) => z.square().sum().backward())
    for (let i = 1; i < 5; i++) {
      w.grad = null
      second(first(tensor([i])))
      expect(w.grad!.toArray()).toEqual([4 * i * i])
    }
  })

  test('several backward passes inside add up', () => {
    const w = tensor([2], { requiresGrad: true })
    const step = hybridize((x: Tensor) => {
      x.mul(3).sum().backward()
      x.square().sum().backward()
    })
    for (let i = 0; i < 3; i++) {
      w.grad = null
      step(w.mul(2))
      expect(w.grad!.toArray()).toEqual([6 + 16])
    }
  })
})

const codeOf = (body: () => unknown): string | undefined => {
  try {
    body()
  } catch (error) {
    return error instanceof GryphError ? error.code : String(error)
  }
  return undefined
}

test('a tensor of the enclosing scope with a history of its own is refused, and detach() is the way', () => {
  const w = tensor([1, 2], { requiresGrad: true })
  const h = w.mul(3)
  const f = hybridize((x: Tensor) => h.mul(x).sum())
  expect(codeOf(() => f(ones([2])))).toBe('CAPTURE_TRACKED')
  const g = hybridize((x: Tensor) => h.detach().mul(x).sum())
  expect([g(ones([2])).item(), g(ones([2])).item()]).toEqual([9, 9])
})

test('a gradient of another shape or dtype is refused', () => {
  const p = tensor([1, 2], { requiresGrad: true })
  expect(codeOf(() => (p.grad = ones([3])))).toBe('GRADIENT_MISMATCH')
  expect(codeOf(() => (p.grad = ones([2], { dtype: 'float64' })))).toBe('GRADIENT_MISMATCH')
  expect(p.grad).toBeNull()
})

test('an argument that the function changes is an error, and nothing else has changed', () => {
  const count = variable(0)
  const f = hybridize((x: Tensor, log: Tensor[]) => {
    count.assign(count.add(1))
    log.push(x.sum())
    return x
  })
  expect(codeOf(() => f(ones([2]), []))).toBe('ARGUMENT_MUTATED')
  expect(count.item()).toBe(0)
})

test('an instance that holds tensors is refused as an argument; one that holds variables is not', () => {
  class Batch {
    x: Tensor
    constructor(x: Tensor) {
      this.x = x
    }
  }
  const f = hybridize((batch: Batch) => batch.x.sum())
  expect(codeOf(() => f(new Batch(ones([2]))))).toBe('ARGUMENT_NOT_PLAIN')
  const state = new Batch(variable([1, 2]))
  expect([f(state).item(), f(state).item()]).toEqual([3, 3])
  assign(state.x, tensor([5, 6]))
  expect(f(state).item()).toBe(11)
})

test('state made per shape at first use is kept for each shape', () => {
  const cache = new Map<string, Tensor>()
  const f = hybridize((x: Tensor) => {
    const key = x.shape.join()
    const known = cache.get(key) ?? variable(0)
    cache.set(key, known)
    known.assign(known.add(1))
    return x.add(known)
  })
  const results = [2, 2, 2, 3, 3, 3].map((size) => f(ones([size])).toArray())
  expect(results.map((row) => (row as number[])[0])).toEqual([2, 3, 4, 2, 3, 4])
})

test('a shape cannot be changed from outside', () => {
  const a = ones([3, 7]).add(1)
  expect(() => (a.shape as number[]).pop()).toThrow(TypeError)
  const given = [2, 2]
  const b = ones(given)
  given.push(5)
  expect(b.shape).toEqual([2, 2])
  expect(hybridize((x: Tensor) => add(x, 1))(a).shape).toEqual([3, 7])
})

test('a getter among the arguments may call the function again', () => {
  const f = hybridize(({ a, b }: { a: Tensor; b: Tensor }) => a.add(b))
  const [one, two, hundred] = [tensor([1]), tensor([2]), tensor([100])]
  f({ a: one, b: two })
  const result = f({
    a: one,
    get b() {
      f({ a: hundred, b: hundred })
      return two
    },
  })
  expect(result.toArray()).toEqual([3])
})

test('constants of equal value do not share a gradient', () => {
  const [a, b] = [full([], 3), full([], 3)]
  a.grad = full([], 1)
  expect(b.grad).toBeNull()
})

test('leaves made in a synchronous loop need no place in the arena', async () => {
  const { deviceArena } = await import('../../src/runtime/arena.ts')
  const before = deviceArena().allocatedBytes
  for (let i = 0; i < 50; i++)
    tensor(ones([1024]), { requiresGrad: true })
      .square()
      .sum()
      .backward()
  expect(deviceArena().allocatedBytes).toBe(before)
})

test('a number that doubles many times before it meets integers is traced in no time', () => {
  const f = hybridize((x: Tensor, n: number) => {
    let s = add(n, 0)
    for (let i = 0; i < 40; i++) s = s.mul(s)
    return x.mul(s)
  })
  expect(f(tensor([2], { dtype: 'int32' }), 1).toArray()).toEqual([2])
})
