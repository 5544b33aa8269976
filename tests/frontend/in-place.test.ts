import { describe, expect, it, test } from 'vitest'
import { add, hybridize, nn, noGrad, ones, tensor, type Tensor, variable, zeros } from '../../src/index.ts'
import { bitsOf, sameTwice, type Program } from './twice.ts'

describe('A variable changes in place', () => {
  it('by arithmetic with what broadcasts, and is returned', () => {
    const w = variable([1, 2, 3])
    expect(
      w
        .add_(1)
        .mul_(tensor([2, 2, 10]))
        .sub_(4)
        .div_(2),
    ).toBe(w)
    expect(w.toArray()).toEqual([0, 1, 18])
    expect(w.clamp_(0.5, 2).toArray()).toEqual([0.5, 1, 2])
    expect(w.fill_(7).toArray()).toEqual([7, 7, 7])
    expect(w.copy_(tensor([5])).toArray()).toEqual([5, 5, 5])
    expect(w.zero_().toArray()).toEqual([0, 0, 0])
  })

  it('and keeps its dtype', () => {
    const [f, i, u] = [variable([1.5]), variable([7], { dtype: 'int32' }), variable([250], { dtype: 'uint8' })]
    f.add_(tensor([0.1], { dtype: 'float64' }))
    f.mul_(tensor([2], { dtype: 'int32' }))
    i.add_(tensor([3], { dtype: 'uint8' })).mul_(2)
    u.add_(10)
    expect([f.dtype, f.item(), i.item(), u.item()]).toEqual(['float32', Math.fround(Math.fround(1.6) * 2), 20, 4])
    expect(i.copy_(tensor([3.9])).item()).toBe(3)
    expect(() => i.add_(0.5)).toThrow(expect.objectContaining({ code: 'DTYPE_UNSUPPORTED' }))
  })

  it('also where it is its own operand, or a view of it is', () => {
    const w = variable([
      [1, 2],
      [3, 4],
    ])
    w.add_(w)
    w.copy_(w.transpose())
    w.mul_(w.at(0).get())
    expect(w.toArray()).toEqual([
      [4, 36],
      [8, 48],
    ])
  })

  it('and views of it are stale from then on', () => {
    const w = variable([1, 2])
    const view = w.reshape([2, 1])
    w.add_(1)
    expect(() => view.toArray()).toThrow(expect.objectContaining({ code: 'STALE_VIEW' }))
  })

  it('without a gradient through the change, and with an error where one was to go over the old values', () => {
    const w = variable([1, 2], { requiresGrad: true })
    const x = tensor([3, 4], { requiresGrad: true })
    w.add_(x)
    w.mul(x).sum().backward()
    expect([w.requiresGrad, w.grad!.toArray(), x.grad!.toArray()]).toEqual([true, [3, 4], [4, 6]])
    const loss = w.square().sum()
    w.zero_()
    expect(() => loss.backward()).toThrow(expect.objectContaining({ code: 'CHANGED_BEFORE_BACKWARD' }))
  })
})

