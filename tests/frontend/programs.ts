import {
  arange,
  argmax,
  assign,
  clamp,
  concat,
  crossEntropy,
  dropout,
  eye,
  full,
  gather,
  grad,
  linspace,
  logSumExp,
  matmul,
  maximum,
  mse,
  mul,
  nn,
  noGrad,
  oneHot,
  ones,
  optim,
  pad,
  pow,
  rand,
  randint,
  randn,
  randperm,
  slice,
  stack,
  sum,
  tensor,
  type Tensor,
  valueAndGrad,
  variable,
  variance,
  where,
  zeros,
} from '../../src/index.ts'
import type { Program } from './twice.ts'

const x = (): Tensor =>
  tensor([
    [1, -2, 3],
    [0.5, -0, 4],
  ])
const y = (): Tensor =>
  tensor([
    [2, 2, -1],
    [7, 0.25, 1e-3],
  ])
const ints = (): Tensor => tensor([3, -1, 2], { dtype: 'int32' })
/** A function without state, on three pairs of matrices. */
const pure = (fn: (a: Tensor, b: Tensor) => unknown): Program => ({
  make: () => ({
    fn,
    calls: [
      [x(), y()],
      [y(), x()],
      [x().mul(1e20), y().mul(-1e25)],
    ],
  }),
})
const onNumbers = (
  fn: (x: Tensor, k: number) => unknown,
  numbers: readonly number[],
  compiledCalls?: number,
): Program => ({
  make: () => ({ fn, calls: numbers.map((k) => [x(), k]) }),
  ...(compiledCalls === undefined ? {} : { compiledCalls }),
})

