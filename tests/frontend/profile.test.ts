import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  crossEntropy,
  gather,
  hybridize,
  manualSeed,
  matmul,
  nn,
  ones,
  optim,
  randint,
  randn,
  tensor,
  type HybridizeOptions,
  type Profile,
  type Tensor,
} from '../../src/index.ts'
import { deviceArena } from '../../src/runtime/arena.ts'
import { workerPool } from '../../src/runtime/worker-pool.ts'
import { programs } from './programs.ts'
import { sameTwice } from './twice.ts'

// Calls wait for workers, so that a call on two threads is one.
beforeAll(() => void (workerPool.isPatient = true))
afterAll(() => void (workerPool.isPatient = false))

type Mode = Pick<HybridizeOptions, 'target' | 'threads'>
const modes: readonly (readonly [string, Mode])[] = [
  ['wasm', { target: 'wasm', threads: 1 }],
  ['wasm on two threads', { target: 'wasm', threads: 2 }],
  ['js', { target: 'js' }],
]

interface TraceEvent {
  readonly ph: string
  readonly name: string
  readonly cat?: string
  readonly tid: number
  readonly ts: number
  readonly dur: number
  readonly args: Readonly<Record<string, unknown>>
}
const eventsOf = (profile: Profile): TraceEvent[] =>
  (JSON.parse(profile.chromeTrace()) as { traceEvents: TraceEvent[] }).traceEvents

/** Losses of some steps of a small classifier, and the function that made them. */
function train(steps: number, options: HybridizeOptions) {
  manualSeed(3)
  const net = nn.sequential(nn.linear(64, 96), nn.relu(), nn.linear(96, 10))
  const optimizer = optim.adam(net.parameters(), { lr: 0.01 })
  const fast = hybridize(function trainStep(x: Tensor, y: Tensor) {
    const loss = crossEntropy(net.forward(x), y)
    loss.backward()
    optimizer.step()
    return loss
  }, options)
  const [x, y] = [randn([48, 64]), randint(0, 10, [48])]
  const losses = Array.from({ length: steps }, () => fast(x, y).item())
  return { fast, losses }
}

// First, while the memory is not shared yet.
test('a program goes on being profiled after the memory has become shared', () => {
  const fast = hybridize((x: Tensor) => x.mul(2).sum(), { profile: true, threads: 1 })
  for (let call = 0; call < 2; call++) fast(ones([7]))
  expect(deviceArena().isShared).toBe(false)
  train(2, { threads: 2, splitFrom: 1 })
  expect(deviceArena().isShared).toBe(true)
  expect(fast(ones([7])).item()).toBe(14)
  const [program] = fast.profile().programs
  expect(program!.calls).toBe(2)
  expect(program!.rows.every(({ minMs, maxMs }) => minMs >= 0 && maxMs < 60_000)).toBe(true)
})

