import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  assign,
  debug,
  hybridize,
  tensor,
  variable,
  type GryphError,
  type Hybridized,
  type Tensor,
} from '../../src/index.ts'

afterEach(() => vi.restoreAllMocks())

const x = tensor([1, 2, 3])

function makeStep(): { step: (given: Tensor, batch: { rate: number }) => { loss: Tensor }; w: Tensor } {
  const w = variable([1, 1, 1])
  const step = (given: Tensor, batch: { rate: number }): { loss: Tensor } => {
    const scaled = given.mul(w)
    const error = scaled.sub(2)
    const loss = error.square().sum()
    debug.breakpoint(loss.greater(100))
    assign(w, w.sub(error.mul(batch.rate)))
    return { loss }
  }
  return { step, w }
}

describe.each(['wasm', 'js'] as const)('Walking through a program for %s', (target) => {
  test('shows every value under the name and the line that it has in the function', () => {
    const { step, w } = makeStep()
    const fast = hybridize(step, { target, withoutPasses: ['fusion'] })
    fast(x, { rate: 0.5 })
    const before = [...w.data()]
    const walk = debug.step(fast, x, { rate: 0.25 })
    const values = [...walk].flatMap((each) => each.values)
    const named = (name: string): unknown => values.find((value) => value.name === name)?.value.toArray()
    const scaled = before.map((each, i) => each * (i + 1))
    expect(named('scaled')).toEqual(scaled)
    expect(named('error')).toEqual(scaled.map((each) => each - 2))
    expect(values.find(({ name }) => name === 'loss')).toMatchObject({
      op: 'sum',
      isStored: true,
      source: expect.stringMatching(/debug-step\.test\.ts:\d+:\d+$/),
    })
    expect(walk.result).toMatchObject({ loss: expect.anything() })
    expect([...w.data()], 'nothing has changed').toEqual(before)
    const { loss } = fast(x, { rate: 0.25 })
    expect((walk.result as { loss: Tensor }).loss.toArray()).toEqual(loss.toArray())
  })

  test('shows values that a kernel keeps in registers, and the state so far', () => {
    const { step } = makeStep()
    const fast = hybridize(step, { target })
    fast(x, { rate: 0.5 })
    const steps = [...debug.step(fast, x, { rate: 0.25 })]
    const [first] = steps
    const inRegisters = steps.flatMap(({ values }) => values).filter(({ isStored }) => !isStored)
    expect(inRegisters.map(({ name }) => name)).toContain('scaled')
    expect(first!.state()['state0']).toBeDefined()
    expect(steps.map(({ index }) => index)).toEqual(steps.map((_, i) => i))
  })

  test('stops at a breakpoint whose condition holds', () => {
    const { step } = makeStep()
    const fast = hybridize(step, { target })
    fast(x, { rate: 0 })
    const stopsFor = (given: Tensor): string[] =>
      [...debug.step(fast, given, { rate: 0 })].flatMap(({ breakpoint }) => breakpoint ?? [])
    expect(stopsFor(x)).toEqual([])
    expect(stopsFor(tensor([1, 2, 30]))).toEqual([expect.stringMatching(/debug-step\.test\.ts:\d+:\d+$/)])
  })

  test('ends with the error of a check that fails', () => {
    const fast = hybridize((given: Tensor) => debug.checkFinite(given.log()).sum(), { target })
    fast(x)
    const failing = debug.step(fast, tensor([1, -1, 2]))
    expect(() => [...failing]).toThrow(expect.objectContaining({ code: 'NOT_FINITE' }))
  })
})

describe('In a terminal', () => {
  const lines: string[] = []
  const print = (line: string): void => void lines.push(line)
  async function* typed(text: string): AsyncGenerator<string> {
    yield* text
  }
  const program = (): Hybridized<(given: Tensor) => Tensor> => {
    const fast = hybridize(
      function calm(given: Tensor) {
        const doubled = given.mul(2)
        debug.breakpoint()
        return doubled.exp().sum()
      },
      { withoutPasses: ['fusion'] },
    )
    fast(x)
    return fast
  }
  afterEach(() => void lines.splice(0))

  test('keys go to the next kernel, to a breakpoint, or out', async () => {
    const fast = program()
    const walk = debug.step(fast, x)
    await walk.show({ keys: typed('q'), print })
    expect(lines).toHaveLength(2)
    lines.splice(0)
    await walk.show({ keys: typed('nq'), print })
    expect(lines).toHaveLength(3)
    lines.splice(0)
    await walk.show({ keys: typed('cc'), print })
    expect(lines).toHaveLength(1 + walk.kernels)
  })

  test('every value has a line; without a terminal all are listed', async () => {
    const fast = program()
    await debug.step(fast, x).show({ print })
    expect(lines[0]).toBe('calm: 3 kernels')
    expect(lines[1]).toMatch(
      /^0 {2}k0_mul {2}breakpoint \(.*\)\n {4}doubled = tensor\(\[2\., 4\., 6\.\], dtype=float32\) {2}\(.*:\d+:\d+\)$/,
    )
  })
})

test('debug.step takes what hybridize made, called with such arguments before', () => {
  const codeOf = (call: () => unknown): string | undefined => {
    try {
      call()
      return undefined
    } catch (error) {
      return (error as GryphError).code // tests look at the code
    }
  }
  expect(codeOf(() => debug.step((() => x) as Hybridized<() => Tensor>))).toBe('FUNCTION_EXPECTED')
  const fast = hybridize((given: Tensor) => given.exp())
  expect(codeOf(() => debug.step(fast, x))).toBe('NOT_COMPILED')
})
