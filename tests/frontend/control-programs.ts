import {
  add,
  assign,
  cond,
  dropout,
  forLoop,
  gather,
  less,
  nn,
  optim,
  rand,
  randn,
  scan,
  switchCase,
  tensor,
  variable,
  whileLoop,
  type Tensor,
} from '../../src/index.ts'
import type { Program } from './twice.ts'

const up = tensor([1, 2, 3])
const down = tensor([-1, -2, -3])
const calls = [[up], [down], [up]]
const leaf = (data: number[]): Tensor => variable(data, { requiresGrad: true })
/** A function without state, on both tensors. */
export const pure = (fn: (x: Tensor) => unknown): Program => ({ make: () => ({ fn, calls }) })

/** Programs with control flow; each runs eagerly and compiled, with equal bits. */
export const values: Readonly<Record<string, Program>> = {
  'cond takes one of two branches': pure((x) =>
    cond(
      x.sum().greater(0),
      (y) => y.mul(2),
      (y) => y.neg(),
      x,
    ),
  ),
  'cond on a number is true unless it is 0': pure((x) =>
    cond(
      x.sum().sub(6),
      () => x.mul(2),
      () => x.neg(),
    ),
  ),
  'cond gives structures, numbers and what is equal': pure((x) =>
    cond(
      x.sum().greater(0),
      () => ({ name: 'sum', of: [x.sum(), x.exp()], is: true }),
      () => ({ name: 'sum', of: [x.mean(), x.neg()], is: true }),
    ),
  ),
  'cond gives an argument, a captured tensor, and one value twice': pure((x) =>
    cond(
      x.sum().greater(0),
      () => [x, up, x],
      () => [up, x, up.add(x)],
    ),
  ),
  'switchCase clamps its index': {
    make: () => ({
      fn: (x: Tensor, n: Tensor) => switchCase(n, [(y: Tensor) => y.mul(2), (y) => y.neg(), (y) => y.exp()], x),
      calls: [-3, 0, 1, 2, 7].map((n) => [up, tensor(n)]),
    }),
  },
  'whileLoop ends when its condition says so, also before the first pass': {
    make: () => ({
      fn: (x: Tensor) =>
        whileLoop(
          (s) => s.sum().less(100),
          (s) => s.mul(2),
          x,
        ),
      calls: [[up], [tensor([50, 60, 70])], [up]],
    }),
  },
  'whileLoop carries numbers and booleans': pure(
    (x) =>
      whileLoop(
        ({ goes }) => goes,
        (s) => ({ n: add(s.n, 1), x: s.x.mul(add(s.n, 0.1)), goes: less(s.n, 4) }),
        { n: 0 as number | Tensor, x, goes: true as boolean | Tensor },
      ).x,
  ),
  'forLoop carries structures': pure((x) =>
    forLoop(0, 5, (i, s) => ({ a: s.a.mul(s.b), b: s.b.add(i) }), { a: x, b: x }),
  ),
  'forLoop from and to tensors, and numbers among the arguments': {
    make: () => ({
      fn: (x: Tensor, from: Tensor, to: number) => forLoop(from, tensor(0).add(to), (i, s) => s.mul(2).add(i), x),
      calls: [
        [up, tensor(2), 5],
        [up, tensor(5), 2],
        [down, tensor(-1), 3],
      ],
    }),
  },
  'loops that run zero times give what they began with': pure((x) => [
    forLoop(3, 3, (i, s) => s.mul(i), x),
    forLoop(3, 1, (i, s) => s.mul(i), x),
  ]),
  'scan stacks its results': pure((x) =>
    scan((s: Tensor, y: Tensor) => [s.add(y), { product: s.mul(y), both: [s, y] }] as const, tensor(0), x),
  ),
  'scan goes backwards over several tensors': pure((x) =>
    scan(
      (s: Tensor, { a, b }: { a: Tensor; b: Tensor }) => [s.mul(0.5).add(a), b.mul(s)] as const,
      tensor(1),
      { a: x, b: x.mul(x.reshape([3, 1])) },
      { reverse: true },
    ),
  ),
  'control functions nest': pure((x) =>
    forLoop(
      0,
      4,
      (i, s) =>
        cond(
          i.greater(1),
          () =>
            whileLoop(
              (t) => t.sum().less(50),
              (t) => t.add(x.abs().add(1)),
              s,
            ),
          () => s.mul(x),
        ),
      x,
    ),
  ),
  'recursion in a branch is traced to its depth': pure((x) => {
    const power = (y: Tensor, n: number): Tensor =>
      n === 0
        ? y
        : cond(
            y.sum().greater(0),
            () => power(y.mul(2), n - 1),
            () => power(y.sub(1), n - 1),
          )
    return power(x, 3)
  }),
  'indices are checked in regions': pure((x) => forLoop(0, 3, (i, s) => s.add(gather(x, i.reshape([1]))), tensor([0]))),
}