const programs: Readonly<Record<string, Program>> = {
  'every method': {
    make: () => {
      const [w, n] = [variable([1, -2, 3]), variable([1, 2, 3], { dtype: 'int32' })]
      return {
        fn: (x: Tensor, k: number) => {
          w.add_(x).mul_(k).sub_(w.mean()).div_(3)
          w.clamp_(-1, x)
          n.mul_(2).add_(1)
          const before = w.clone()
          w.copy_(n)
          w.add_(before)
          return { before, n: n.sum() }
        },
        calls: [0.5, 2, -3].map((k) => [ones([3]).mul(k), k]),
        state: () => [w, n],
      }
    },
  },
  'a step of momentum, its buffer emptied now and then': {
    make: () => {
      const net = nn.linear(3, 2)
      const velocity = net.parameters().map((p) => variable(zeros(p.shape)))
      return {
        fn: (x: Tensor, reset: boolean) => {
          const loss = net.forward(x).square().sum()
          loss.backward()
          net.parameters().forEach((p, i) => {
            if (reset) velocity[i]!.zero_()
            velocity[i]!.mul_(0.9).add_(p.grad!)
            p.sub_(velocity[i]!.mul(0.1))
            p.grad = null
          })
          return loss.detach()
        },
        calls: [
          [ones([4, 3]), false],
          [ones([4, 3]).mul(2), false],
          [ones([4, 3]), true],
          [ones([4, 3]), false],
        ],
        state: () => [net.parameters(), velocity],
      }
    },
    compiledCalls: 2,
  },
  'one variable under two names': {
    make: () => {
      const [w, u] = [variable([1, 2]), variable([5, 5])]
      return {
        fn: (a: Tensor, b: Tensor) => {
          a.add_(b)
          b.mul_(2)
          return a.sub(b)
        },
        calls: [
          [w, w],
          [w, w],
          [w, u],
          [u, w],
          [u, w],
        ],
        state: () => [w, u],
      }
    },
    compiledCalls: 2,
  },
  'gradients through what state it read, and not through what it wrote': {
    make: () => {
      const w = variable([1, 2, 3])
      return {
        fn: (x: Tensor) => {
          w.add_(x)
          w.assign(w.mul(x))
          return w.mul(x).sum()
        },
        calls: [1, 2, 3].map((k) => [ones([3]).mul(k)]),
        state: () => w,
      }
    },
  },
}

describe.each(['wasm', 'js'] as const)('%s does as eager with', (target) => {
  test.each(Object.entries(programs))('%s', (_, program) => {
    sameTwice(program, target)
  })
})

test('No gradient flows through a change of state, whichever way it is made', () => {
  const ways: readonly ((w: Tensor, x: Tensor) => unknown)[] = [
    (w, x) => w.assign(x.mul(2)),
    (w, x) => w.copy_(x.mul(2)),
    (w, x) => noGrad(() => w.assign(x.mul(2))),
    (w, x) => w.at([0, 3]).set_(x.mul(2)),
  ]
  for (const way of ways) {
    const gradients = [false, true].map((isCompiled) => {
      const w = variable(zeros([3]))
      const f = (x: Tensor): Tensor => {
        way(w, x)
        return w.mul(x).sum()
      }
      const run = isCompiled ? hybridize(f) : f
      return [1, 2, 3].map((k) => {
        const x = tensor([1, k, 3], { requiresGrad: true })
        run(x).backward()
        return bitsOf(x.grad)
      })
    })
    expect(gradients[1]).toEqual(gradients[0])
  }
})

test('A change in place of an argument that is no variable is refused, with what to write instead', () => {
  for (const f of [(x: Tensor) => x.add_(1), hybridize((x: Tensor) => x.add_(1))])
    expect(() => f(ones([2]))).toThrow(/Use x\.add\(…\), which makes a new one/)
  expect(add(ones([1]), 1).item()).toBe(2)
})

describe('A backward pass over values that were changed is an error', () => {
  const code = (f: () => unknown): unknown => {
    try {
      return f()
    } catch (error) {
      return (error as { code?: string }).code
    }
  }
  test('inside the function, in both modes', () => {
    for (const wrap of [(f: (x: Tensor) => Tensor) => f, (f: (x: Tensor) => Tensor) => hybridize(f)]) {
      const w = variable([1, 2], { requiresGrad: true })
      const f = wrap((x) => {
        const loss = w.mul(x).sum()
        w.at(0).add_(1)
        loss.backward()
        return loss
      })
      for (let i = 0; i < 2; i++) expect(code(() => f(ones([2])))).toBe('CHANGED_BEFORE_BACKWARD')
    }
  })

  test('around a compiled function that changes a parameter, which eager code can differentiate', () => {
    const w = variable([1, 2], { requiresGrad: true })
    const f = (x: Tensor): Tensor => {
      w.add_(x)
      return w.mul(x).sum()
    }
    f(ones([2]).mul(3)).backward()
    expect(w.grad!.toArray()).toEqual([3, 3])
    const fast = hybridize(f)
    fast(ones([2]))
    expect(code(() => fast(ones([2])).backward())).toBe('CHANGED_BEFORE_BACKWARD')
  })
})
