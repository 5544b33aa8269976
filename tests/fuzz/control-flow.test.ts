import { hybridize } from 'gryph'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { optionalPasses } from '../../src/compile/pipeline.ts'
import { workerPool } from '../../src/runtime/worker-pool.ts'
import { transformedText } from '../transform/run-transformed.ts'
import { modeText, type Mode } from './compare.ts'
import { controlOutcomes, firstDifference, instanceOf } from './control-outcomes.ts'
import { randomControlProgram, type Block, type ControlProgram } from './control-program.ts'
import { controlText, type Form } from './control-text.ts'
import { Random } from './random.ts'

const factor = Number(process.env['GRYPH_FUZZ_RUNS'] ?? 1)
const seed = Number(process.env['GRYPH_FUZZ_SEED'] ?? 20_260_101)
const programCount = Math.ceil(14 * factor)

beforeAll(() => {
  workerPool.isPatient = true
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
})
afterAll(() => {
  workerPool.isPatient = false
  vi.restoreAllMocks()
})

const modesFor = (choice: number): readonly Mode[] => [
  { target: 'wasm', withoutPasses: [] },
  { target: 'js', withoutPasses: [] },
  { target: 'wasm', withoutPasses: [optionalPasses[choice % optionalPasses.length]!] },
  choice % 3 === 0
    ? { target: 'wasm', withoutPasses: [], threads: 2, splitFrom: 0 }
    : { target: choice % 2 ? 'js' : 'wasm', withoutPasses: optionalPasses },
]

/** The forms that run as they are, and compiled, against the first one run as JavaScript. */
const formsOf = { calls: ['calls'], native: ['plain', 'native'] } as const

function faultOf(program: ControlProgram, kind: keyof typeof formsOf, modes: readonly Mode[]): string | undefined {
  try {
    const texts = formsOf[kind].map((form: Form) => {
      const text = controlText(program, form)
      return { form, text: form === 'native' ? transformedText(text) : text }
    })
    const expected = controlOutcomes(instanceOf(texts[0]!.text))
    for (const { form, text } of texts) {
      if (form === 'native') {
        const found = firstDifference(expected, controlOutcomes(instanceOf(text)))
        if (found) return `${form}, as JavaScript: ${found}`
      }
      for (const mode of form === 'plain' ? modes.slice(0, 1) : modes) {
        const instance = instanceOf(text)
        const found = firstDifference(expected, controlOutcomes(instance, hybridize(instance.fn, mode)))
        if (found) return `${form}, ${modeText(mode)}: ${found}`
      }
    }
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
  return undefined
}

/** Every block with one statement less, or with the statements of a block in place of what they are in. */
function* smallerBlocks(block: Block): Generator<Block> {
  for (const [i, statement] of block.entries()) {
    yield block.toSpliced(i, 1)
    if (!('blocks' in statement)) continue
    for (const [b, inner] of statement.blocks.entries()) {
      if (!inner.some(({ kind }) => kind === 'jump')) yield block.toSpliced(i, 1, ...inner)
      for (const smaller of smallerBlocks(inner))
        yield block.with(i, { ...statement, blocks: statement.blocks.with(b, smaller) as never }) // as many blocks as before
    }
  }
}

function smallest(program: ControlProgram, isFaulty: (program: ControlProgram) => boolean): ControlProgram {
  for (const body of smallerBlocks(program.body))
    if (isFaulty({ ...program, body })) return smallest({ ...program, body }, isFaulty)
  return program
}

/** Digits and values may change on the way to a smaller program. */
const kindOf = (fault: string): string => fault.replaceAll(/-?\d+(\.\d+)?(e-?\d+)?/g, '#').slice(0, 90)

test.each([
  ['calls of cond, switchCase, loops and scan', 'calls'],
  ['if, while and for on tensors', 'native'],
] as const)(
  'random programs with %s give the bits, and the prints and reads in the order, of JavaScript',
  { timeout: 240_000 * Math.max(1, factor) },
  async (_, kind) => {
    for (let i = 0; i < programCount; i++) {
      const program = randomControlProgram(new Random(seed + i * 31), kind === 'native')
      const modes = modesFor(i)
      const fault = faultOf(program, kind, modes)
      if (fault !== undefined) {
        const isFaulty = (each: ControlProgram): boolean => {
          const found = faultOf(each, kind, modes)
          return found !== undefined && kindOf(found) === kindOf(fault)
        }
        const least = smallest(program, isFaulty)
        expect.fail(
          `program ${i} (GRYPH_FUZZ_SEED=${seed})\n${faultOf(least, kind, modes)}\n${controlText(least, formsOf[kind].at(-1)!)}`,
        )
      }
      await new Promise((resolve) => setImmediate(resolve)) // arena memory is given back between tasks
    }
  },
)
