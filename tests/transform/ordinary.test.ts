import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { randomProgram } from './random-program.ts'
import { transformedText, valueIn } from './run-transformed.ts'

/** What a program does: its result, what it logged and left behind, or what it threw. */
function outcomeOf(code: string, p: number, flag: boolean): unknown {
  const log: unknown[] = []
  const o = { n: 1, flag: !flag }
  const program = valueIn(code, 'program') as (...args: unknown[]) => unknown // made of text
  let calls = 0
  const q = (): number => {
    if (++calls > 2000) throw new Error('endless')
    return calls % 3
  }
  let result: unknown
  try {
    result = program(p, flag, [3, 1, 2], o, log, q)
  } catch (error) {
    result = error instanceof Error ? `threw ${error.constructor.name}` : error
  }
  return {
    result,
    o,
    log: log.slice(0, 500).map((each) => (typeof each === 'function' ? (each as () => unknown)() : each)),
  }
}

test('with ordinary values, a transformed function does what it did before', () => {
  fc.assert(
    fc.property(randomProgram, fc.integer({ min: 0, max: 4 }), fc.boolean(), (code, p, flag) => {
      expect(outcomeOf(transformedText(code), p, flag)).toEqual(outcomeOf(code, p, flag))
    }),
    { numRuns: Number(process.env['GRYPH_TRANSFORM_RUNS'] ?? 300) },
  )
})

test('lines stay where they are', () => {
  fc.assert(
    fc.property(randomProgram, (code) => {
      const lines = transformedText(code).split('\n')
      expect(lines.length).toBe(code.split('\n').length)
    }),
    { numRuns: 100 },
  )
})
