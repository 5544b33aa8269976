import { parseArgs } from 'node:util'
import { UsageError } from './usage-error.ts'

export const modes = ['eager', 'compiled'] as const
export type Mode = (typeof modes)[number]
export const optimizerNames = ['sgd', 'momentum', 'adam'] as const
export type OptimizerName = (typeof optimizerNames)[number]

export interface Args {
  readonly steps: number
  readonly batch: number
  readonly optimizer: OptimizerName
  /** Folder of the four IDX files. */
  readonly data: string | undefined
  readonly json: boolean
  /** Train in one mode only. */
  readonly alone: Mode | undefined
  readonly help: boolean
}

export const usage = `Trains a 784-256-128-10 network on Fashion-MNIST twice from the same seed, eagerly and compiled, and compares.

npm start -- [flags]
  --steps N         training steps of each mode (default 600)
  --batch N         images per step (default 256)
  --optimizer NAME  ${optimizerNames.join(', ')} (default adam)
  --data FOLDER     the four IDX files under their standard names, gzipped or not (default: the subset in examples/data)
  --json            print the report as one JSON object
  --alone MODE      one mode only, on a made-up batch: its step times and peak memory as JSON
  --help            print this`

const options = {
  steps: { type: 'string', default: '600' },
  batch: { type: 'string', default: '256' },
  optimizer: { type: 'string', default: 'adam' },
  data: { type: 'string' },
  json: { type: 'boolean', default: false },
  alone: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

/** @throws UsageError for an unknown flag or a value out of range */
export function readArgs(given: readonly string[]): Args {
  const { steps, batch, optimizer, data, json, alone, help } = parse(given)
  return {
    steps: count('--steps', steps, 1_000_000),
    batch: count('--batch', batch, 60_000),
    optimizer: oneOf('--optimizer', optimizer, optimizerNames),
    data,
    json,
    alone: alone === undefined ? undefined : oneOf('--alone', alone, modes),
    help,
  }
}

function parse(given: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof options }>>['values'] {
  try {
    return parseArgs({ args: [...given], options }).values
  } catch (error) {
    const [reason] = error instanceof Error ? error.message.split(/\.? *\n|\. /, 1) : []
    throw new UsageError(`${reason ?? 'the flags are not understood'}. Use --help to see the flags.`)
  }
}

function count(flag: string, text: string, limit: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : 0
  if (value >= 1 && value <= limit) return value
  throw new UsageError(`${flag} is ${JSON.stringify(text)}. Give a whole number from 1 to ${limit}.`)
}

function oneOf<T extends string>(flag: string, text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text)
  if (found === undefined)
    throw new UsageError(`${flag} is ${JSON.stringify(text)}. Give one of ${choices.join(', ')}.`)
  return found
}
