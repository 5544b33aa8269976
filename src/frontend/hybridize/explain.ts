import { inDependencyOrder, isNode } from '../../ir/graph.ts'
import { workerPool } from '../../runtime/worker-pool.ts'
import type { HostRead } from '../recorder.ts'
import { reportSegments, segmentLines, type SegmentsReport } from '../segments/report.ts'
import type { HybridState } from './hybridize.ts'
import { memoryReport, type MemoryReport, memoryTable } from './memory-report.ts'
import type { Specialisation } from './specialisation.ts'
import { describeTemplate } from './template.ts'

/** One compiled program of a hybridized function. */
export interface SpecialisationReport {
  /** Form of the arguments it was compiled for. */
  readonly signature: string
  /** What else must hold for a call to use it. */
  readonly guards: readonly string[]
  readonly tracedNodes: number
  readonly optimizedNodes: number
  readonly kernels: readonly KernelReport[]
  /** Values of the enclosing scope that are frozen in the program. */
  readonly frozen: readonly string[]
  /** State the program reads, and how much of it it updates. */
  readonly states: number
  readonly stateWrites: number
  readonly arenaBytes: number
  /** What is alive at once at the fullest moment: no plan can need less. */
  readonly peakLiveBytes: number
  /** The planned part of the arena as a table, and as a picture. */
  readonly memory: MemoryReport
  readonly moduleBytes: number
  readonly compileMs: number
  readonly calls: number
  /** How many threads run it, why there is one when more were asked for, and how often they meet in a call. */
  readonly threads: number
  readonly threadsReason: string | undefined
  readonly barriers: number
}

export interface KernelReport {
  readonly name: string
  readonly ops: readonly string[]
  /** Whether all threads run it; otherwise one does. */
  readonly isSplit: boolean
  /** `file:line:column` of the calls it carries out. */
  readonly sources: readonly string[]
}

/** The whole story of a hybridized function as data. `String(explanation)` is a page of text. */
export interface Explanation extends SegmentsReport {
  readonly functionName: string
  readonly target: 'wasm' | 'js'
  /** How many threads it was asked to use. */
  readonly threads: number
  /** The first host read, if there is any. */
  readonly hostRead: HostRead | undefined
  readonly specialisations: readonly SpecialisationReport[]
  toString(): string
}

export function explain(state: HybridState): Explanation {
  const data = {
    functionName: state.functionName,
    target: state.options.target,
    threads: state.options.threads ?? 1,
    hostRead: state.hostRead,
    ...reportSegments(state.segments),
    specialisations: state.specialisations.map((each) => reportOf(state.functionName, each)),
  } as const
  const toString = (): string => textOf(data)
  // Not enumerable, so that the data prints and serialises as data.
  return Object.defineProperty({ ...data, toString }, 'toString', { enumerable: false, value: toString })
}

function reportOf(
  functionName: string,
  { template, recording, program, compileMs, calls }: Specialisation,
): SpecialisationReport {
  const { traced, optimized, plan } = program.compiled
  const count = (graph: typeof traced): number => inDependencyOrder(graph).filter(isNode).length
  const items = template.kind === 'array' ? template.items.slice(1) : [template]
  return {
    signature: `(${items.map(describeTemplate).join(', ')})`,
    guards: [
      ...recording.guards.map((guard) => guard.description),
      ...[...recording.gradsAtEntry.values()].map(
        (isPresent) => `a leaf's gradient is ${isPresent ? 'there' : 'null'} at entry`,
      ),
    ],
    tracedNodes: count(traced),
    optimizedNodes: count(optimized),
    kernels: plan.kernels.map((kernel, i) => ({
      name: kernel.name,
      ops: plan.groups[i]!.nodes.map((node) => node.op),
      isSplit: plan.threads.steps[i]!.isSplit,
      sources: kernel.sources,
    })),
    frozen: optimized.inputs
      .filter((input) => input.role === 'capture')
      .map((input) => `${input.name}: ${input.type.dtype}[${input.type.shape.join(', ')}]`),
    states: optimized.inputs.filter((input) => input.role === 'state').length,
    stateWrites: optimized.writes.length,
    arenaBytes: program.arenaBytes,
    peakLiveBytes: plan.memory.peakLiveBytes,
    memory: memoryReport(functionName, plan),
    moduleBytes: program.moduleBytes,
    compileMs,
    calls,
    threads: plan.threads.threads,
    threadsReason: plan.threads.reason ?? (plan.threads.threads > 1 ? workerPool.unavailableBecause : undefined),
    barriers: plan.threads.barriers,
  }
}

function textOf(explanation: Omit<Explanation, 'toString'>): string {
  const { functionName, target, threads, specialisations } = explanation
  const lines = [
    `${functionName}: ${counted(specialisations.length, 'specialisation')}, target ${target}, ${threads === 1 ? 'one thread' : `up to ${threads} threads`}`,
  ]
  lines.push(...segmentLines(explanation))
  for (const report of specialisations) {
    lines.push(`  ${report.signature}`)
    for (const guard of new Set(report.guards)) lines.push(`    guard: ${guard}`)
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
    for (const frozen of report.frozen) lines.push(`    frozen: ${frozen}`)
    for (const kernel of report.kernels)
      lines.push(`    ${kernel.name}: ${kernel.ops.join(', ')}${kernel.sources[0] ? `  (${kernel.sources[0]})` : ''}`)
    lines.push(...memoryLines(report.memory).map((line) => `    ${line}`))
  }
  return lines.join('\n')
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
