import { describe, expect, test } from 'vitest'
import {
  assign,
  gather,
  hybridize,
  manualSeed,
  nn,
  ones,
  optim,
  rand,
  randn,
  slice,
  type Tensor,
  variable,
  zeros,
} from '../../src/index.ts'
import { a, b, check, int } from './both-modes.ts'
import { bitsOf } from './twice.ts'

/** Foot-guns of tracing compilers that have to do with state and with tensors under several names. */

describe('The same tensor twice', () => {
  // Foot-gun 4.
  test('as two arguments, of which one is changed', () =>
    check((wrap, note) => {
      const [w, u] = [variable([1, 2, 3]), variable([4, 5, 6])]
      const f = wrap((x: Tensor, y: Tensor, z: Tensor) => {
        x.add_(y)
        y.mul_(2)
        return x.sub(z)
      })
      for (const args of [
        [w, w, a],
        [w, u, a],
        [w, w, b],
        [w, u, u],
        [u, u, u],
        [w, u, b],
      ] as const) {
        // prettier-ignore
        note(() => f(...args))
        note(() => [w, u])
      }
    }))

  test('as an argument and through the closure', () =>
    check((wrap, note) => {
      const w = variable([1, 2, 3])
      const f = wrap((x: Tensor) => {
        w.mul_(x)
        x.add_(w)
        return w.add(x)
      })
      for (let i = 0; i < 3; i++) note(() => [f(w), w])
    }))

  test('as a variable and a view of it, which goes stale', () =>
    check((wrap, note) => {
      const w = variable([1, 2, 3])
      const f = wrap((x: Tensor, y: Tensor) => {
        const before = y.mul(2)
        x.add_(1)
        return before
      })
      const g = wrap((x: Tensor, y: Tensor) => {
        x.add_(1)
        return y.mul(2)
      })
      for (let i = 0; i < 3; i++) {
        note(() => f(w, w.reshape([3, 1])))
        note(() => g(w, w.detach()))
        w.copy_(b.mul(i)) // eager code cannot take back what it did before it failed
        note(() => w)
      }
    }))

  test('in an array and an object', () =>
    check((wrap, note) => {
      const w = variable([1, 2, 3])
      const f = wrap((o: { list: Tensor[]; w: Tensor }) => {
        o.w.add_(o.list[0]!)
        return { sum: o.list[0]!.add(o.list[1]!), list: [o.w, o.list[1]] }
      })
      for (const list of [[w, a], [a, w], [w, w], [a, a], [w, a]]) note(() => f({ list, w })) // prettier-ignore
    }))
})

// Foot-gun 8.
test('A view of state with another offset or stride and equal shape gives its own elements', () =>
  check((wrap, note) => {
    const w = variable([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
    ])
    const f = wrap((x: Tensor) => x.mul(2).sum(-1, true))
    const row = wrap((x: Tensor, i: Tensor) => [slice(x, [0]).add(gather(x, i)), x.at(i, [null, null, -1]).get()])
    for (let i = 0; i < 3; i++) {
      for (const ranges of [[0, [0, 2]], [1, [1, 3]], [null, 3], [0, [null, null, -2]]] as const)
        note(() => f(slice(w, ranges))) // prettier-ignore
      note(() => row(w, int(i % 2)))
      w.add_(1)
    }
  }))

describe('Random numbers', () => {
  // Foot-gun 9.
  test('do not repeat, in nested functions and beside eager ones', () =>
    check((wrap, note) => {
      const noise = wrap((x: Tensor) => x.add(randn([3])))
      const both = wrap((x: Tensor) => [noise(x), rand([2]), noise(noise(x))])
      for (let i = 0; i < 3; i++) {
        note(() => both(a))
        note(() => rand([3]))
        note(() => noise(b))
      }
    }))

  test('begin anew where the function sets the seed', () =>
    check((wrap, note) => {
      const f = wrap(() => {
        manualSeed(3)
        return rand([3])
      })
      for (let i = 0; i < 3; i++) note(() => [f(), rand([2])])
    }))
})

describe('An exception', () => {
  // Foot-gun 16.
  test('of compiled code comes before any of several state writes', () => {
    for (const target of ['wasm', 'js'] as const) {
      const [w, u] = [variable([1, 2, 3]), variable(zeros([4, 2]))]
      const f = hybridize(
        (i: Tensor, j: Tensor) => {
          w.add_(1)
          u.at(i).add_(1)
          manualSeedOf(w)
          u.at(j).set_(5)
          return w.sum()
        },
        { target },
      )
      f(int(0), int(1))
      f(int(3), int(2))
      const before = [w, u].map(bitsOf)
      for (const [i, j] of [
        [4, 0],
        [0, 4],
        [9, 9],
      ] as const)
        // prettier-ignore
        expect(() => f(int(i), int(j))).toThrow(expect.objectContaining({ code: 'INDEX_OUT_OF_RANGE' }))
      expect([w, u].map(bitsOf)).toEqual(before)
      expect(f.stats.compiledCalls).toBe(4)
    }
  })

  test('of JavaScript in the first call leaves state and gradients as they were', () => {
    const w = variable([1, 2, 3], { requiresGrad: true })
    let fails = true
    const f = hybridize((x: Tensor) => {
      w.mul(x).sum().backward()
      w.sub_(w.grad!)
      if (fails) throw new RangeError('stop')
      w.grad = null
      return w.sum().detach()
    })
    expect(() => f(a)).toThrow(RangeError)
    expect([w.toArray(), w.grad]).toEqual([[1, 2, 3], null])
    fails = false
    expect([f(ones([3])).item(), f(ones([3])).item(), w.grad]).toEqual([3, 0, null])
  })
})

