import type { Profile, ProfileRow, ProgramProfile } from './profile.ts'

/** Each program's rows as a table, those that take longest first. */
export function profileText({ functionName, programs }: Pick<Profile, 'functionName' | 'programs'>): string {
  if (programs.length === 0) return `${functionName}: no compiled program yet`
  return programs.map((program) => programText(functionName, program)).join('\n\n')
}

function programText(functionName: string, { signature, calls, meanMs, threads, rows }: ProgramProfile): string {
  const heading = `${functionName}${signature}: ${calls} compiled call${calls === 1 ? '' : 's'}, ${timeText(meanMs)} each, ${threads === 1 ? 'one thread' : `up to ${threads} threads`}`
  if (calls === 0) return heading
  const columns = ['share', 'mean', 'least', 'GFLOP/s', 'GB/s', 'kernel', 'lines']
  const cells = rows
    .toSorted((a, b) => b.totalMs - a.totalMs)
    .map((row) => [
      `${(100 * row.share).toFixed(1)} %`,
      timeText(row.meanMs),
      timeText(row.minMs),
      row.flops ? rateText(row.gflops) : '',
      row.bytes > 0 ? rateText(row.gigabytesPerSecond) : '',
      row.name,
      linesText(row),
    ])
  const widths = columns.map((title, i) => Math.max(title.length, ...cells.map((row) => row[i]!.length)))
  // Numbers stand to the right, names to the left.
  const line = (row: readonly string[]): string =>
    `  ${row.map((cell, i) => (i < 5 ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!))).join('  ')}`.trimEnd()
  return [heading, line(columns), ...cells.map(line)].join('\n')
}

function timeText(ms: number): string {
  if (ms >= 1) return `${ms.toPrecision(3)} ms`
  return `${ms >= 0.0001 ? (1000 * ms).toPrecision(3) : (1000 * ms).toFixed(2)} µs`
}

const rateText = (rate: number | undefined): string => (rate === undefined ? '' : rate.toFixed(1))

/** Up to three lines, without folders and columns. */
function linesText({ sources }: ProfileRow): string {
  const lines = [...new Set(sources.map((source) => source.replace(/^.*[\\/]/, '').replace(/:\d+$/, '')))]
  return lines.length > 3 ? `${lines.slice(0, 3).join(' ')} and ${lines.length - 3} more` : lines.join(' ')
}
