import * as gryph from 'gryph'
import { GryphError, manualSeed, tensor, variable, type Tensor } from 'gryph'
import { valueIn } from '../transform/run-transformed.ts'

type Fn = (...args: Tensor[]) => Tensor[]

/** One function with state of its own. */
export interface ControlInstance {
  readonly fn: Fn
  readonly log: unknown[]
  readonly states: readonly Tensor[]
}

export function instanceOf(text: string): ControlInstance {
  const log: unknown[] = []
  const given = {
    log,
    w: variable([0.5, -1, 2]),
    n: variable(0, { dtype: 'int32' }),
    p: variable([1, 0.25, -0.5], { requiresGrad: true }),
    c: tensor([0.1, -0.2, 0.3]),
    e: tensor([[0.5, 0.1, 0], [0, -0.5, 0.2], [0.3, 0, 0.7]]), // prettier-ignore
  }
  const fn = valueIn(text, 'program', { ...gryph, ...given }) as Fn // all programs are such functions
  return { fn, log, states: [given.w, given.n, given.p] }
}

const calls = [
  [[0.3, -0.7, 1.2], [0.1, 0.2, -0.4], [[1, 2, 3], [-1, 0.5, 0.25]], 2],
  [[-0.3, 0.4, -2.5], [1, -1, 0.5], [[0.2, 0, -3], [1, 1, 1]], 0],
  [[0, 0.9, 0.8], [-0.6, 2, 0.5], [[-1, 0.3, 0.3], [2, -1, 0]], 3],
  [[0.3, -0.7, 1.2], [0.1, 0.2, -0.4], [[1, 2, 3], [-1, 0.5, 0.25]], 1],
] as const // prettier-ignore

/** What programs are called with, call by call. */
export const callArguments = (): Tensor[][] =>
  calls.map(([x, y, m, k]) => [tensor(x), tensor(y), tensor(m), tensor(k, { dtype: 'int32' })])

/** What calls print, read, return and leave, line by line. */
export function controlOutcomes({ fn: own, log, states }: ControlInstance, fn: Fn = own): string[] {
  manualSeed(5)
  const print = console.log
  console.log = (line: string) => void log.push(line.replaceAll(/ {2}\([^\n]*\)/g, ''))
  try {
    return callArguments().flatMap((args, call) => {
      let end: string[]
      const before = states.map((state) => state.clone())
      manualSeed(5 + call) // eager calls that fail have drawn some numbers
      try {
        const results = fn(...args)
        end = results.map((result, i) => `result ${i} ${bits(result)}`)
      } catch (error) {
        if (!(error instanceof GryphError)) throw error
        end = [`error ${error.code}`]
        states.forEach((state, i) => state.assign(before[i]!))
        states[2]!.grad = null
      }
      const lines = [...log.splice(0).map((each) => `log ${JSON.stringify(each)}`), ...end]
      return [...lines, ...states.map((state, i) => `state ${i} ${bits(state)}`)].map((line) => `call ${call}: ${line}`)
    })
  } finally {
    console.log = print
  }
}

const bits = (value: Tensor): string =>
  `${value.dtype} [${value.shape.join()}] ${[...value.data()].map((x) => (Object.is(x, -0) ? '-0' : String(x))).join()}`

/** The first line that differs. */
export function firstDifference(expected: readonly string[], actual: readonly string[]): string | undefined {
  const at = expected.findIndex((line, i) => line !== actual[i])
  if (at >= 0) return `eager ${expected[at]}\ncompiled ${actual[at]}`
  return actual.length > expected.length ? `compiled also ${actual[expected.length]}` : undefined
}
