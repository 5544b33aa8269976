import { execFileSync } from 'node:child_process'
import { hybridize, rand, randint } from 'gryph'
import type { Args, Mode } from './args.ts'
import { makeTrainer } from './network.ts'
import { makeRun, trainBlock } from './train.ts'

/** What one mode needs from a cold start, in a process that does nothing else. */
export interface AloneReport {
  /** Time of each step; the first holds what the mode does once (kernels or tracing and compiling). */
  readonly stepMs: readonly number[]
  /** Of the first step, the time to optimize the recorded graph and make the program; 0 in eager mode. */
  readonly compileMs: number
  /** Resident memory of the process with the network made, before the first step. */
  readonly startBytes: number
  /** The most resident memory of the process, read after every step. */
  readonly peakBytes: number
}

const maximumSteps = 200

/** Trains in one mode only, on one made-up batch, so that no data set counts as memory. */
export function trainAlone(mode: Mode, { optimizer, batch, steps }: Args): AloneReport {
  const { trainStep } = makeTrainer(optimizer, 1)
  const made = { images: rand([batch, 784]), labels: randint(0, 10, [batch]).cast('uint8') }
  const fast = hybridize(trainStep)
  const run = makeRun(mode === 'compiled' ? fast : trainStep)
  // What making the network left behind is not training's.
  globalThis.gc?.()
  const startBytes = process.memoryUsage.rss()
  let peakBytes = startBytes
  for (let i = 0; i < Math.min(steps, maximumSteps); i++) {
    trainBlock(run, [made])
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss())
  }
  return { stepMs: run.stepMs, compileMs: fast.stats.compileMs, startBytes, peakBytes }
}

/** The same in a fresh process of this program. */
export function trainAloneInProcess(mode: Mode, { optimizer, batch, steps }: Args): AloneReport {
  const [, program = ''] = process.argv
  const flags = ['--alone', mode, '--optimizer', optimizer, '--batch', String(batch), '--steps', String(steps)]
  const output = execFileSync(process.execPath, [...process.execArgv, '--expose-gc', program, ...flags], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return JSON.parse(output) as AloneReport // printed by trainAlone's caller
}
