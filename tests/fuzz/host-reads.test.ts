import { expect, test, vi } from 'vitest'
import { hybridize } from '../../src/index.ts'
import { differenceOf } from './compare.ts'
import { instantiate, outcomesOf } from './execute.ts'
import { programText } from './print-program.ts'
import type { Program } from './program.ts'
import { randomProgram } from './random-program.ts'
import { reduceProgram } from './reduce.ts'
import { Random } from './random.ts'
import { typesOf } from './trace.ts'

const factor = Number(process.env['GRYPH_FUZZ_RUNS'] ?? 1)
const seed = Number(process.env['GRYPH_FUZZ_SEED'] ?? 20_260_101)
const programCount = Math.ceil(300 * factor)
/** The first is recorded, the second runs op by op, from the third on segments run. Indices may be out of range in the third. */
const callCount = 5

/** The program with reads of values, most of them just after they were made. */
function withReads(program: Program, random: Random): Program {
  const types = typesOf(program)
  const count = 1 + random.below(4)
  const reads = Array.from({ length: count }, () => {
    const after = random.below(program.steps.length)
    const known = types.flatMap((type, i) => (type && i <= after ? [i] : []))
    const value = random.chance(0.6) ? known.at(-1) : known[random.below(Math.max(1, known.length))]
    return { after, value: value ?? -1 }
  })
  return { ...program, reads: reads.filter(({ value }) => value >= 0), readsResults: random.chance(0.3) }
}

let segmentCalls = 0

function faultOf(program: Program, target: 'wasm' | 'js'): string | undefined {
  const [eager, lazy] = [instantiate(program), instantiate(program)]
  try {
    const expected = outcomesOf(program, eager, eager.fn, callCount)
    const fast = hybridize(lazy.fn, { target })
    const outcomes = outcomesOf(program, lazy, fast, callCount)
    segmentCalls += fast.stats.segmentCalls
    return differenceOf(expected, outcomes)
  } catch (error) {
    return error instanceof Error ? `${error.stack ?? error.message}` : String(error)
  }
}

test(
  'random programs with host reads give the bits, and the reads in the order, of eager calls',
  { timeout: 480_000 * Math.max(1, factor) },
  async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
    for (let i = 0; i < programCount; i++) {
      const random = new Random(seed + i)
      const program = withReads(randomProgram(seed * 7 + i, 1 + random.below(random.chance(0.1) ? 70 : 25)), random)
      const target = random.chance(0.8) ? 'wasm' : 'js'
      const fault = faultOf(program, target)
      if (fault !== undefined) {
        const kind = fault.slice(0, 24)
        const smallest = await reduceProgram(
          program,
          typesOf,
          async (candidate) => faultOf(candidate, target)?.slice(0, 24) === kind,
        )
        const text = programText(smallest, { target, withoutPasses: [] })
        expect.fail(`program ${i} (GRYPH_FUZZ_SEED=${seed}), ${target}: ${faultOf(smallest, target)}\n${text}`)
      }
      await new Promise((resolve) => setImmediate(resolve))
    }
    warn.mockRestore()
    expect(segmentCalls).toBeGreaterThan(programCount)
  },
)
