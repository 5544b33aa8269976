import { compareModes } from '../frontend/parity/compare-modes.ts'
import { internalsOf } from '../frontend/parity/hybrid-internals.ts'
import { UsageError } from './errors.ts'
import { argumentOf, inputsOf } from './inputs.ts'
import type { Io } from './io.ts'
import { loadFunction } from './load-function.ts'

export const benchOptions = {
  steps: { type: 'string', default: '50' },
  input: { type: 'string', multiple: true, default: [] as string[] },
} as const

export const benchHelp = `gryph bench FILE#FUNCTION [--steps 50] [--input x=float32[32,784] …]

Runs a function eagerly and compiled on made inputs, in the order given, and prints both times and whether all bits agree.`

export async function runBench(
  [place, ...more]: readonly string[],
  values: { readonly steps: string; readonly input: readonly string[] },
  io: Io,
): Promise<void> {
  if (place === undefined || more.length > 0)
    throw new UsageError('bench takes one function: gryph bench train.ts#step.')
  const steps = Number(values.steps)
  if (!Number.isInteger(steps) || steps < 1)
    throw new UsageError(`--steps ${values.steps} is no whole number from 1 on.`)
  const { hybridized } = await loadFunction(place, io)
  const args = Object.values(inputsOf(values.input)).map(argumentOf)
  const { written } = internalsOf('bench', hybridized)
  io.out(String(compareModes(written, args, { steps })))
}
