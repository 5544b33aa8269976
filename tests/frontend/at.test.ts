import { describe, expect, it, test } from 'vitest'
import { grad, hybridize, ones, tensor, Tensor, valueAndGrad, variable, zeros } from '../../src/index.ts'
import { bitsOf, sameTwice, type Program } from './twice.ts'

const grid = (): Tensor =>
  tensor([
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
  ])
const int = (value: number | number[]): Tensor => tensor(value, { dtype: 'int32' })

describe('A place of a tensor', () => {
  it('is read as slice and gather read it', () => {
    const x = grid()
    expect(x.at(1).get().toArray()).toEqual([4, 5, 6])
    expect(x.at(-1, [1, 3]).get().toArray()).toEqual([8, 9])
    expect(x.at(null, 2).get().toArray()).toEqual([3, 6, 9])
    expect(x.at([null, null, -2], [0, 1]).get().toArray()).toEqual([[7], [1]])
    expect(x.at(int(2)).get().toArray()).toEqual([7, 8, 9])
    expect(x.at(int(-1), int(0)).get().item()).toBe(7)
    expect(
      x
        .at([0, 2], int([2, 0]))
        .get()
        .toArray(),
    ).toEqual([
      [3, 1],
      [6, 4],
    ])
    expect(x.at().get()).toBe(x)
  })

  it('is replaced in a new tensor by what broadcasts to it', () => {
    const x = grid()
    expect(x.at(1).set(0).toArray()).toEqual([
      [1, 2, 3],
      [0, 0, 0],
      [7, 8, 9],
    ])
    expect(
      x
        .at(null, int(0))
        .set(tensor([10, 20, 30]))
        .toArray(),
    ).toEqual([
      [10, 2, 3],
      [20, 5, 6],
      [30, 8, 9],
    ])
    expect(
      x
        .at([null, null, 2], [0, 2])
        .set(tensor([[10], [20]]))
        .toArray(),
    ).toEqual([
      [10, 10, 3],
      [4, 5, 6],
      [20, 20, 9],
    ])
    expect(x.at(int(1), int(-1)).set(-0).at(1, 2).get().item()).toBe(-0)
    expect(x.toArray()).toEqual(grid().toArray())
  })

  it('takes the last of several values for one index, and adds all of them', () => {
    const x = zeros([3, 2])
    const updates = tensor([
      [1, 2],
      [3, 4],
      [5, 6],
    ])
    expect(
      x
        .at(int([2, 0, 2]))
        .set(updates)
        .toArray(),
    ).toEqual([
      [3, 4],
      [0, 0],
      [5, 6],
    ])
    expect(
      x
        .at(int([2, 0, -1]))
        .add(updates)
        .toArray(),
    ).toEqual([
      [3, 4],
      [0, 0],
      [6, 8],
    ])
    expect(
      x
        .at([1, 3], int([1, 1]))
        .add(1)
        .toArray(),
    ).toEqual([
      [0, 0],
      [0, 2],
      [0, 2],
    ])
  })

  it('may be where a mask is true', () => {
    const x = grid()
    expect(x.at(x.greater(4)).set(0).toArray()).toEqual([
      [1, 2, 3],
      [4, 0, 0],
      [0, 0, 0],
    ])
    expect(
      x
        .at(tensor([true, false, true]))
        .add(tensor([10, 20, 30]))
        .toArray(),
    ).toEqual([
      [11, 22, 33],
      [4, 5, 6],
      [17, 28, 39],
    ])
  })

  it('keeps the dtype of the tensor, into which whole numbers go', () => {
    const ints = int([1, 2, 3])
    expect(bitsOf(ints.at(0).set(7))).toEqual(bitsOf(int([7, 2, 3])))
    expect(bitsOf(ints.at(0).add(true))).toEqual(bitsOf(int([2, 2, 3])))
    expect(ones([2]).at(0).set(ints.at(1).get()).toArray()).toEqual([2, 1])
    expect(
      ones([2])
        .at(0)
        .set(tensor(0.1, { dtype: 'float64' }))
        .at(0)
        .get()
        .item(),
    ).toBe(Math.fround(0.1))
  })

  it('has gradients, of repeated indices those of the values that stay', () => {
    const w = tensor([1, 10, 100, 1000])
    const at = int([1, 3, 1])
    const put = (x: Tensor, v: Tensor): Tensor => x.at(at).set(v).mul(w).sum()
    const [, [dx, dv]] = valueAndGrad(put, { argnums: [0, 1] })(ones([4]), ones([3]))
    expect([dx!.toArray(), dv!.toArray()]).toEqual([
      [1, 0, 100, 0],
      [0, 1000, 10],
    ])
    const added = grad((v: Tensor) => zeros([4]).at(at).add(v).mul(w).sum())
    expect(added(ones([3])).toArray()).toEqual([10, 1000, 10])
    const moved = grad((x: Tensor) => x.at(int(2)).set(x.at(0).get()).mul(w).sum())
    expect(moved(ones([4])).toArray()).toEqual([101, 10, 0, 1000])
  })
})

