import { cond, forLoop, grad, scan, switchCase, tensor, where, whileLoop, type Tensor } from '../../src/index.ts'
import { pure } from './control-programs.ts'
import type { Program } from './twice.ts'

type Curve = (y: Tensor, x: Tensor) => Tensor
const curve = (f: Curve): Program & { readonly f: Curve } => ({
  ...pure((x) => grad((y: Tensor) => f(y, x))(x.mul(0.5))),
  f,
})

/** As often as the values say. */
const repeated = (y: Tensor): Tensor =>
  whileLoop(
    ({ n }) => n.less(y.sum().abs().add(3)),
    ({ s, n }) => ({ s: s.mul(y).add(s).add(1), n: n.add(1) }),
    { s: y, n: tensor(0) },
  ).s

/** Gradients through control flow. */
export const gradients: Readonly<Record<string, Program & { readonly f: Curve }>> = {
  'of a branch': curve((y, x) =>
    cond(
      x.sum().greater(0),
      () => y.mul(y).mul(x),
      () => y.exp(),
    ).sum(),
  ),
  'of a branch that only one side of comes from the leaf': curve((y, x) =>
    cond(
      x.sum().greater(0),
      () => y.mul(y),
      () => x,
    ).sum(),
  ),
  'of a value that was computed before, and is used inside and after': curve((y, x) => {
    const h = y.log()
    const [a, b] = cond(
      x.sum().greater(0),
      () => [h.mul(2), h],
      () => [x, x.mul(2)],
    ) as [Tensor, Tensor]
    return a.mul(b).add(y).add(y.mul(3)).sum()
  }),
  'of a branch of three': curve((y, x) =>
    switchCase(x.sum().add(7), [() => y.mul(y), () => y.exp(), () => y.neg()]).sum(),
  ),
  'of a counted loop': curve((y) => forLoop(0, 4, (_, s) => s.mul(y).add(s), y).sum()),
  'of a counted loop that begins again for each pass': curve((y) =>
    forLoop(0, 4, (_, s) => s.mul(y).add(s), y, { checkpoint: true }).sum(),
  ),
  'of a loop in a loop that computes the same in every pass': curve((y) =>
    forLoop(0, 2, () => forLoop(0, 2, (_, s) => y.mul(y.sum()).add(s.mul(0.5)), y), y).sum(),
  ),
  'of a loop of unknown length': curve((y) => repeated(y).sum()),
  'of a loop of no pass': curve((y, x) =>
    forLoop(tensor(0), tensor(0), (_, s) => s.mul(y).add(x), y)
      .add(y)
      .sum(),
  ),
  'of a loop that overwrites what it carries': curve((y, x) => {
    const { a, b } = forLoop(0, 3, (i, s) => ({ a: s.b.mul(y), b: x.mul(i) }), { a: y, b: y })
    return a.add(b.mul(2)).sum()
  }),
  'of one result of two, which comes from the other': curve((y) => {
    const { b } = forLoop(0, 3, (_, s) => ({ a: s.a.mul(y), b: s.a.square() }), { a: y, b: y })
    return b.sum()
  }),
  'of values that are the same twice': curve((y) => {
    const [a, b] = forLoop(
      0,
      3,
      (_, [p, q]) => {
        const next = p.mul(q).add(y)
        return [next, next] as [Tensor, Tensor]
      },
      [y, y] as [Tensor, Tensor],
    )
    return a.mul(3).add(b).add(a.mul(b)).sum()
  }),
  'of a scan': curve((y) => {
    const [s, ys] = scan(
      (s: Tensor, z: Tensor) => [s.mul(z).add(1), s.mul(y.sum())] as const,
      tensor(0.3, { dtype: y.dtype }),
      y,
    )
    return s.add(ys.square().sum())
  }),
  'of a scan backwards': curve((y) => {
    const [s, ys] = scan(
      (s: Tensor, z: Tensor) => [s.mul(z).sin(), s.add(z)] as const,
      tensor(0.3, { dtype: y.dtype }),
      y,
      {
        reverse: true,
      },
    )
    return s.mul(ys).sum()
  }),
  'of a branch in a loop that only compares what it reads': curve((y, x) =>
    forLoop(
      0,
      2,
      (_, s) =>
        cond(
          x.sum().greater(0),
          () => where(y.greater(0.37), s, s.mul(2)),
          () => s.mul(3),
        ),
      y.exp(),
    ).sum(),
  ),
  'of a branch in a loop': curve((y) =>
    forLoop(
      0,
      4,
      (i, s) =>
        cond(
          i.greater(1),
          () => s.mul(y),
          () => s.add(1),
        ),
      y.exp(),
    ).sum(),
  ),
  'of a loop in a branch in a loop': curve((y, x) =>
    forLoop(
      0,
      3,
      (i, s) =>
        cond(
          x.sum().add(i).greater(0),
          () => forLoop(0, 2, (_, t) => t.mul(y).sin(), s),
          () => s.mul(0.5),
        ),
      y,
    ).sum(),
  ),
  'of detached values': curve((y) => forLoop(0, 3, (_, s) => s.detach().mul(y).add(s), y).sum()),
  'of a gradient inside a loop': curve((y) =>
    forLoop(0, 3, (_, s) => s.sub(grad((t: Tensor) => t.sin().mul(y).sum())(s).mul(0.1)), y).sum(),
  ),
}

/** Second derivatives. */
export const secondGradients: Readonly<Record<string, Program>> = Object.fromEntries(
  Object.entries({
    cond: (y: Tensor) =>
      cond(
        y.sum().greater(0),
        () => y.mul(y).mul(y),
        () => y.exp(),
      ).sum(),
    forLoop: (y: Tensor) => forLoop(0, 3, (_, s) => s.mul(y), y).sum(),
    scan: (y: Tensor) => {
      const [s, ys] = scan(
        (s: Tensor, z: Tensor) => [s.mul(z).add(1), s.mul(z)] as const,
        tensor(0.3, { dtype: y.dtype }),
        y,
      )
      return s.add(ys.square().sum())
    },
    whileLoop: (y: Tensor) => repeated(y).sum(),
  }).map(([name, f]) => [`of ${name}`, pure((x) => grad((z: Tensor) => grad(f)(z).mul(z).sum())(x.mul(0.5)))]),
)
