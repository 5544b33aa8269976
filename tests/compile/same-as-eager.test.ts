import { describe, expect, test } from 'vitest'
import {
  concat,
  dropout,
  gather,
  grad,
  hybridize,
  logicalXor,
  manualSeed,
  noGrad,
  ones,
  randint,
  randn,
  randperm,
  slice,
  tensor,
  variable,
  where,
  zeros,
  type Tensor,
} from '../../src/index.ts'

/** A function over states of its own, and its arguments at each call. */
interface Subject {
  readonly fn: (...args: never[]) => unknown
  readonly args?: (call: number) => readonly unknown[]
  readonly states?: readonly Tensor[]
  /** Does more with what a call returned, and says what came out. */
  readonly after?: (result: unknown) => unknown
}

const plain = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(plain)
  if ('data' in value && typeof value.data === 'function') return Array.from((value as Tensor).data()) // only tensors have it here
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]))
}

/** Four calls, eager and for both targets: results and states after each are the same, bit for bit. */
function expectSame(make: () => Subject, compiledCalls = 3): void {
  const history = (subject: Subject, fn: Subject['fn']): unknown[] =>
    [0, 1, 2, 3].map((call) => {
      const result = fn(...((subject.args?.(call) ?? []) as never[])) // the subject's own arguments
      return [plain(result), subject.after?.(result), plain(subject.states ?? [])]
    })
  manualSeed(7)
  const eager = make()
  const expected = history(eager, eager.fn)
  for (const target of ['wasm', 'js'] as const) {
    manualSeed(7)
    const subject = make()
    const fast = hybridize(subject.fn, { target })
    expect(history(subject, fast as Subject['fn']), target).toEqual(expected)
    expect(fast.stats.compiledCalls, target).toBe(compiledCalls)
  }
}

const row = (count: number, seed = 1): Tensor =>
  tensor(Array.from({ length: count }, (_, i) => Math.sin(i * 7.7 + seed)))
const square = (size: number, seed = 1): Tensor => row(size * size, seed).reshape([size, size])

describe('products of batches of rows', () => {
  const [rows, inner, columns] = [[4, 9], 17, 21]
  const full = [...rows, columns]
  const others: readonly (readonly [string, number[]])[] = [
    ['of their columns', [columns]],
    ['of all elements', full],
    ['of each batch', [4, 1, columns]],
    ['of each row of a batch', [9, columns]],
    ['of each row', [4, 9, 1]],
  ]
  test.each(others)('and an operand %s', (_, shape) => {
    expectSame(() => {
      const filled = (sizes: number[], seed: number): Tensor =>
        row(
          sizes.reduce((n, size) => n * size, 1),
          seed,
        ).reshape(sizes)
      const w = variable(filled([inner, columns], 3), { requiresGrad: true })
      const [x, y] = [filled([...rows, inner], 2), filled(shape, 5)]
      return {
        fn: () => {
          const product = x.matmul(w).add(y).relu()
          product.square().mean().backward()
          const gradient = w.grad!
          noGrad(() => w.assign(w.sub(gradient)))
          w.grad = null
          return [
            product,
            x
              .slice([null, [1, 6]])
              .matmul(w)
              .mul(0.3),
            gradient,
          ]
        },
        states: [w],
      }
    })
  })
})

