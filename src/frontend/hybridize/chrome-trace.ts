import type { CallTimeline } from './call-profile.ts'
import type { ProfileRow } from './profile.ts'
import type { TracedProgram } from './program-profile.ts'

/** An event of the Trace Event Format: 'X' has a beginning and a duration, in microseconds; 'M' names a process or thread. */
type TraceEvent =
  | {
      readonly ph: 'X'
      readonly name: string
      readonly cat: string
      readonly ts: number
      readonly dur: number
      readonly pid: 1
      readonly tid: number
      readonly args?: object
    }
  | { readonly ph: 'M'; readonly name: string; readonly pid: 1; readonly tid: number; readonly args: object }

/** The calls as events, from the beginning of the first one; thread 0 is the caller. */
export function chromeTraceOf(functionName: string, programs: readonly TracedProgram[]): string {
  const starts = programs.flatMap(({ recent }) => recent.map(({ start }) => start))
  const origin = starts.reduce((least, start) => Math.min(least, start), Infinity)
  const events = programs.flatMap((program) =>
    program.recent.flatMap((call) => callEvents(functionName, program, call, origin)),
  )
  const threads = programs.reduce((most, program) => Math.max(most, program.marks.threads), 1)
  const names: TraceEvent[] = [
    { ph: 'M', name: 'process_name', pid: 1, tid: 0, args: { name: functionName } },
    ...Array.from({ length: threads }, (_, tid): TraceEvent => ({
      ph: 'M',
      name: 'thread_name',
      pid: 1,
      tid,
      args: { name: tid === 0 ? 'caller' : `worker ${tid}` },
    })),
  ]
  const lines = [...names, ...events].map((event) => JSON.stringify(event))
  return `{"displayTimeUnit":"ms","traceEvents":[\n${lines.join(',\n')}\n]}\n`
}

function callEvents(
  functionName: string,
  { profile: { rows, signature }, marks }: TracedProgram,
  { start, enter, leave, end, marks: words }: CallTimeline,
  origin: number,
): TraceEvent[] {
  const event = (tid: number, cat: string, name: string, from: number, to: number, args?: object): TraceEvent => ({
    ph: 'X',
    name,
    cat,
    ts: 1000 * (from - origin),
    dur: 1000 * (to - from),
    pid: 1,
    tid,
    ...(args && { args }),
  })
  const events = [
    event(0, 'call', functionName, start, end, { signature }),
    event(0, 'copy', 'arguments', start, enter),
    event(0, 'copy', 'results', leave, end),
  ]
  const kernels = rows.filter(({ kind }) => kind === 'kernel')
  for (let tid = 0; tid < marks.threads; tid++) {
    kernels.forEach((row, i) => {
      const at = tid * marks.wordsPerThread + 2 * i
      // A thread that had no part in the kernel left 0.
      if (words[at]! > 0) events.push(event(tid, 'kernel', row.name, words[at]!, words[at + 1]!, kernelArgs(row)))
    })
  }
  return events
}

const kernelArgs = ({ ops, sources, flops, bytes }: ProfileRow): object => ({
  ops: ops.join(', '),
  sources: sources.join(', '),
  ...(flops === undefined ? {} : { flops }),
  bytes,
})
