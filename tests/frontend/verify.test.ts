import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  assign,
  debug,
  gather,
  hybridize,
  manualSeed,
  nn,
  optim,
  rand,
  tensor,
  variable,
  type GryphError,
  type Tensor,
} from '../../src/index.ts'
import { bitsOf } from './twice.ts'

afterEach(() => vi.restoreAllMocks())

const x = tensor([1, 2, 3])

const errorOf = (call: () => unknown): GryphError => {
  try {
    call()
  } catch (error) {
    return error as GryphError // tests look at its code
  }
  throw new Error('nothing was thrown')
}

/** A training step with random numbers, gradients that stay, and a counter. */
function makeTraining(verify: number): { step: (x: Tensor) => Tensor; state: () => unknown } {
  manualSeed(3)
  const net = nn.linear(3, 2)
  const optimizer = optim.adam(net.parameters(), { lr: 0.1 })
  const kept = variable([1, 2], { requiresGrad: true })
  const calls = variable(0, { dtype: 'int32' })
  const step = (given: Tensor): Tensor => {
    const noisy = given.add(rand([3]))
    const loss = net.forward(noisy).mul(kept).sum()
    loss.backward()
    optimizer.step()
    assign(calls, calls.add(1))
    return loss
  }
  const fast = verify < 0 ? step : hybridize(step, { verify })
  return { step: fast, state: () => bitsOf([net.stateDict(), optimizer.stateDict(), kept.grad, calls, rand([2])]) }
}

describe('verify', () => {
  test('leaves state, gradients and random numbers as one compiled call does', () => {
    const run = (verify: number): unknown => {
      const { step, state } = makeTraining(verify)
      return Array.from({ length: 5 }, (_, i) => [bitsOf(step(tensor([i, 1, 2]))), state()])
    }
    const eager = run(-1)
    expect(run(0)).toEqual(eager)
    expect(run(1)).toEqual(eager)
    expect(run(2)).toEqual(eager)
  })

  test('compares every n-th compiled call', () => {
    const fast = hybridize((given: Tensor) => given.exp(), { verify: 3 })
    for (let i = 0; i < 10; i++) fast(x)
    expect(fast.stats).toMatchObject({ compiledCalls: 9, verifiedCalls: 3 })
  })

  test('takes NaN for NaN, and fails as the function does', () => {
    const fast = hybridize((given: Tensor, at: Tensor) => gather(given.log(), at), { verify: 1 })
    const at = tensor([0, 1], { dtype: 'int32' })
    fast(x, at)
    expect(fast(tensor([-1, 0, 1]), at).toArray()).toEqual([NaN, -Infinity])
    expect(errorOf(() => fast(x, tensor([0, 7], { dtype: 'int32' }))).code).toBe('INDEX_OUT_OF_RANGE')
  })

  test('prints what the function prints once', () => {
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    const fast = hybridize(
      (given: Tensor) => {
        debug.print('given', given)
        return given.exp()
      },
      { verify: 1 },
    )
    fast(x)
    fast(x)
    expect(log).toHaveBeenCalledTimes(2)
  })

  test('refuses what is no number of calls', () => {
    expect(errorOf(() => hybridize((given: Tensor) => given, { verify: -1 })).code).toBe('OPTION_INVALID')
  })
})

/** Something outside of the function that a recording takes as it was. */
const frozen: readonly (readonly [
  what: string,
  make: () => { f: (given: Tensor) => unknown; change: () => void },
  says: RegExp,
])[] = [
  [
    'a number',
    () => {
      let scale = 2
      return { f: (given) => given.mul(scale), change: () => (scale = 3) }
    },
    /a number was 2 when the call was recorded, and is 3 now at .*verify\.test\.ts:\d+:\d+/,
  ],
  [
    'a tensor',
    () => {
      let offset = tensor([1, 1, 1])
      return { f: (given) => given.add(offset), change: () => (offset = tensor([2, 1, 1])) }
    },
    /add uses another tensor of the enclosing scope \(f32\[3\]\) than the one recorded at .*verify\.test\.ts/,
  ],
  [
    'a variable',
    () => {
      let w = variable([1, 1, 1])
      return { f: (given) => given.add(w), change: () => (w = variable([2, 1, 1])) }
    },
    /add uses another variable \(f32\[3\]\) than the one recorded/,
  ],
  [
    'a condition',
    () => {
      let isSine = true
      return { f: (given) => (isSine ? given.sin() : given.cos()), change: () => (isSine = false) }
    },
    /the recorded call went another way: it has sin where the function has cos now/,
  ],
  [
    'a loop',
    () => {
      let passes = 1
      const f = (given: Tensor): Tensor => {
        let sum = given
        for (let i = 0; i < passes; i++) sum = sum.add(given)
        return sum
      }
      return { f, change: () => (passes = 2) }
    },
    /1 ops were recorded, and the function carries out 2 now/,
  ],
  [
    'what it returns besides',
    () => {
      let name = 'a'
      return { f: (given) => ({ name, y: given.exp() }), change: () => (name = 'b') }
    },
    /result\.name differs: eager "b", compiled "a"/,
  ],
  [
    'the form of its result',
    () => {
      let isPair = false
      return { f: (given) => (isPair ? [given.exp(), given] : [given.exp()]), change: () => (isPair = true) }
    },
    /result differs: eager an array of 2, compiled an array of 1/,
  ],
]

describe('A value that is frozen in the recording is named:', () => {
  test.each(frozen)('%s', (_, make, says) => {
    const { f, change } = make()
    const fast = hybridize(f, { verify: 1 })
    fast(x)
    fast(x)
    change()
    const error = errorOf(() => fast(x))
    expect(error.code).toBe('VERIFY_FAILED')
    expect(error.message).toMatch(says)
  })

  test('by bisect too, which compares the recording with the function as it is now', () => {
    let scale = 2
    const fast = hybridize((given: Tensor) => given.mul(scale))
    fast(x)
    expect(fast.bisect(x)).toMatchObject({ cause: 'none', difference: undefined })
    scale = 3
    const finding = fast.bisect(x)
    expect(finding).toMatchObject({ cause: 'frozen value' })
    expect(String(finding)).toMatch(
      /frozen value: a number was 2 when the call was recorded, and is 3 now {2}\(.*verify\.test/,
    )
  })
})

test('bisect needs a call that was compiled', () => {
  const fast = hybridize((given: Tensor) => given.exp())
  expect(errorOf(() => fast.bisect(x)).code).toBe('NOT_COMPILED')
})