describe('states that are read and replaced in one call', () => {
  test('two exchange their values', () => {
    expectSame(() => {
      const [a, b] = [variable(row(4)), variable(row(4, 9))]
      return {
        fn: () => {
          const before = a.clone()
          a.assign(b)
          b.assign(before)
        },
        states: [a, b],
      }
    })
  })

  test('three rotate', () => {
    expectSame(() => {
      const [a, b, c] = [variable(row(4)), variable(row(4, 9)), variable(row(4, 5))]
      return {
        fn: () => {
          const before = a.clone()
          a.assign(b)
          b.assign(c)
          c.assign(before)
        },
        states: [a, b, c],
      }
    })
  })

  const updates: readonly (readonly [string, (state: Tensor) => Tensor])[] = [
    ['by itself transposed', (a) => a.transpose()],
    ['by itself backwards', (a) => slice(a, [[null, null, -1]])],
    ['by itself plus its first row', (a) => a.add(slice(a, [0]))],
    ['by its product with itself', (a) => a.matmul(a)],
    ['by the end of a product that reads it', (a) => a.sub(a.matmul(a.neg()).mul(0.1))],
    ['by itself over its sum', (a) => a.div(a.sum(1, true))],
    ['by itself less its column sums', (a) => a.sub(a.add(1).sum(0))],
  ]
  test.each(updates)('one is replaced %s', (_, update) => {
    expectSame(() => {
      const a = variable(square(5))
      return { fn: () => void a.assign(update(a)), states: [a] }
    })
  })

  test('an old value is returned beside the new one, and a view of the new one', () => {
    expectSame(() => {
      const a = variable(row(6))
      return {
        fn: () => {
          const head = slice(a, [[0, 3]]).mul(1)
          a.assign(a.mul(2))
          return [head, slice(a, [[3, 6]])]
        },
        states: [a],
      }
    })
  })

  test('one is replaced twice, and the value between is used', () => {
    expectSame(() => {
      const a = variable(row(4))
      return {
        fn: (x: Tensor) => {
          a.assign(a.add(x))
          const between = a.mul(2)
          a.assign(between.sub(a))
          return between
        },
        args: (call) => [row(4, call)],
        states: [a],
      }
    })
  })

  test('one is replaced and put back', () => {
    expectSame(() => {
      const a = variable(row(4))
      return {
        fn: (x: Tensor) => {
          const before = a.clone()
          a.assign(x)
          const used = a.mul(3)
          a.assign(before)
          return used
        },
        args: (call) => [row(4, call)],
        states: [a],
      }
    })
  })

  test('a variable is an argument and in scope, and is replaced', () => {
    expectSame(() => {
      const v = variable(row(5))
      return {
        fn: (given: Tensor) => {
          const before = v.mul(2)
          given.assign(v.add(1))
          return [before, given.mul(1), v.mul(3)]
        },
        args: () => [v],
        states: [v],
      }
    })
  })

  test('states of small dtypes', () => {
    expectSame(() => {
      const [flags, bytes] = [variable([true, false, true]), variable(new Uint8Array([250, 3, 7, 1, 9]))]
      return {
        fn: (x: Tensor, y: Tensor) => {
          flags.assign(logicalXor(flags, x))
          bytes.assign(bytes.add(y))
          return where(flags, 1, 0)
        },
        args: (call) => [tensor([call % 2 === 0, true, false]), tensor(new Uint8Array([call, 10, 255, 1, 0]))],
        states: [flags, bytes],
      }
    })
  })

  test('a parameter without a gradient is left alone beside one that is trained', () => {
    expectSame(() => {
      const [w, v] = [tensor(row(3), { requiresGrad: true }), tensor(row(3, 4), { requiresGrad: true })]
      return {
        fn: (x: Tensor) => {
          const loss = x.mul(w).sum()
          loss.backward()
          noGrad(() => {
            for (const parameter of [w, v]) if (parameter.grad) parameter.assign(parameter.sub(parameter.grad.mul(0.1)))
          })
          w.grad = null
          return loss
        },
        args: (call) => [row(3, call)],
        states: [w, v],
      }
    })
  })
})

describe('arguments', () => {
  test('one tensor for two arguments', () => {
    const x = row(5)
    expectSame(() => ({
      fn: (a: Tensor, b: Tensor) => a.sub(b),
      args: (call) => (call % 2 === 1 ? [x, x] : [x, row(5, 3)]),
    }))
  })

  test('an argument that is returned and becomes a state', () => {
    expectSame(() => {
      const a = variable(row(4))
      return {
        fn: (x: Tensor) => {
          a.assign(x)
          return x
        },
        args: (call) => [row(4, call)],
        states: [a],
      }
    })
  })

  test('views, whose strides differ from call to call', () => {
    expectSame(() => ({
      fn: (x: Tensor) => x.mul(2).sum(0),
      args: (call) => [call % 2 === 1 ? row(12).reshape([3, 4]) : row(12).reshape([4, 3]).transpose()],
    }))
  })

  test('shapes that alternate, each with a program of its own over one state', () => {
    expectSame(() => {
      const b = variable(row(4))
      return {
        fn: (x: Tensor) => {
          b.assign(b.add(x.sum(0)))
          return x.mul(b)
        },
        args: (call) => [row(4 * (1 + (call % 2))).reshape([-1, 4])],
        states: [b],
      }
    }, 2)
  })

  test('nested objects and arrays', () => {
    expectSame(() => ({
      fn: ({ a, b }: { a: Tensor; b: readonly [Tensor, Tensor] }) => ({ s: a.add(b[0]), t: [b[1], 3, 'x', null] }),
      args: (call) => [{ a: row(3, call), b: [row(3, call + 1), row(2, call)] }],
    }))
  })

  test('tensors without elements', () => {
    expectSame(() => ({
      fn: (x: Tensor) => [x.mul(2), x.sum(), x.sum(0), concat([x, x], 0)],
      args: () => [zeros([0, 3])],
    }))
  })
})