/** Stands for a helper that reads state and changes nothing. */
const manualSeedOf = (w: Tensor): Tensor => w.mul(1)

describe('An output', () => {
  // Foot-gun 25.
  test('may be an input, a variable, or one tensor several times', () =>
    check((wrap, note) => {
      const w = variable([1, 2, 3])
      const f = wrap((x: Tensor, y: Tensor) => {
        w.add_(x)
        const z = x.mul(y)
        return { x, w, z, again: [z, y, w] }
      })
      for (const [x, y] of [
        [a, b],
        [b, b],
        [a, a],
        [w, a],
        [w, a],
      ] as const) {
        // prettier-ignore
        note(() => f(x, y))
        note(() => {
          const r = f(x, y)
          return [r.x === x, r.w === w, r.again[0] === r.z, r.again[1] === y, r.again[2] === w]
        })
      }
    }))

  test('may be a tensor from outside: the same object at every call', () =>
    check((wrap, note) => {
      const f = wrap((x: Tensor) => [a, x.add(a)])
      for (let i = 0; i < 3; i++) note(() => f(b)[0] === a)
      const g = wrap(() => b)
      for (let i = 0; i < 3; i++) note(() => g() === b)
    }))

  test('may be a view of state, which goes stale as the state changes', () =>
    check((wrap, note) => {
      const w = variable([
        [1, 2],
        [3, 4],
      ])
      const row = wrap(() => {
        w.add_(1)
        return [w.slice([0]), w.transpose(), w.detach()]
      })
      const late = wrap(() => {
        const view = w.slice([0])
        w.add_(1)
        return view
      })
      for (let i = 0; i < 3; i++) {
        const views = row()
        note(() => views)
        w.mul_(2)
        for (const view of views) note(() => view)
        note(() => late())
        note(() => w)
      }
    }))

  test('may be a view of state in a call that had to compute before its end', () =>
    check((wrap, note) => {
      const w = variable([
        [1, 2],
        [3, 4],
      ])
      const f = wrap((i: Tensor) => {
        w.add_(1)
        return [w.sum(0).at(i).get(), w.slice([1]), a]
      })
      for (const i of [0, 1, 0]) note(() => f(int(i)))
    }))

  test('that was returned does not change when the state does', () =>
    check((wrap, note) => {
      const w = variable([1, 2, 3])
      const f = wrap((x: Tensor) => {
        w.add_(x)
        return [w.clone(), w.at(0).get().mul(1)]
      })
      const kept = [f(a), f(a), f(b), f(a)]
      w.zero_()
      note(() => kept)
    }))
})

// Foot-gun 29.
test('Eager code changes a parameter in place between two compiled calls', () =>
  check((wrap, note) => {
    const [w, scale] = [variable([1, 2, 3]), variable(2)]
    const f = wrap((x: Tensor) => {
      w.add_(x)
      return w.mul(scale)
    })
    for (let i = 0; i < 4; i++) {
      note(() => f(a))
      w.at(i % 3).set_(i)
      scale.mul_(-1.5)
      if (i === 2) assign(w, b)
    }
    note(() => [w, scale])
  }))

// Foot-gun 30.
test('Two compiled functions change what they share, also one from within the other', () =>
  check((wrap, note) => {
    const w = variable([1, 2, 3])
    const grow = wrap((x: Tensor) => w.add_(x).mul(2))
    const halve = wrap(() => w.div_(2).sum())
    const both = wrap((x: Tensor) => [grow(x), halve(), grow(w), w.sum()])
    for (let i = 0; i < 3; i++) {
      note(() => [grow(a), halve()])
      note(() => both(a))
      note(() => w)
    }
  }))

// Foot-gun 32.
test('A module with batch statistics and an optimizer is loaded from a checkpoint after compilation', () =>
  check((wrap, note) => {
    const net = nn.sequential(nn.linear(3, 4), nn.dropout(0.2), nn.linear(4, 2))
    const [mean, count] = [variable(zeros([3])), variable(0)]
    const optimizer = optim.adam(net.parameters(), { lr: 0.1 })
    const step = wrap((x: Tensor) => {
      mean.mul_(0.9).add_(x.mean(0).mul(0.1))
      count.add_(1)
      const loss = net.forward(x.sub(mean)).square().sum()
      loss.backward()
      optimizer.step()
      return loss.detach()
    })
    const x = randn([5, 3])
    step(x)
    const saved = [net.stateDict(), optimizer.stateDict(), mean.clone()] as const
    note(() => [step(x), step(x), mean, count])
    net.loadStateDict(saved[0])
    optimizer.loadStateDict(saved[1])
    mean.copy_(saved[2])
    count.fill_(1)
    note(() => [step(x), step(x), mean, count, net.parameters()])
  }))