/** Programs whose regions read and assign variables. */
export const states: Readonly<Record<string, Program>> = {
  'a branch assigns, and draws random numbers': {
    make: () => {
      const w = variable([1, 2, 3])
      const fn = (x: Tensor): Tensor =>
        cond(
          x.sum().greater(0),
          () => {
            assign(w, w.add(randn([3])))
            return w.mul(x)
          },
          () => dropout(x, 0.5),
        )
      return { fn, calls, state: () => w }
    },
  },
  'a loop reads what it assigned in the pass before': {
    make: () => {
      const w = variable([1, 2, 3])
      const counter = variable(0)
      const fn = (x: Tensor): Tensor[] => {
        const last = forLoop(
          0,
          3,
          (i, s) => {
            const before = w.add(0)
            assign(w, w.add(randn([3])).mul(i))
            assign(counter, counter.add(1))
            return s.add(before)
          },
          x,
        )
        return [last, w.mul(2)]
      }
      return { fn, calls, state: () => [w, counter] }
    },
  },
  'a condition draws random numbers and counts': {
    make: () => {
      const count = variable(0)
      const fn = (x: Tensor): Tensor => {
        const { s } = whileLoop(
          ({ s, n }) => {
            assign(count, count.add(1))
            return s.sum().add(rand([]).mul(4)).less(20).logicalAnd(n.less(5))
          },
          ({ s, n }) => ({ s: s.mul(1.5).add(rand([3])), n: n.add(1) }),
          { s: x, n: tensor(0) },
        )
        return s.add(rand([]))
      }
      return { fn, calls, state: () => count }
    },
  },
  'a variable is assigned before, inside and after, and read through all': {
    make: () => {
      const w = variable([1, 2, 3])
      const fn = (x: Tensor): Tensor[] => {
        assign(w, w.mul(2))
        const inside = cond(
          x.sum().greater(0),
          () => {
            const seen = w.add(1)
            assign(w, x)
            return seen
          },
          () => w.sub(1),
        )
        const after = w.add(0)
        assign(w, w.add(inside))
        return [inside, after]
      }
      return { fn, calls, state: () => w }
    },
  },
  'backward() after a branch, in the step that it trains': {
    make: () => {
      const w = leaf([0.5, 0.25, 2])
      const fn = (x: Tensor): Tensor => {
        const loss = cond(
          x.sum().greater(0),
          () => w.mul(x).square().sum(),
          () => w.sum(),
        )
        loss.backward()
        assign(w, w.sub(w.grad!.mul(0.1)))
        w.grad = null
        return loss
      }
      return { fn, calls, state: () => w }
    },
  },
  'a whole training loop in one call': {
    make: () => {
      const net = nn.sequential(nn.linear(3, 4), nn.relu(), nn.linear(4, 1))
      const optimizer = optim.adam(net.parameters(), { lr: 0.01 })
      const fn = (x: Tensor): Tensor =>
        forLoop(
          0,
          3,
          (_, before) => {
            const loss = net
              .forward(x.reshape([1, 3]))
              .square()
              .mean()
            loss.backward()
            optimizer.step()
            return loss.detach().add(before.mul(0))
          },
          tensor(0),
        )
      return { fn, calls, state: () => [net.stateDict(), optimizer.stateDict()] }
    },
  },
  'gradients that a loop adds up': {
    make: () => {
      const w = leaf([0.5, 0.25, 2])
      const fn = (x: Tensor): Tensor => {
        w.grad = null
        const last = forLoop(
          0,
          3,
          (i, s) => {
            const loss = w.mul(x).mul(i.add(1)).square().sum()
            loss.backward()
            return s.add(loss.detach())
          },
          tensor(0),
        )
        return last
      }
      return { fn, calls, state: () => w.grad }
    },
  },
}