describe('gradients and random numbers', () => {
  test('dropout under an outer tape is differentiated by the mask it drew', () => {
    expectSame(() => {
      const w = tensor(row(8), { requiresGrad: true })
      return {
        fn: (x: Tensor) => dropout(x.mul(w), 0.4).sum(),
        args: (call) => [row(8, call)],
        after: (loss) => {
          ;(loss as Tensor).backward() // what fn returns
          const gradient = plain(w.grad)
          w.grad = null
          return gradient
        },
      }
    })
  })

  test('a second derivative inside', () => {
    const cube = (x: Tensor): Tensor => x.mul(x).mul(x).sum()
    expectSame(() => ({
      fn: (x: Tensor) => grad((y: Tensor) => grad(cube)(y).mul(y).sum())(x),
      args: (call) => [row(5, call)],
    }))
  })

  test('a hybridized function inside, differentiated', () => {
    const inner = hybridize((x: Tensor) => x.exp().mul(x).sum())
    expectSame(() => ({ fn: (x: Tensor) => grad((y: Tensor) => inner(y))(x), args: (call) => [row(5, call)] }))
  })

  test('integers, permutations and normal numbers', () => {
    expectSame(() => ({ fn: () => [randint(0, 100, [7]), randperm(9), randn([3])] }))
  })
})

test('a call that fails leaves every state as it was, and the next one works', () => {
  for (const target of ['wasm', 'js'] as const) {
    const state = variable(ones([4]))
    const fast = hybridize(
      (x: Tensor, at: Tensor) => {
        state.assign(state.mul(2))
        return gather(x, at)
      },
      { target },
    )
    const call = (position: number): Tensor => fast(row(4), tensor([0, position], { dtype: 'int32' }))
    call(1)
    call(2)
    expect(() => call(9)).toThrow(expect.objectContaining({ code: 'INDEX_OUT_OF_RANGE' }))
    expect(state.toArray()).toEqual([4, 4, 4, 4])
    call(3)
    expect(state.toArray()).toEqual([8, 8, 8, 8])
  }
})

test('an index out of range is an error even where nothing needs the value', () => {
  const pick = hybridize((x: Tensor, index: Tensor) => {
    x.gather(index)
    return x.sum()
  })
  const at = (index: number): Tensor => tensor([index], { dtype: 'int32' })
  const x = tensor([1, 2])
  expect(pick(x, at(0)).item()).toBe(3)
  expect(pick(x, at(1)).item()).toBe(3)
  expect(() => pick(x, at(2))).toThrow('[gather] index 2 is out of range')
  expect(pick.stats.compiledCalls).toBe(2)
})

test('gradients of slices that make up a tensor, −0 among them, are joined', () => {
  const zerosOfBothSigns = tensor([0, -0, 1, -1])
  const loss = (x: Tensor): Tensor => {
    const [first, second, third] = [x.slice([[0, 4]]), x.slice([[4, 8]]), x.slice([[8, 12]])]
    return third
      .mul(zerosOfBothSigns)
      .add(first.mul(second.mul(zerosOfBothSigns)))
      .sum()
  }
  expectSame(() => ({ fn: grad(loss) as Subject['fn'], args: (call) => [row(12, call)] }))
  const steps = (x: Tensor): Tensor =>
    Array.from({ length: 3 }, (_, t) => x.slice([t]))
      .map((step) =>
        step
          .slice([[2, 4]])
          .mul(step.slice([[0, 2]]).neg())
          .mul(tensor([-0, 0])),
      )
      .reduce((sum, step) => sum.add(step))
      .sum()
  expectSame(() => ({ fn: grad(steps) as Subject['fn'], args: (call) => [row(12, call).reshape([3, 4])] }))
})