test('A change of a variable at a place has the bits of the new tensor that the pure form makes', () => {
  const values = Float32Array.from({ length: 24 }, (_, i) => Math.sin(i) * 10)
  const places = [
    [],
    [1],
    [int(-1)],
    [null, int(2)],
    [[null, null, -1], 1, [1, 4]],
    [int(0), [0, 3, 2], int(3)],
    [null, null, int([3, 0, 3])],
    [int([1, 1])],
    [1, int([2, -1]), [0, 2]],
    [[2, 2]],
    [tensor([true, false])],
  ] as const
  for (const place of places)
    for (const how of ['set', 'add'] as const) {
      const x = tensor(values, { shape: [2, 3, 4] })
      const shape = place[0] instanceof Tensor && place[0].dtype === 'bool' ? [] : x.at(...place).get().shape
      const operand = ones(shape)
        .mul(0.1)
        .add(x.at(0, 0, 1).get())
      const w = variable(x)
      expect(w.at(...place)[`${how}_`](operand)).toBe(w)
      expect(bitsOf(w)).toEqual(bitsOf(x.at(...place)[how](operand)))
    }
  const w = variable(values.slice(0, 4))
  const view = w.reshape([2, 2])
  w.at([1, 4]).set_(w.at([0, 3]).get())
  expect(bitsOf(w)).toEqual(bitsOf(tensor([values[0]!, ...values.slice(0, 3)])))
  expect(() => view.toArray()).toThrow(expect.objectContaining({ code: 'STALE_VIEW' }))
})

/** Each call is made eagerly and compiled, and every variable compared after it. */
const programs: Readonly<Record<string, Program>> = {
  'rows of a table at indices that change': {
    make: () => {
      const table = variable(zeros([5, 3]))
      return {
        fn: (i: Tensor, row: Tensor) => {
          table.at(i).set_(row)
          table.at(i, [0, 2]).add_(1)
          return table.at(i).get()
        },
        calls: [0, 3, -1, 3].map((i) => [int(i), tensor([i, 2 * i, 3])]),
        state: () => table,
      }
    },
  },
  'positions that are numbers': {
    make: () => {
      const ring = variable(zeros([4]))
      return {
        fn: (i: number, value: Tensor) => ring.at(i).set_(value).sum(),
        calls: [0, 1, 2, -1].map((i) => [i, tensor(i + 5)]),
        state: () => ring,
      }
    },
  },
  'a counter in a variable': {
    make: () => {
      const [count, ring] = [variable(0, { dtype: 'int32' }), variable(zeros([3, 2]))]
      return {
        fn: (row: Tensor) => {
          ring.at(count).set_(row)
          count.copy_(count.add(1).less(3).cast('int32').mul(count.add(1)))
          return ring.sum(0)
        },
        calls: [1, 2, 3, 4, 5].map((k) => [tensor([k, -k])]),
        state: () => [count, ring],
      }
    },
  },
  'rows that repeat': {
    make: () => {
      const embedding = variable(ones([4, 2]), { requiresGrad: true })
      return {
        fn: (at: Tensor, rows: Tensor) => {
          embedding.at(at).add_(rows)
          return embedding
            .at(at.at([0, 2]).get())
            .get()
            .detach()
        },
        calls: [
          [0, 1, 0],
          [3, 3, 3],
          [2, -1, 1],
        ].map((at) => [int(at), grid().at(null, [0, 2]).get()]),
        state: () => embedding,
      }
    },
  },
  'a mask, a step and a part of another axis': {
    make: () => {
      const w = variable(grid())
      return {
        fn: (x: Tensor, i: Tensor) => {
          w.at(w.greater(x)).set_(0)
          w.at([null, null, -2], i).add_(x.at(0, [0, 2]).get())
          w.at([1, 3], int([0, 0])).set_(tensor([[1, 2], [3, 4]])) // prettier-ignore
        },
        calls: [1, 2, 0].map((i) => [ones([3, 3]).mul(2 + i), int(i)]),
        state: () => w,
      }
    },
  },
  'many updates in a JavaScript loop': {
    make: () => {
      const w = variable(zeros([6, 40]))
      return {
        fn: (x: Tensor) => {
          for (let i = 0; i < 6; i++) w.at(i).add_(x.mul(i))
          return w.sum(1)
        },
        calls: [1, 2, 3].map((k) => [ones([40]).mul(k)]),
        state: () => w,
      }
    },
  },
}

describe.each(['wasm', 'js'] as const)('%s does as eager with', (target) => {
  test.each(Object.entries(programs))('%s', (_, program) => {
    sameTwice(program, target)
  })

  test('an index that is out of range, which leaves all state alone', () => {
    const [w, count] = [variable([1, 2, 3]), variable(0)]
    const fast = hybridize(
      (i: Tensor) => {
        count.add_(1)
        w.at(0).set_(9)
        w.at(i).add_(1)
        return w.mul(2)
      },
      { target },
    )
    expect(fast(int(2)).toArray()).toEqual([18, 4, 8])
    expect(fast(int(-2)).toArray()).toEqual([18, 6, 8])
    expect(() => fast(int(3))).toThrow(expect.objectContaining({ code: 'INDEX_OUT_OF_RANGE' }))
    expect(() => fast(int(-4))).toThrow(/index -4 is out of range for axis 0 of size 3/)
    expect([w.toArray(), count.item(), fast.stats.compiledCalls]).toEqual([[9, 3, 4], 2, 3])
  })
})

test('An update of a variable in compiled code touches the elements at the place only', () => {
  const w = variable(zeros([1000, 8]))
  const fast = hybridize((i: Tensor, x: Tensor) => void w.at(i).set_(x))
  fast(int(3), ones([8]))
  const kernels = fast.source('kernels')
  expect(kernels).not.toContain('8000 step')
  expect(kernels.match(/kernel /g)).toHaveLength(2)
})

test('Numbers go to a place without being read from memory', () => {
  const fast = hybridize((x: Tensor, i: Tensor) => [zeros([64, 8]).at(i).set(x), x.at([0, 3]).set(7)])
  fast(ones([8]), int(3))
  expect(fast.source('kernels')).not.toMatch(/reads .*constant/)
})
