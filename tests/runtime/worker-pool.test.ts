import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Worker } from 'node:worker_threads'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { hybridize, randn, tensor, variable, zeros, type Tensor } from '../../src/index.ts'
import { workerPool } from '../../src/runtime/worker-pool.ts'

interface Child {
  readonly losses: readonly number[]
  readonly threads: number
  readonly workers: number
  readonly sharedRuns: number
}

let folder = ''
/** The workers that the process has started, first to last. */
const started: Worker[] = []
const onWorker = (worker: Worker): void => void started.push(worker)
/** The process tells of a worker in a later task. */
const latestWorker = async (): Promise<Worker> => {
  await new Promise((resolve) => setImmediate(resolve))
  return started.at(-1)!
}

beforeAll(async () => {
  workerPool.isPatient = true
  process.on('worker', onWorker)
  folder = mkdtempSync(join(tmpdir(), 'gryph-threads-'))
  const entry = fileURLToPath(new URL('children/threaded-training.ts', import.meta.url))
  await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile: join(folder, 'training.mjs'),
    logLevel: 'error',
  })
})
afterAll(() => {
  workerPool.isPatient = false
  process.off('worker', onWorker)
  rmSync(folder, { recursive: true, force: true })
})

/** What a process of its own printed. */
function train(threads: number, ...args: string[]): Child {
  const text = execFileSync(process.execPath, [join(folder, 'training.mjs'), String(threads), ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  return JSON.parse(text) as Child // the script prints one
}

test(
  'one thread starts no worker, and programs on more end by themselves with the same losses',
  { timeout: 120_000 },
  () => {
    const alone = train(1)
    expect(alone).toMatchObject({ threads: 1, workers: 0, sharedRuns: 0 })
    for (const threads of [2, 3]) {
      expect(train(threads)).toEqual({ losses: alone.losses, threads, workers: threads - 1, sharedRuns: 12 })
    }
  },
)

test('the rule for multiply-adds holds in workers too', { timeout: 120_000 }, () => {
  expect(train(2, 'relaxed').losses).toEqual(train(1, 'relaxed').losses)
})

/** A step that changes a large state, and may fail: its index must be below 8. */
function pickStep(threads: number): {
  step: (x: Tensor, index: Tensor) => Tensor
  state: Tensor
  reason: () => string | undefined
} {
  const state = variable(new Float32Array(65_536).fill(1), { shape: [256, 256] })
  const rows = tensor(
    Float32Array.from({ length: 8 * 256 }, (_, i) => i / 7),
    { shape: [8, 256] },
  )
  const fn = hybridize(
    (x: Tensor, index: Tensor) => {
      const picked = rows.gather(index)
      state.assign(state.mul(0.5).add(x.matmul(x)).add(picked))
      return picked.sum()
    },
    { threads, splitFrom: 0 },
  )
  return { step: fn, state, reason: () => fn.explain().specialisations[0]!.threadsReason }
}

const outcome = (run: () => unknown): unknown => {
  try {
    return run()
  } catch (error) {
    return error
  }
}

test(
  'a check that fails on any thread stops all of them, is reported once, and leaves state as it was',
  { timeout: 60_000 },
  () => {
    const x = randn([256, 256])
    const good = tensor(Int32Array.from({ length: 256 }, (_, i) => i % 8))
    for (const threads of [1, 2, 3]) {
      const { step, state } = pickStep(threads)
      step(x, good)
      step(x, good)
      // The last, the first and several threads' slices.
      for (const wrong of [[255], [0], [3, 131, 250]]) {
        const before = state.data()
        const indices = Int32Array.from({ length: 256 }, (_, i) => (wrong.includes(i) ? 100 + i : i % 8))
        const error = outcome(() => step(x, tensor(indices)))
        expect(error, `${threads} threads, ${wrong.join()}`).toMatchObject({ code: 'INDEX_OUT_OF_RANGE' })
        expect(String(error)).toContain(String(100 + wrong[0]!))
        expect(state.data()).toEqual(before)
      }
      step(x, good)
    }
  },
)

test('a program below the break-even runs on one thread and says so', () => {
  const fn = hybridize((x: Tensor) => x.add(1).sum(), { threads: 2 })
  fn(zeros([10]))
  fn(zeros([10]))
  expect(fn.explain().specialisations[0]).toMatchObject({
    threads: 1,
    barriers: 0,
    threadsReason: 'no kernel is large enough to be split',
  })
  expect(String(fn.explain())).toContain('one thread: no kernel is large enough to be split')
})

test('a JavaScript program runs on one thread and says so', () => {
  const fn = hybridize((x: Tensor) => x.matmul(x), { threads: 2, target: 'js' })
  fn(zeros([128, 128]))
  expect(fn.explain().specialisations[0]).toMatchObject({
    threads: 1,
    threadsReason: 'JavaScript programs run on one thread',
  })
})

test(
  'a worker that is killed makes the next call throw WORKER_LOST with state untouched, and the one after starts new ones',
  { timeout: 60_000 },
  async () => {
    const x = randn([256, 256])
    const index = tensor(Int32Array.from({ length: 256 }, (_, i) => i % 8))
    const expected = pickStep(1)
    const { step, state } = pickStep(2)
    const advance = (): void => {
      expected.step(x, index)
      step(x, index)
      expect(state.data()).toEqual(expected.state.data())
    }
    advance()
    advance()
    for (const kill of [(worker: Worker) => worker.terminate(), (worker: Worker) => void worker.terminate()]) {
      const before = state.data()
      await kill(await latestWorker())
      expect(outcome(() => step(x, index))).toMatchObject({
        code: 'WORKER_LOST',
        message: expect.stringMatching(/ In .+ at .*worker-pool\.test\.ts:\d+:\d+.*\.$/),
      })
      expect(state.data()).toEqual(before)
      const runsBefore = workerPool.sharedRuns
      advance()
      advance()
      expect(workerPool.sharedRuns).toBe(runsBefore + 2)
    }
  },
)

test(
  'a worker that throws makes a later call throw WORKER_LOST with state untouched, and the one after starts new ones',
  { timeout: 60_000 },
  async () => {
    const x = randn([256, 256])
    const index = tensor(Int32Array.from({ length: 256 }, (_, i) => i % 8))
    const [expected, { step, state }, other] = [pickStep(1), pickStep(2), pickStep(2)]
    for (const each of [expected.step, expected.step, step, step]) each(x, index)
    workerPool.isPatient = false
    try {
      const worker = await latestWorker()
      const died = new Promise((resolve) => worker.once('exit', resolve))
      worker.postMessage({ kind: 'load', program: -1, module: undefined })
      other.step(x, index)
      other.step(x, index) // has the worker go and see what there is to do
      await died
      const before = state.data()
      expect(outcome(() => step(x, index))).toMatchObject({ code: 'WORKER_LOST' })
      expect(state.data()).toEqual(before)
    } finally {
      workerPool.isPatient = true
    }
    const runsBefore = workerPool.sharedRuns
    for (const each of [expected.step, step]) each(x, index)
    expect(workerPool.sharedRuns).toBe(runsBefore + 1)
    expect(state.data()).toEqual(expected.state.data())
  },
)

test('many programs with different numbers of threads share the workers', { timeout: 60_000 }, () => {
  const counts = [1, 2, 3, 2, 1, 3, 4, 2]
  const programs = counts.map((threads, i) =>
    hybridize((x: Tensor) => x.matmul(x).add(i).tanh().sum(1), { threads, splitFrom: 0 }),
  )
  const inputs = counts.map((_, i) => randn([24 + 8 * i, 24 + 8 * i]))
  const expected = programs.map((program, i) => program.eager(inputs[i]!).data())
  for (let round = 0; round < 5; round++)
    programs.forEach((program, i) => expect(program(inputs[i]!).data(), `program ${i}`).toEqual(expected[i]))
  expect(workerPool.workerCount).toBe(3)
})

test('a compiled function inside another runs on the threads of the outer one', { timeout: 60_000 }, () => {
  const inner = hybridize((x: Tensor) => x.matmul(x).tanh(), { threads: 3, splitFrom: 0 })
  const outer = hybridize((x: Tensor) => inner(x).sum(0), { threads: 2, splitFrom: 0 })
  const x = randn([48, 48])
  const expected = outer.eager(x).data()
  for (let i = 0; i < 4; i++) {
    expect(outer(x).data()).toEqual(expected)
    expect(inner(x).sum(0).data()).toEqual(expected)
  }
  expect(outer.explain().specialisations[0]!.threads).toBe(2)
  expect(inner.explain().specialisations[0]!.threads).toBe(3)
})

test('calls run alone while workers start, with the same results', { timeout: 60_000 }, async () => {
  workerPool.isPatient = false
  try {
    await (await latestWorker()).terminate()
    const { step, state } = pickStep(2)
    const alone = pickStep(1)
    const x = randn([256, 256])
    const index = tensor(Int32Array.from({ length: 256 }, (_, i) => i % 8))
    outcome(() => step(x, index)) // finds the worker gone
    step(x, index)
    alone.step(x, index)
    for (let i = 0; i < 50; i++) {
      step(x, index)
      alone.step(x, index)
    }
    expect(state.data()).toEqual(alone.state.data())
  } finally {
    workerPool.isPatient = true
  }
})

test(
  'where workers cannot be started, calls run on one thread, and explain says why',
  { timeout: 60_000 },
  async () => {
    const x = randn([256, 256])
    const index = tensor(Int32Array.from({ length: 256 }, (_, i) => i % 8))
    const [expected, lost, alone] = [pickStep(1), pickStep(2), pickStep(2)]
    lost.step(x, index)
    await (await latestWorker()).terminate()
    expect(outcome(() => lost.step(x, index))).toMatchObject({ code: 'WORKER_LOST' })
    const spy = vi
      .spyOn(process.getBuiltinModule('node:worker_threads'), 'Worker')
      .mockImplementation(function refuse() {
        throw new Error('threads are not allowed here')
      })
    try {
      for (let i = 0; i < 3; i++) {
        expected.step(x, index)
        alone.step(x, index)
      }
      expect(alone.state.data()).toEqual(expected.state.data())
      expect(workerPool.unavailableBecause).toBe('threads are not allowed here')
      expect(alone.reason()).toBe('threads are not allowed here')
    } finally {
      spy.mockRestore()
      workerPool.unavailableBecause = undefined
    }
  },
)
