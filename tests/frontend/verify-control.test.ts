import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  add,
  assign,
  cond,
  debug,
  forLoop,
  hybridize,
  manualSeed,
  rand,
  scan,
  switchCase,
  tensor,
  variable,
  whileLoop,
  type GryphError,
  type Tensor,
} from '../../src/index.ts'
import type * as controlGradient from '../../src/autograd/control-gradient.ts'
import type { VerifyError } from '../../src/frontend/parity/verify-error.ts'
import type * as applying from '../../src/frontend/control/apply-control.ts'
import { isNode, type Graph } from '../../src/ir/graph.ts'
import { add as plus } from '../../src/ops/calls/index.ts'
import { mapGraph } from '../../src/rewrite/map-graph.ts'
import { transformedText, valueIn } from '../transform/run-transformed.ts'

const withSwappedSubtractions = (region: Graph): Graph =>
  mapGraph(region, (value) =>
    isNode(value) && value.op === 'sub' ? { ...value, operands: value.operands.toReversed() } : value,
  )

/** What is wrong in how control functions are recorded. */
const faults = vi.hoisted(() => ({ inRegions: false, inGradients: false }))

vi.mock('../../src/frontend/control/apply-control.ts', async (load) => {
  const original = await load<typeof applying>()
  const applyControl: typeof original.applyControl = (spec, ...rest) => {
    const regions = faults.inRegions ? spec.regions.map(withSwappedSubtractions) : spec.regions
    return original.applyControl({ ...spec, regions }, ...rest)
  }
  return { ...original, applyControl }
})
vi.mock('../../src/autograd/control-gradient.ts', async (load) => {
  const original = await load<typeof controlGradient>()
  const pullBackControl: typeof original.pullBackControl = (parts, given, apply) => {
    if (!faults.inGradients) return original.pullBackControl(parts, given, apply)
    const cotangents = given.cotangents.map((sum) => sum && { ...sum, cotangent: plus(sum.cotangent, sum.cotangent) })
    return original.pullBackControl(parts, { ...given, cotangents }, apply)
  }
  return { ...original, pullBackControl }
})

afterEach(() => {
  faults.inRegions = faults.inGradients = false
  vi.restoreAllMocks()
})

function failureOf(call: () => unknown): VerifyError {
  try {
    call()
  } catch (error) {
    expect((error as GryphError).code).toBe('VERIFY_FAILED')
    return error as VerifyError // its code says so
  }
  throw new Error('nothing was thrown')
}

const x = tensor([1, 2, 3])

describe('A fault in how control flow is recorded', () => {
  test('is found in a branch, and bisect names it and its line, not a pass or a kernel', () => {
    faults.inRegions = true
    const f = (given: Tensor): Tensor => {
      const first = cond(
        given.sum().greater(100),
        () => given,
        () => given.neg(),
      )
      return forLoop(0, 2, (_, state) => tensor([5, 5, 5]).sub(state), first)
    }
    const fast = hybridize(f, { verify: 1 })
    expect(() => fast(x), 'the recorded call is not compared').not.toThrow()
    const error = failureOf(() => fast(x))
    expect(error.message).toMatch(/result differs at \[0\]: eager -1, compiled /)
    const finding = error.bisect()
    expect(finding).toMatchObject({ cause: 'recording', pass: undefined, kernel: undefined, documented: undefined })
    expect(finding.op).toMatch(/^forLoop at .*verify-control\.test\.ts:\d+:\d+, or cond at .*verify-control/)
    expect(finding.source).toMatch(/verify-control\.test\.ts:\d+:\d+$/)
    expect(String(finding)).toMatch(/ {2}cause: recording\n {2}op: forLoop at /)
    expect(fast.bisect(x)).toMatchObject({ cause: 'recording' })
  })

  test('is found in a gradient, with what is documented of those; no state has changed', () => {
    faults.inGradients = true
    const w = variable([1, 1, 1], { requiresGrad: true })
    const f = (given: Tensor): Tensor => {
      w.grad = null
      const loss = whileLoop(
        (state) => state.sum().less(50),
        (state) => state.mul(2).mul(w),
        given,
      ).sum()
      loss.backward()
      return loss
    }
    const fast = hybridize(f, { verify: 1 })
    fast(x)
    const before = w.grad!.toArray()
    const error = failureOf(() => fast(x))
    expect(error.message).toMatch(/the gradient of a f32\[3\] differs .*docs\/assumptions\.md lists/)
    expect(w.grad!.toArray()).toEqual(before)
    expect(error.bisect()).toMatchObject({ cause: 'recording', op: expect.stringMatching(/whileLoop/) as unknown })
  })
})

