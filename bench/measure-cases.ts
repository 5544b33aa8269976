import type { BenchmarkCase, Run } from './benchmark-case.ts'
import { BenchProcess } from './child-process.ts'
import { fullEffort, quickEffort, samplesOf, timeInTurns, type Effort, type Sampler } from './measure.ts'
import type { FirstCalls, Measured, Mode } from './report.ts'
import { programWork } from './roofline.ts'

/**
 * Times the cases one after the other, each one's modes in turns. Threads and first calls have processes of their own; a process that
 * waits takes no time from the one that runs.
 */
export async function measureCases(
  cases: readonly BenchmarkCase[],
  quick: boolean,
  onMeasured: (measured: Measured) => void,
): Promise<Measured[]> {
  const effort = quick ? quickEffort : fullEffort
  const all: Measured[] = []
  let threaded: BenchProcess | undefined
  try {
    for (const each of cases) {
      if (each.compiled) threaded ??= new BenchProcess()
      const measured = await measureCase(each, threaded, effort)
      onMeasured(measured)
      all.push(measured)
    }
  } finally {
    threaded?.end()
  }
  return all
}

async function measureCase(each: BenchmarkCase, threaded: BenchProcess | undefined, effort: Effort): Promise<Measured> {
  const { name, eager, compiled, isTraining } = each
  const samplers: Partial<Record<Mode, Sampler>> = {}
  if (eager) {
    const run = warm(eager())
    samplers.eager = (forEach) => samplesOf(run, forEach)
  }
  if (compiled) {
    const run = warm(compiled({ threads: 1 }).run)
    samplers.compiled = (forEach) => samplesOf(run, forEach)
  }
  const threadUse = compiled && threaded ? await threaded.ask({ kind: 'prepare', name }) : undefined
  if (threadUse && threadUse.threads > 1)
    samplers.threads = (forEach) => threaded!.ask({ kind: 'sample', effort: forEach })
  const timings = await timeInTurns<Mode>(samplers, effort)
  const firstCalls = isTraining && effort !== quickEffort ? await measureFirstCalls(name) : undefined
  return { name, ...timings, threadUse, firstCalls, work: programWork(each, 3 * effort.seconds) }
}

/** After the first call, which compiles, and the first one that is compiled. */
function warm(run: Run): Run {
  run()
  run()
  return run
}

async function measureFirstCalls(name: string): Promise<FirstCalls> {
  const inProcess = async (mode: 'eager' | 'compiled'): Promise<FirstCalls['eager']> => {
    const process = new BenchProcess()
    try {
      return await process.ask({ kind: 'firstCall', name, mode })
    } finally {
      process.end()
    }
  }
  return { eager: await inProcess('eager'), compiled: await inProcess('compiled') }
}