describe.each(modes)('%s', (_, mode) => {
  test('a profile has a row for each kernel, for copies, and for what is between', () => {
    const { fast } = train(4, { ...mode, profile: true })
    const profile = fast.profile()
    expect(profile.functionName).toBe('trainStep')
    const [program] = profile.programs
    expect(profile.programs).toHaveLength(1)
    expect(program).toMatchObject({ signature: '(float32[48, 64], int32[48])', calls: 3, threads: mode.threads ?? 1 })
    const { kernels } = fast.explain().specialisations[0]!
    expect(program!.rows.map(({ name }) => name)).toEqual([
      'arguments',
      ...kernels.map(({ name }) => name),
      'results',
      'between kernels',
    ])
    const kernelRows = program!.rows.filter(({ kind }) => kind === 'kernel')
    expect(kernelRows.map(({ ops, sources }) => ({ ops, sources }))).toEqual(
      kernels.map(({ ops, sources }) => ({ ops, sources })),
    )
    expect(kernelRows.flatMap(({ sources }) => sources).join('\n')).toMatch(/profile\.test\.ts:\d+:\d+/)
    expect(program!.rows[0]!.bytes).toBe(4 * (48 * 64 + 48))
    expect(program!.rows.find(({ name }) => name === 'results')!.bytes).toBe(4)
  })

  test('rows add up to the calls', () => {
    const [program] = train(4, { ...mode, profile: true }).fast.profile().programs
    const sum = (of: (row: (typeof rows)[number]) => number): number => rows.reduce((total, row) => total + of(row), 0)
    const { rows } = program!
    expect(sum(({ totalMs }) => totalMs)).toBeCloseTo(program!.totalMs, 6)
    expect(sum(({ share }) => share)).toBeCloseTo(1, 6)
    for (const { calls, meanMs, minMs, maxMs, totalMs, slowestThreadMs, kind } of rows) {
      expect(calls).toBe(3)
      expect(meanMs).toBeCloseTo(totalMs / 3, 9)
      expect(minMs).toBeLessThanOrEqual(meanMs + 1e-9)
      expect(maxMs).toBeGreaterThanOrEqual(meanMs - 1e-9)
      if (kind === 'kernel') expect(slowestThreadMs).toBeGreaterThanOrEqual(meanMs - 1e-9)
    }
  })

  test('the same bits come out with and without', () => {
    expect(train(5, { ...mode, profile: true }).losses).toEqual(train(5, mode).losses)
  })

  test('a check that fails is the same error, and the call is not counted', () => {
    const fast = hybridize((at: Tensor) => gather(ones([300]).mul(2), at), { ...mode, profile: true })
    const at = (last: number): Tensor => tensor([0, 1, last], { dtype: 'int32' })
    fast(at(2))
    fast(at(3))
    expect(() => fast(at(300))).toThrow(expect.objectContaining({ code: 'INDEX_OUT_OF_RANGE' }))
    expect(fast.profile().programs[0]!.calls).toBe(1)
    expect(fast(at(4)).toArray()).toEqual([2, 2, 2])
    expect(fast.profile().programs[0]!.calls).toBe(2)
  })
})

const some = ['a training step', 'random numbers', 'results that are arguments', 'no result', 'gradients inside']
test.each(some)('%s: profiled, the bits are those of eager calls', (name) => {
  for (const target of ['wasm', 'js'] as const) {
    const fast = sameTwice({ ...programs[name]!, options: { profile: true } }, target)
    const calls = fast.profile().programs.map((program) => program.calls)
    expect(calls.reduce((a, b) => a + b, 0)).toBe(fast.stats.compiledCalls)
  }
})

test('work is counted: two operations for each product of a contraction, bytes once', () => {
  const fast = hybridize((a: Tensor, b: Tensor) => matmul(a, b), { profile: true })
  for (let call = 0; call < 2; call++) fast(ones([30, 50]), ones([50, 10]))
  const [, kernel] = fast.profile().programs[0]!.rows
  expect(kernel).toMatchObject({ flops: 2 * 30 * 50 * 10, bytes: 4 * (30 * 50 + 50 * 10 + 30 * 10) })
  expect(kernel!.gflops).toBeCloseTo(kernel!.flops! / kernel!.slowestThreadMs / 1e6, 6)
})

test('it prints as a table, those that take longest first', () => {
  const { fast } = train(3, { profile: true })
  const [heading, columns, ...rows] = String(fast.profile()).split('\n')
  expect(heading).toMatch(
    /^trainStep\(float32\[48, 64\], int32\[48\]\): 2 compiled calls, [\d.]+ [mµ]s each, one thread$/,
  )
  expect(columns!.trim().split(/ +/)).toEqual(['share', 'mean', 'least', 'GFLOP/s', 'GB/s', 'kernel', 'lines'])
  expect(rows).toHaveLength(fast.profile().programs[0]!.rows.length)
  const shares = rows.map((row) => Number.parseFloat(row))
  expect(shares).toEqual(shares.toSorted((a, b) => b - a))
  expect(rows.join('\n')).toMatch(/ k0_matmul\w* +profile\.test\.ts:\d+/)
  expect(String(hybridize(function idle() {}, { profile: true }).profile())).toBe('idle: no compiled program yet')
})

