import { describe, expect, test } from 'vitest'
import { cond, forLoop, hybridize, scan, tensor, variable, whileLoop, type Tensor } from '../../src/index.ts'
import { check, type Scenario } from './both-modes.ts'

const zero = tensor([0, 0])
const two = (a: Tensor, t: Tensor, change: () => void): Tensor => {
  const [end] = whileLoop(
    ([, n]) => n!.less(t),
    ([b, n]) => {
      change()
      return [b!.mul(2), n!.add(1)]
    },
    [a, tensor(0)],
  )
  return end!
}

/** What a function of one number gives for 0 and 3, and what it leaves in a variable. */
const of =
  (fn: (w: Tensor, t: Tensor) => unknown): Scenario =>
  (wrap, note) => {
    const w = variable([1, 2])
    const fast = wrap((t: Tensor) => fn(w, t))
    for (const passes of [0, 3, 0, 3]) {
      note(() => fast(tensor(passes)))
      note(() => w)
    }
  }

describe('variables in branches and loops have the bits of eager JavaScript', () => {
  const programs: Record<string, (w: Tensor, t: Tensor) => unknown> = {
    'a copy carried on while the variable changes': (w, t) => two(w.clone(), t, () => w.add_(1)),
    'a loop that begins with a variable, which gets the result': (w, t) => {
      const end = two(w, t, () => {})
      w.assign(end)
      return end.add(w)
    },
    'a loop that begins with a variable, read before it changes': (w, t) => {
      const end = two(w, t, () => {}).add(1)
      w.add_(1)
      return end
    },
    'a variable that the loop changes and ends its passes with': (w, t) =>
      forLoop(
        0,
        t,
        () => {
          w.add_(1)
          return w
        },
        zero as Tensor,
      ).add(0),
    'a variable that the branch changes and gives': (w, t) =>
      cond(
        t.greater(1),
        () => w.add_(1),
        () => w.mul(2),
      ).add(0),
    'a variable as what each step of a scan gives': (w) =>
      scan((sum: Tensor, x: Tensor) => [sum.add(x), w.add_(x)], tensor(0), tensor([1, 2, 3])),
  }
  test.each(Object.entries(programs))('%s', (_name, fn) => check(of(fn)))
})

describe('a value that may be a variable that has changed since is an error, with the line of its use', () => {
  const programs: Record<string, (w: Tensor, t: Tensor) => unknown> = {
    'of a loop': (w, t) => {
      const end = two(w, t, () => {})
      w.add_(1)
      return end.add(0)
    },
    'of a loop, returned': (w, t) => {
      const end = forLoop(0, t, (_, a) => a.mul(2), w)
      w.add_(1)
      return end
    },
    'of a loop, inside it': (w, t) =>
      forLoop(
        0,
        t,
        (_, a) => {
          w.add_(1)
          return a.mul(2)
        },
        w,
      ),
    'of a pass, in the next': (w, t) =>
      forLoop(
        0,
        t,
        (_, a) => {
          w.add_(1)
          return cond(
            a.sum().greater(1),
            () => w,
            () => a.add(1),
          )
        },
        zero as Tensor,
      ),
    'of a branch': (w, t) => {
      const one = cond(
        t.greater(1),
        () => w,
        () => w.mul(2),
      )
      w.add_(1)
      return one.sum()
    },
    'of a branch, a view of a view': (w, t) => {
      const one = cond(
        t.greater(1),
        () => w.slice([0]),
        () => w.sum(),
      )
      const view = one.reshape([1])
      w.add_(1)
      return view.sum()
    },
    'of a branch in a branch that changes it': (w, t) =>
      cond(
        t.greater(1),
        () => {
          const one = cond(
            t.greater(2),
            () => w,
            () => w.mul(2),
          )
          w.add_(1)
          return one
        },
        () => zero as Tensor,
      ).add(0),
  }
  test.each(Object.entries(programs))('%s', (_name, fn) => {
    const w = variable([1, 2])
    const fast = hybridize((t: Tensor) => fn(w, t) as Tensor)
    for (let call = 0; call < 2; call++)
      expect(() => fast(tensor(3))).toThrow(expect.objectContaining({ code: 'MAYBE_CHANGED_VARIABLE' }))
    expect(w.toArray()).toEqual([1, 2])
  })

  test('unless nothing uses it any more', () => {
    check(
      of((w, t) => {
        const [, end] = whileLoop(
          ([, , n]) => n!.less(t),
          ([, b, n]) => {
            w.add_(1)
            return [w, b!.mul(2), n!.add(1)]
          },
          [w.mul(1), zero.add(1), tensor(0)] as Tensor[],
        )
        w.add_(1)
        return end
      }),
    )
  })
})

test('a gradient through a loop that changes a parameter after reading it is an error in both modes', () => {
  check((wrap, note) => {
    const w = variable([1, 2], { requiresGrad: true })
    const step = wrap((t: Tensor) => {
      const end = forLoop(
        0,
        t,
        (_, sum) => {
          const more = sum.add(w.mul(w))
          w.add_(1)
          return more
        },
        zero as Tensor,
      )
      end.sum().backward()
      return end
    })
    const still = wrap((t: Tensor) => t.add(1))
    for (let call = 0; call < 2; call++) {
      note(() => step(tensor(3)))
      note(() => still(tensor(3)))
    }
    note(() => w.grad)
  })
})

test('a gradient through a loop that reads copies of a variable goes on after the variable has changed', () => {
  check((wrap, note) => {
    const w = variable([1, 2])
    const p = variable([3, 4], { requiresGrad: true })
    const step = wrap((t: Tensor) => {
      const copy = w.clone()
      const end = forLoop(
        0,
        t,
        (_, sum) =>
          cond(
            sum.sum().greater(-1),
            () => sum.mul(copy).add(p),
            () => sum.mul(w.clone()),
          ),
        p.mul(0.1),
      )
      w.add_(1)
      end.sum().backward()
      return end
    })
    for (const passes of [0, 3, 1]) note(() => step(tensor(passes)))
    note(() => [w, p.grad])
  })
})
