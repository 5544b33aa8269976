import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { workerPool } from '../../src/runtime/worker-pool.ts'
import { findDifference, modeText, type Mode } from './compare.ts'
import { programText } from './print-program.ts'
import { randomProgram } from './random-program.ts'
import { checkCompilation, tracedGraph } from './trace.ts'

const factor = Number(process.env['GRYPH_FUZZ_RUNS'] ?? 1)
const seed = Number(process.env['GRYPH_FUZZ_SEED'] ?? 20_260_101)

beforeAll(() => void (workerPool.isPatient = true))
afterAll(() => void (workerPool.isPatient = false))

/** Every kernel that can be split is, however small. */
const modes: readonly Mode[] = [2, 3].flatMap((threads) =>
  [[], ['fusion']].map((withoutPasses) => ({ target: 'wasm', withoutPasses, threads, splitFrom: 0 }) as const),
)

/** Finalizers of arena memory only run between tasks. */
const nextTask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test(
  'random programs give the same bits on two and three threads as eager',
  { timeout: 480_000 * Math.max(1, factor) },
  async () => {
    const drawn = fc.record({
      seed: fc.nat(),
      length: fc.oneof({ weight: 30, arbitrary: fc.integer({ min: 1, max: 28 }) }, fc.integer({ min: 29, max: 90 })),
    })
    const property = fc.asyncProperty(fc.noShrink(drawn), async (choice) => {
      const program = randomProgram(choice.seed, choice.length)
      const graph = tracedGraph(program)
      const mode = modes[choice.seed % modes.length]!
      if (graph) checkCompilation(graph, mode)
      const found = findDifference(program, [mode])
      if (found) expect.fail(`${modeText(mode)}: ${found.what}\n${programText(program, mode)}`)
      await nextTask()
    })
    const runsBefore = workerPool.sharedRuns
    await fc.assert(property, { numRuns: Math.ceil(150 * factor), seed, endOnFailure: true })
    expect(workerPool.sharedRuns).toBeGreaterThan(runsBefore + 50)
  },
)
