import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  assign,
  cond,
  debug,
  forLoop,
  gather,
  grad,
  hybridize,
  scan,
  tensor,
  variable,
  whileLoop,
  type GryphError,
  type Tensor,
} from '../../src/index.ts'

let printed: string[] = []
beforeEach(() => {
  printed = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void printed.push(line.replace(/ {2}\(.*\)$/, '')))
})
afterEach(() => vi.restoreAllMocks())

const at = (...indices: number[]): Tensor => tensor(indices, { dtype: 'int32' })

/** What calls print, and how each ends. */
function story(f: (...args: never[]) => unknown, calls: readonly (readonly unknown[])[]): string[] {
  printed = []
  for (const args of calls) {
    try {
      f(...(args as never[])) // the function's own arguments
      printed.push('done')
    } catch (error) {
      printed.push((error as GryphError).code) // tests look at it
    }
  }
  return printed
}

/** Functions that print in their branches and loops, and calls of them. */
const programs: Readonly<Record<string, { make: () => (...args: never[]) => unknown; calls: readonly unknown[][] }>> = {
  'in every pass of a loop, before, and after it': {
    make: () => (x: Tensor, n: Tensor) => {
      debug.print('before', x)
      const sum = forLoop(
        0,
        n,
        (i, state: Tensor) => {
          debug.print('pass', i)
          const next = state.add(x)
          debug.print('sum', next)
          return next
        },
        x,
      )
      debug.print('after', sum)
      return sum
    },
    calls: [
      [tensor([1, 2]), at(2).reshape([])],
      [tensor([1, 2]), at(0).reshape([])],
      [tensor([3, 4]), at(3).reshape([])],
    ],
  },
  'in a branch that gives nothing': {
    make: () => (x: Tensor) =>
      cond(
        x.sum().greater(0),
        () => {
          debug.print('positive', x)
          debug.print('twice', x.mul(2))
        },
        () => {},
      ),
    calls: [[tensor([1, 2])], [tensor([-1, 0])], [tensor([3, 4])], [tensor([5, 6])]],
  },
  'in the branch that is taken': {
    make: () => (x: Tensor) => {
      const y = cond(
        x.sum().greater(0),
        () => {
          debug.print('positive', x)
          return x.mul(2)
        },
        () => {
          debug.print('negative', x.neg())
          return x
        },
      )
      debug.print('y', y)
      return y
    },
    calls: [[tensor([1, 2])], [tensor([-1, -2])], [tensor([5, -2])]],
  },
  'in branches in loops, with state that changes': {
    make: () => {
      const w = variable([1, 1])
      return (x: Tensor) => {
        debug.print('w', w)
        const end = whileLoop(
          (state: Tensor) => state.sum().less(20),
          (state: Tensor) => {
            assign(w, w.add(1))
            return cond(
              state.sum().less(8),
              () => {
                debug.print('small', state)
                return state.mul(2)
              },
              () => {
                debug.print('large', w)
                return state.add(w)
              },
            )
          },
          x,
        )
        debug.print('w at the end', w)
        return end
      }
    },
    calls: [[tensor([1, 2])], [tensor([1, 2])], [tensor([10, 20])]],
  },
  'and fails in a pass': {
    make: () => (x: Tensor, indices: Tensor) => {
      debug.print('x', x)
      const [last] = scan(
        (state: Tensor, index: Tensor): [Tensor, Tensor] => {
          debug.print('index', index)
          const picked = gather(x, index)
          debug.print('picked', picked)
          return [state.add(debug.checkFinite(picked, 'picked')), picked]
        },
        tensor(0),
        indices,
      )
      debug.print('last', last)
      return last
    },
    calls: [
      [tensor([1, 2, 3]), at(0, 1, 2)],
      [tensor([1, 2, 3]), at(0, 7, 2)],
      [tensor([1, NaN, 3]), at(0, 1, 2)],
      [tensor([1, 2, 3]), at(2, 1, 0)],
    ],
  },
  'and is differentiated': {
    make: () => (x: Tensor) =>
      grad((y: Tensor) => {
        const end = forLoop(
          0,
          3,
          (_, state: Tensor) => {
            debug.print('state', state)
            return state.mul(y)
          },
          y,
        )
        return end.sum()
      })(x),
    calls: [[tensor([1, 2])], [tensor([3, 4])]],
  },
  'and reads an element afterwards': {
    make: () => (x: Tensor) => {
      const y = cond(
        x.sum().greater(0),
        () => {
          debug.print('positive', x)
          return x.mul(2)
        },
        () => x,
      )
      debug.print('y', y)
      const sum = y.sum().item()
      debug.print('sum', sum)
      return sum
    },
    calls: [[tensor([1, 2])], [tensor([-1, -2])], [tensor([1, 2])]],
  },
}

describe.each(['wasm', 'js'] as const)('Compiled to %s, what is printed', (target) => {
  test.each(Object.entries(programs))('%s comes in the order of eager code', (_, { make, calls }) => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    const eager = story(make(), calls)
    expect(eager.length).toBeGreaterThan(2 * calls.length)
    expect(story(hybridize(make(), { target }), calls)).toEqual(eager)
  })
})

test('a failure in a pass names the line, and changes no state', () => {
  const w = variable([1, 1, 1])
  const fast = hybridize(function collect(indices: Tensor) {
    function pick(index: Tensor): Tensor {
      return gather(w, index)
    }
    assign(w, w.add(1))
    return scan(
      (state: Tensor, index: Tensor): [Tensor, Tensor] => [state.add(pick(index)), index],
      tensor(0),
      indices,
    )[0]
  })
  fast(at(0, 1))
  fast(at(0, 1))
  let message = ''
  try {
    fast(at(0, 9))
  } catch (error) {
    message = (error as Error).message
  }
  const place = String.raw`\(.*debug-regions\.test\.ts:\d+:\d+\)`
  expect(message).toMatch(
    new RegExp(String.raw`^\[gather\] index 9 is out of range .* In collect at pick ${place}, called from .*${place}`),
  )
  expect(w.toArray()).toEqual([3, 3, 3])
})

test('verify prints nothing of its own, and bisect looks into loops', () => {
  const fast = hybridize(
    (x: Tensor) =>
      forLoop(
        0,
        2,
        (i, state: Tensor) => {
          debug.print('pass', i)
          return state.mul(x).exp()
        },
        x,
      ),
    { verify: 1 },
  )
  const x = tensor([0.5, 0.25])
  for (let i = 0; i < 3; i++) fast(x)
  expect(printed).toHaveLength(6)
  expect(fast.bisect(x)).toMatchObject({ cause: 'none' })
})
