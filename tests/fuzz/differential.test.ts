import fc from 'fast-check'
import { expect, test } from 'vitest'
import { printGraph } from '../../src/ir/print.ts'
import { allModes, findDifference, modeText, someModes, type Difference, type Mode } from './compare.ts'
import { programText } from './print-program.ts'
import type { Program } from './program.ts'
import { randomProgram } from './random-program.ts'
import { reduceProgram } from './reduce.ts'
import { checkCompilation, tracedGraph, typesOf } from './trace.ts'

/** `GRYPH_FUZZ_RUNS=20 npx vitest run tests/fuzz` tries twenty times as many programs, GRYPH_FUZZ_SEED others. */
const factor = Number(process.env['GRYPH_FUZZ_RUNS'] ?? 1)
const seed = Number(process.env['GRYPH_FUZZ_SEED'] ?? 20_260_101)
const programCount = Math.ceil(400 * factor)

/** What is wrong with the ways to compile a program, from the text of a fault in its IR to a wrong bit. */
function faultOf(program: Program, modes: readonly Mode[]): Difference | undefined {
  const graph = tracedGraph(program)
  for (const mode of graph ? modes : []) {
    try {
      checkCompilation(graph!, mode)
    } catch (error) {
      return { mode, what: error instanceof Error ? error.message : String(error) }
    }
  }
  return findDifference(program, modes)
}

/** Finalizers of arena memory only run between tasks. */
const nextTask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

async function report(program: Program, { mode, what }: Difference): Promise<string> {
  const kind = what.slice(0, 30).replaceAll(/\d+/g, '#')
  const smallest = await reduceProgram(program, typesOf, async (candidate) => {
    await nextTask()
    return faultOf(candidate, [mode])?.what.slice(0, 30).replaceAll(/\d+/g, '#') === kind
  })
  const graph = tracedGraph(smallest)
  return `${modeText(mode)}: ${faultOf(smallest, [mode])?.what ?? what}\n\n${graph ? printGraph(graph) : ''}\n${programText(smallest, mode)}\n`
}

test(
  'random programs give the same bits eager, as WebAssembly and as JavaScript, with every pass on and off',
  { timeout: 480_000 * Math.max(1, factor) },
  async () => {
    const drawn = fc.record({
      seed: fc.nat(),
      length: fc.oneof({ weight: 30, arbitrary: fc.integer({ min: 1, max: 28 }) }, fc.integer({ min: 29, max: 90 })),
      every: fc.nat(19),
    })
    const property = fc.asyncProperty(fc.noShrink(drawn), async (choice) => {
      const program = randomProgram(choice.seed, choice.length)
      const fault = faultOf(program, choice.every === 0 ? allModes : someModes(choice.seed))
      await nextTask()
      return fault === undefined
    })
    const {
      failed,
      counterexample,
      seed: usedSeed,
    } = await fc.check(property, { numRuns: programCount, seed, endOnFailure: true })
    if (!failed || !counterexample) return
    const [choice] = counterexample
    const program = randomProgram(choice.seed, choice.length)
    const fault = faultOf(program, allModes)
    expect.fail(
      `program ${choice.seed} of length ${choice.length} (GRYPH_FUZZ_SEED=${usedSeed})\n${fault ? await report(program, fault) : 'fails in company only'}`,
    )
  },
)