type Program = () => (given: Tensor) => unknown

const programs: readonly (readonly [what: string, make: Program])[] = [
  [
    'nested loops with random numbers, state and prints inside',
    () => {
      const count = variable(0, { dtype: 'int32' })
      const total = variable([0, 0, 0])
      return (given) =>
        forLoop(
          0,
          2,
          (i, outer) =>
            whileLoop(
              (state) => state.sum().less(20),
              (state) => {
                assign(count, count.add(1))
                assign(total, total.add(state))
                debug.print('state', state)
                return state
                  .add(rand([3]))
                  .mul(1.5)
                  .add(i)
              },
              outer.mul(0.5),
            ),
          given,
        )
    },
  ],
  [
    'scan and switchCase, with gradients of parameters and of what the caller computed',
    () => {
      const w = variable([0.5, -1, 2], { requiresGrad: true })
      const caller = variable([1, 1, 1], { requiresGrad: true })
      const inner = hybridize(
        (given: Tensor) => {
          w.grad = null
          const [last, all] = scan((sum: Tensor, row: Tensor) => [sum.mul(w).add(row), sum.mul(row)], given, given)
          const branches = [() => last.sum(), () => last.mul(w).sum(), () => all.sum()]
          const picked = switchCase(last.greater(1).cast('int32').sum(), branches)
          picked.backward()
          return { picked, all, grad: w.grad }
        },
        { verify: 1 },
      )
      return (given) => inner(given.mul(caller))
    },
  ],
  [
    'a parameter that only the branch not taken reaches: null in eager code, zeros compiled',
    () => {
      const [w, v] = [variable([1, 2, 3], { requiresGrad: true }), variable([1, 2, 3], { requiresGrad: true })]
      return (given) => {
        w.grad = v.grad = null
        const loss = cond(
          given.sum().greater(0),
          () => given.mul(w).sum(),
          () => given.mul(v).sum(),
        )
        loss.backward()
        return loss
      }
    },
  ],
  [
    'loops without a pass, and branches that give on what they are given',
    () => (given) => [
      forLoop(given.sum().cast('int32'), 0, (_, n) => add(n, 1), 0 as number | Tensor),
      whileLoop(
        (state) => state.sum().less(-100),
        (state) => state.mul(2),
        given,
      ),
      cond(
        given.sum().greater(0),
        (a) => a,
        (a) => a.neg(),
        given,
      ),
    ],
  ],
  [
    'native loops and branches',
    () => {
      const w = variable([1, 1, 1], { requiresGrad: true })
      const text = transformedText(`function f(given) {
        'use hybrid'
        let state = given, n = 0
        while (state.sum().less(40)) {
          if (state.sum().greater(10)) state = state.mul(w).mul(1.5)
          else state = state.add(rand([3]).add(1))
          n++
        }
        for (const row of given) state = state.add(row)
        w.grad = null
        state.mul(w).sum().backward()
        return { state, n }
      }`)
      return valueIn(text, 'f', { rand, w }) as (given: Tensor) => unknown // as written
    },
  ],
]

test.each(programs)('No difference is found in %s', (_, make) => {
  vi.spyOn(console, 'log').mockImplementation(() => {})
  manualSeed(3)
  const f = make()
  const fast = hybridize(f, { verify: 1 })
  for (let i = 0; i < 2; i++) for (const given of [x, tensor([-1, 0.5, 2])]) fast(given)
  expect(fast.stats.verifiedCalls).toBeGreaterThan(0)
})
