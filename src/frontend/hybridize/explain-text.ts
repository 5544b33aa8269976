import { failureText } from '../guards/guard-failure.ts'
import type { FrozenValue } from '../guards/frozen-value.ts'
import { segmentLines } from '../segments/report.ts'
import type { DynamicReport, Explanation } from './explain.ts'
import { memoryTable, type MemoryReport } from './memory-report.ts'

/** The explanation as a page of text. */
export function explanationText(explanation: Omit<Explanation, 'toString'>): string {
  const { functionName, target, threads, fallbacks, guardFailures, steering, specialisations } = explanation
  const lines = [
    `${functionName}: ${counted(specialisations.length, 'specialisation')}, target ${target}, ${threads === 1 ? 'one thread' : `up to ${threads} threads`}`,
  ]
  lines.push(...segmentLines(explanation))
  for (const fallback of fallbacks) lines.push(`  runs eagerly: ${fallback.reason}`)
  lines.push(...steering.map((line) => `  ${line}`))
  const causes = Object.entries(guardFailures).map(([kind, count]) => `${kind} ${count}`)
  if (causes.length > 0) lines.push(`  calls that met no specialisation, by cause: ${causes.join(', ')}`)
  for (const report of specialisations) {
    lines.push(`  ${report.signature}`)
    if (report.dynamic) lines.push(`    ${dynamicText(report.dynamic)}`)
    if (report.notDynamic) lines.push(`    one size alone: ${report.notDynamic}`)
    for (const failure of report.because) lines.push(`    recorded because of ${failureText(failure)}`)
    lines.push(...firstOf([...new Set(report.guards)], 'guard', 'guards').map((guard) => `    guard: ${guard}`))
    lines.push(
      `    ${counted(report.tracedNodes, 'op')} traced, ${report.optimizedNodes} after optimization, ${counted(report.kernels.length, 'kernel')}; ${counted(report.states, 'state')} read, ${report.stateWrites} written`,
    )
    lines.push(
      `    ${report.arenaBytes} bytes of arena (${report.peakLiveBytes} alive at once), ${report.moduleBytes} bytes of code, compiled in ${report.compileMs.toFixed(1)} ms, ${counted(report.calls, 'call')}`,
    )
    if (report.threads > 1)
      lines.push(
        `    ${report.threads} threads, ${counted(report.kernels.filter(({ isSplit }) => isSplit).length, 'kernel')} split, ${counted(report.barriers, 'barrier')}`,
      )
    if (report.threadsReason) lines.push(`    one thread: ${report.threadsReason}`)
    lines.push(...firstOf(frozenTexts(report.frozen), 'value', 'frozen').map((frozen) => `    frozen: ${frozen}`))
    for (const kernel of report.kernels)
      lines.push(`    ${kernel.name}: ${kernel.ops.join(', ')}${kernel.sources[0] ? `  (${kernel.sources[0]})` : ''}`)
    lines.push(...memoryLines(report.memory).map((line) => `    ${line}`))
  }
  return lines.join('\n')
}

function dynamicText({ axes, capacity, sizes, masks }: DynamicReport): string {
  const shown = sizes.length <= shownSizes ? sizes : [...sizes.slice(0, shownSizes - 1), '…', sizes.at(-1)]
  return `dynamic: ${axes.join(', ')} of up to ${capacity}, ${counted(sizes.length, 'size')} so far (${shown.join(', ')}), ${counted(masks, 'operand')} masked`
}

const shownSizes = 12

const shownLines = 8

/** The first lines of a list that can be long, and how many more there are. */
const firstOf = (all: readonly string[], noun: string, field: string): readonly string[] =>
  all.length <= shownLines
    ? all
    : [
        ...all.slice(0, shownLines),
        `… and ${counted(all.length - shownLines, `more ${noun}`)}: all in specialisations[].${field}`,
      ]

/** Numbers of one line of the user's share a line here. */
function frozenTexts(frozen: readonly FrozenValue[]): string[] {
  const numbers = new Map<string, string[]>()
  const others: string[] = []
  for (const { kind, value, source } of frozen) {
    const place = source ? `  (${source})` : ''
    if (kind === 'number') numbers.set(place, [...(numbers.get(place) ?? []), value])
    else others.push(`${value}${place}`)
  }
  return [...others, ...[...numbers].map(([place, values]) => `${values.join(', ')}${place}`)]
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`

const shownBuffers = 12

/** The table of the planned memory, or its largest buffers. */
function memoryLines({ buffers }: MemoryReport): string[] {
  if (buffers.length === 0) return []
  const largest = new Set(buffers.toSorted((a, b) => b.byteLength - a.byteLength).slice(0, shownBuffers))
  const more = buffers.length - largest.size
  const lines = memoryTable(buffers.filter((buffer) => largest.has(buffer)))
  return more === 0 ? lines : [...lines, `… and ${counted(more, 'smaller buffer')}: all in specialisations[].memory`]
}