/** Programs over the public API, for every mode to agree on. */
export const programs: Record<string, Program> = {
  arithmetic: pure((a, b) => a.add(b).mul(2).sub(a.div(b)).neg()),
  'functions of floats': pure((a, b) => [
    a.exp(),
    b.abs().log(),
    a.tanh(),
    b.sigmoid(),
    a.sin(),
    b.cos(),
    a.erf(),
    a.abs().sqrt().rsqrt(),
    b.expm1(),
    a.abs().log1p(),
    a.floor(),
    a.sign(),
    a.square(),
  ]),
  'powers of a tensor': pure((a, b) => [pow(a, 2), pow(a, 0.5), pow(a, 3), pow(a.abs(), b), pow(2, b)]),
  'choice and comparison': pure((a, b) => ({
    w: where(a.greater(b), a, 0),
    m: maximum(a, b),
    c: clamp(a, -1, 1),
    e: a.equal(b),
    l: a.less(0).logicalOr(b.greaterEqual(1)),
  })),
  reductions: pure((a, b) => [
    sum(a),
    a.mean(1),
    a.max(0),
    b.min([0, 1]),
    a.prod(-1, true),
    variance(b, 1),
    logSumExp(a, 0),
    argmax(a),
    b.argmin(1),
  ]),
  'softmax and losses': pure((a, b) => [a.softmax(), b.logSoftmax(0), mse(a, b), crossEntropy(a, b.softmax())]),
  views: pure((a, b) => [
    a.transpose(),
    a.reshape([3, 2]).matmul(b),
    a.permute([1, 0]).reshape([6]),
    a.slice([
      [null, null, -1],
      [0, 3, 2],
    ]),
    a.expandDims(1).squeeze(),
    slice(b, [1]),
  ]),
  'joining and padding': pure((a, b) => [
    concat([a, b], 1),
    stack([a, b], 2),
    pad(
      a,
      [
        [1, 0],
        [0, 2],
      ],
      -1,
    ),
    a.broadcastTo([2, 2, 3]),
  ]),
  'matrix products': pure((a, b) => [
    matmul(a, b.transpose()),
    a.matmul(tensor([1, 2, 3])),
    a.expandDims(0).matmul(b.transpose()),
  ]),
  creation: pure((a) => [
    zeros([2]),
    ones([2, 2]).mul(a.sum()),
    full([2], 3),
    arange(4),
    linspace(0, 1, 5),
    eye(2).add(1),
  ]),
  dtypes: {
    make: () => ({
      fn: (i: Tensor, b: Tensor) => [
        i.add(1),
        i.mul(0.5),
        i.div(2),
        b.add(i),
        b.logicalNot(),
        i.cast('uint8'),
        i.cast('float64').mul(0.1),
        b.sum(),
      ],
      calls: [
        [ints(), tensor([true, false, true])],
        [ints().mul(100), tensor([false, false, true])],
      ],
    }),
  },
  'indices and labels': {
    make: () => ({
      fn: (a: Tensor, i: Tensor) => [gather(a, i, 1), oneHot(i, 5), crossEntropy(a, slice(i, [[0, 2]]))],
      calls: [
        [x(), tensor([0, 1, 2], { dtype: 'int32' })],
        [y(), tensor([2, 2, 0], { dtype: 'int32' })],
      ],
    }),
  },
  'random numbers': {
    make: () => ({
      fn: () => [rand([3]), randn([2, 2]), randint(0, 10, [4]), randperm(5), dropout(ones([8]), 0.5)],
      calls: [[], [], []],
    }),
  },
  'a number that scales floats': onNumbers((a, k) => a.mul(k).add(k), [0.5, 1, 2.5, -0, NaN, 1e300]),
  'a number computed from a number': onNumbers((a, k) => a.mul(mul(k, 2)), [0.5, 1, 3]),
  'a number as a bound': onNumbers((a, k) => clamp(a, -1, k), [0.5, 1, 3]),
  'a number as an exponent': onNumbers((a, k) => pow(a, k), [3, 2, 2, 0.5, 4, 1, 3], 3),
  'a number as a branch': onNumbers((a, k) => where(a.greater(0), k, 0), [1, 2.5]),
  'a result of numbers only': onNumbers((_, k) => [mul(k, 2), k], [1, 2.5]),
  'nested arguments and results': {
    make: () => ({
      fn: ({ a, rest: [b, { k }] }: { a: Tensor; rest: [Tensor, { k: number }] }) => ({
        sum: a.add(b),
        parts: [a.mul(k), { b: b.neg() }],
      }),
      calls: [[{ a: x(), rest: [y(), { k: 2 }] }], [{ rest: [x(), { k: 3 }], a: y() }]],
    }),
  },
  'results that are arguments': {
    make: () => ({
      fn: (a: Tensor, k: number, s: string) => [a, k, s, { a }, a.add(1)],
      calls: [
        [x(), 1, 'name'],
        [y(), 2, 'name'],
      ],
    }),
  },
  'one tensor returned twice': pure((a, b) => {
    const c = a.add(b)
    return [c, { again: c }, c.add(0)]
  }),
  'no result': pure((a) => void a.add(1)),
  'host values as results': pure((a) => ({
    n: a.size,
    shape: [...a.shape],
    none: null,
    text: 'x',
    u: undefined,
    t: true,
  })),
  'one tensor given twice': {
    make: () => ({
      fn: (a: Tensor, b: Tensor) => a.sub(b.mul(2)),
      calls: [[x(), y()], ((t: Tensor) => [t, t])(x()), [y(), x()]],
    }),
  },
  'an unused input': pure((a) => a.mul(2)),
  'views as arguments': {
    make: () => ({
      fn: (a: Tensor) => a.mul(2).sum(0),
      calls: [
        [x()],
        [y().reshape([3, 2]).transpose()],
        [slice(concat([x(), y()]), [[1, 4, 2]])],
        [slice(concat([y(), x()]), [[2, 0, -1]])],
      ],
    }),
  },
  'gradients inside': pure((a, b) => [
    grad((t: Tensor) => t.mul(b).sigmoid().sum())(a),
    valueAndGrad((t: Tensor, u: Tensor) => mse(t, u), { argnums: [0, 1] })(a, b),
  ]),
  'second derivatives inside': pure((a) => grad((t: Tensor) => grad((u: Tensor) => u.mul(u).mul(u).sum())(t).sum())(a)),
  'detached values': pure((a) => [a.mul(2).detach(), noGrad(() => a.add(1))]),
  'a leaf made inside': {
    make: () => ({
      fn: (a: Tensor) => {
        const leaf = tensor(a, { requiresGrad: true })
        leaf.mul(leaf).sum().backward()
        return leaf.grad
      },
      calls: [[x()], [y()], [x()]],
    }),
    compiledCalls: 1,
  },
  'a variable made inside': {
    make: () => ({
      fn: (a: Tensor) => {
        const total = variable([0, 0, 0])
        assign(total, total.add(a.sum(0)))
        assign(total, total.mul(2))
        return total.clone()
      },
      calls: [[x()], [y()], [x()], [y()]],
    }),
    compiledCalls: 2,
  },
  'a counter': {
    make: () => {
      const count = variable(0)
      return {
        fn: (a: Tensor) => {
          assign(count, count.add(1))
          return a.mul(count)
        },
        calls: [[x()], [y()], [x()]],
        state: () => count,
      }
    },
  },
  'state swapped': {
    make: () => {
      const [a, b] = [variable([1, 2]), variable([3, 4])]
      return {
        fn: () => {
          const held = a.clone()
          assign(a, b)
          assign(b, held.add(1))
        },
        calls: [[], [], []],
        state: () => [a, b],
      }
    },
  },
  'state written twice and read between': {
    make: () => {
      const s = variable([1, 2])
      return {
        fn: (a: Tensor) => {
          const before = s.clone()
          assign(s, s.add(a))
          const between = s.mul(2)
          assign(s, s.mul(s))
          return [before, between, s.add(0)]
        },
        calls: [[tensor([1, 1])], [tensor([2, -1])]],
        state: () => s,
      }
    },
  },
  'state made at the first call': {
    make: () => {
      let s: Tensor | undefined
      return {
        fn: (a: Tensor) => {
          s ??= variable(zeros([2]))
          assign(s, s.add(a))
          return s.mul(1)
        },
        calls: [[tensor([1, 1])], [tensor([2, -1])], [tensor([5, 5])]],
        state: () => s,
      }
    },
    compiledCalls: 1,
  },
  'gradients left on a leaf': {
    make: () => {
      const w = variable([1, 2, 3], { requiresGrad: true })
      return {
        fn: (a: Tensor) => {
          a.mul(w).sum().backward()
        },
        calls: [[x()], [y()], [x()], [y()]],
        state: () => w.grad,
      }
    },
    compiledCalls: 2,
  },
  'gradients cleared inside': {
    make: () => {
      const w = variable([1, 2, 3], { requiresGrad: true })
      return {
        fn: (a: Tensor) => {
          w.grad = null
          const loss = a.mul(w).sum()
          loss.backward()
          return loss
        },
        calls: [[x()], [y()], [x()]],
        state: () => w.grad,
      }
    },
  },
  'two backward calls in one': {
    make: () => {
      const w = variable([1, 2, 3], { requiresGrad: true })
      return {
        fn: (a: Tensor, b: Tensor) => {
          w.grad = null
          a.mul(w).sum().backward()
          b.mul(w.exp()).sum().backward()
          return w.grad
        },
        calls: [
          [x(), y()],
          [y(), x()],
        ],
        state: () => w.grad,
      }
    },
  },
  'a training step': {
    make: () => {
      const net = nn.sequential(nn.linear(3, 8), nn.relu(), nn.dropout(0.2), nn.linear(8, 2))
      const optimizer = optim.adam(net.parameters(), { lr: 0.05 })
      const fn = (a: Tensor, labels: Tensor): Tensor => {
        const loss = crossEntropy(net.forward(a), labels)
        loss.backward()
        optimizer.step()
        return loss.detach()
      }
      const labels = tensor([0, 1], { dtype: 'int32' })
      return {
        fn,
        calls: [
          [x(), labels],
          [y(), labels],
          [x(), labels],
          [y(), labels],
        ],
        state: () => [net.stateDict(), optimizer.stateDict()],
      }
    },
  },
}
