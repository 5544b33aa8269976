import { GryphError, hybridize, manualSeed } from 'gryph'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { transformedText } from '../transform/run-transformed.ts'
import { callArguments, instanceOf } from './control-outcomes.ts'
import { randomControlProgram } from './control-program.ts'
import { controlText } from './control-text.ts'
import { Random } from './random.ts'

const factor = Number(process.env['GRYPH_FUZZ_RUNS'] ?? 1)
const seed = Number(process.env['GRYPH_FUZZ_SEED'] ?? 20_260_301)

beforeAll(() => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  vi.spyOn(console, 'log').mockImplementation(() => {})
})
afterAll(() => void vi.restoreAllMocks())

/** Every call twice: the first of each form is the one that is recorded. */
function failureOf(text: string): string | undefined {
  const { fn, states } = instanceOf(text)
  const fast = hybridize(fn, { verify: 1 })
  const before = states.map((state) => state.clone())
  for (const [call, args] of [...callArguments(), ...callArguments()].entries()) {
    manualSeed(5 + call)
    try {
      fast(...args)
    } catch (error) {
      if (!(error instanceof GryphError) || error.code === 'VERIFY_FAILED') return String(error)
      states.forEach((state, i) => state.assign(before[i]!))
      states[2]!.grad = null
    }
  }
  return undefined
}

test.each([
  ['calls of cond, switchCase, loops and scan', 'calls'],
  ['if, while and for on tensors', 'native'],
] as const)(
  'random programs with %s, run as JavaScript, are what verify finds in their compiled calls',
  { timeout: 240_000 * Math.max(1, factor) },
  async (_, form) => {
    for (let i = 0; i < Math.ceil(8 * factor); i++) {
      const source = controlText(randomControlProgram(new Random(seed + i * 31), form === 'native'), form)
      const failure = failureOf(form === 'native' ? transformedText(source) : source)
      if (failure !== undefined) expect.fail(`program ${i} (GRYPH_FUZZ_SEED=${seed})\n${failure}\n${source}`)
      await new Promise((resolve) => setImmediate(resolve)) // arena memory is given back between tasks
    }
  },
)