describe('the trace', () => {
  test('has an event for each part of the latest 16 calls, inside its call', () => {
    const { fast } = train(21, { profile: true })
    const profile = fast.profile()
    const events = eventsOf(profile)
    expect(events.filter(({ ph }) => ph === 'M').map(({ args }) => args['name'])).toEqual(['trainStep', 'caller'])
    const calls = events.filter(({ cat }) => cat === 'call')
    expect(calls).toHaveLength(16)
    expect(calls[0]!.ts).toBe(0)
    const { rows } = profile.programs[0]!
    const parts = events.filter(({ cat }) => cat === 'kernel' || cat === 'copy')
    expect(parts).toHaveLength(16 * (rows.length - 1))
    const contains = (call: TraceEvent, part: TraceEvent): boolean =>
      call.ts <= part.ts + 1e-3 && part.ts + part.dur <= call.ts + call.dur + 1e-3
    for (const part of parts) expect(calls.filter((call) => contains(call, part))).not.toEqual([])
    expect(events.find(({ name }) => name.startsWith('k0'))!.args['sources']).toMatch(/profile\.test\.ts:\d+/)
  })

  test('shows the kernels that each thread ran', () => {
    const { fast } = train(4, { threads: 2, splitFrom: 1, profile: true })
    const events = eventsOf(fast.profile())
    const split = fast.explain().specialisations[0]!.kernels.filter(({ isSplit }) => isSplit)
    expect(split).not.toEqual([])
    const onWorker = events.filter(({ cat, tid }) => cat === 'kernel' && tid === 1)
    expect(new Set(onWorker.map(({ name }) => name))).toEqual(new Set(split.map(({ name }) => name)))
    expect(events.filter(({ ph, tid }) => ph === 'M' && tid === 1)[0]!.args['name']).toBe('worker 1')
    // One clock for all threads: workers run their kernels while a call is under way.
    const calls = events.filter(({ cat }) => cat === 'call')
    const last = calls.at(-1)!
    for (const { ts, dur } of onWorker) {
      expect(ts).toBeGreaterThanOrEqual(0)
      expect(ts + dur).toBeLessThanOrEqual(last.ts + last.dur + 1e-3)
    }
  })
})

test('reset forgets the calls so far; a profile taken before keeps them', () => {
  const { fast } = train(3, { profile: true })
  const before = fast.profile()
  fast.profile.reset()
  expect(fast.profile().programs[0]).toMatchObject({ calls: 0, totalMs: 0 })
  expect(fast.profile().programs[0]!.rows.every(({ calls, meanMs, share }) => calls + meanMs + share === 0)).toBe(true)
  expect(String(fast.profile())).toMatch(/: 0 compiled calls/)
  expect(eventsOf(fast.profile()).filter(({ ph }) => ph === 'X')).toEqual([])
  expect(before.programs[0]!.calls).toBe(2)
  expect(eventsOf(before).filter(({ cat }) => cat === 'call')).toHaveLength(2)
})

test('each form of arguments has a program of its own', () => {
  const fast = hybridize((x: Tensor) => x.mul(2).sum(), { profile: true })
  for (const size of [3, 5, 3, 5, 5]) fast(ones([size]))
  expect(fast.profile().programs.map(({ signature, calls }) => [signature, calls])).toEqual([
    ['(float32[5])', 2],
    ['(float32[3])', 1],
  ])
})

test('without the option the program has no marks', () => {
  const { fast } = train(2, {})
  const { fast: profiled } = train(2, { profile: true })
  expect(fast.source('wat')).not.toContain('clock')
  expect(fast.source('js')).not.toContain('performance')
  expect(profiled.source('wat')).toContain('(import "clock" "now" (func $now (result f64)))')
  expect(profiled.source('js')).toContain('performance.now()')
  expect(() => fast.profile()).toThrow(expect.objectContaining({ code: 'NOT_PROFILED' }))
  expect(() => fast.profile.reset()).toThrow(expect.objectContaining({ code: 'NOT_PROFILED' }))
  // @ts-expect-error a number is no choice
  expect(() => hybridize(() => {}, { profile: 1 })).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }))
})

test('a function that stays eager has a profile without programs', () => {
  const fast = hybridize((x: Tensor) => x.sum().item(), { profile: true })
  fast(ones([3]))
  fast(ones([3]))
  expect(fast.profile().programs).toEqual([])
})

test('calls under an outer tape are profiled, their backward pass is not', () => {
  const w = tensor([1, 2, 3], { requiresGrad: true })
  const fast = hybridize((x: Tensor) => x.mul(w).sum(), { profile: true })
  for (let call = 0; call < 3; call++) fast(ones([3])).backward()
  expect(w.grad!.toArray()).toEqual([3, 3, 3])
  expect(fast.profile().programs.map(({ calls }) => calls)).toEqual([2])
})
