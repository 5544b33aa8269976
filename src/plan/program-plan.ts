import type { FusedGraph, FusionGroup } from '../ir/fusion-group.ts'
import { isConstant, type GraphInput, type GraphNode, type GraphValue } from '../ir/graph.ts'
import type { Buffer, CheckSite, Kernel } from '../kernel/ir.ts'
import type { LowerOptions } from '../kernel/lower.ts'
import { BufferTable } from './buffers.ts'
import { inPlaceKernels } from './in-place-kernels.ts'
import { type BufferLifetime, planBuffers, type PlannedBuffer } from './lifetimes.ts'
import { GroupLowering } from './lower-groups.ts'
import type { MemoryPlan } from './memory.ts'
import { lowerSteps, placeIn } from './lower-steps.ts'
import { timelineOf, type ProgramStep } from './program-steps.ts'
import { scheduleProgram } from './schedule-program.ts'
import type { ByteRange } from './slices.ts'
import { bytesOf, oneThread, planThreads, type ThreadPlan } from './threads.ts'

/** Where a buffer lies: in the program's planned memory, in a state's cell, or in memory of its own that keeps its contents between calls. */
export type BufferHome =
  | { readonly kind: 'planned'; readonly byteOffset: number }
  | { readonly kind: 'state'; readonly state: GraphInput }
  | { readonly kind: 'fixed'; readonly value: GraphValue }

/** Everything needed to generate and run a program; kernels in the order they run. */
export interface ProgramPlan {
  /** What runs, in order. */
  readonly steps: readonly ProgramStep[]
  readonly kernels: readonly Kernel[]
  readonly groups: readonly FusionGroup[]
  readonly homes: ReadonlyMap<Buffer, BufferHome>
  /** The buffer of every value that lies in memory, row-major. */
  readonly stored: ReadonlyMap<GraphValue, Buffer>
  /** The buffer of each graph input that the program reads. */
  readonly inputs: ReadonlyMap<GraphInput, Buffer>
  /** Buffer and first element of each result. */
  readonly results: readonly { readonly buffer: Buffer; readonly elementOffset: number }[]
  readonly memory: MemoryPlan
  /** Bytes of planned tensors at the fullest kernel: those read later, results, and what it writes; working memory is left out. */
  readonly peakTensorBytes: number
  readonly lifetimes: readonly BufferLifetime[]
  readonly checkSites: readonly CheckSite[]
  readonly threads: ThreadPlan
}

export interface KernelTarget extends Pick<LowerOptions, 'simd' | 'microTile' | 'inlineEpilogues'> {
  /** Whether updates of state may share a kernel. */
  readonly joinsUpdates?: boolean
}

/** `threads` is how many may run the program, or why only one may. */
export function planProgram(
  program: FusedGraph,
  target: KernelTarget,
  threads: number | string = 1,
  splitFrom?: number,
): ProgramPlan {
  const schedule = scheduleProgram(program, target.joinsUpdates === true)
  const table = new BufferTable(schedule.known)
  const checkSites: CheckSite[] = []
  const options = {
    ...target,
    parallel: typeof threads === 'number' && threads > 1,
    nextSite: (failure: Omit<CheckSite, 'site'>) => checkSites.push({ site: checkSites.length + 1, ...failure }),
  }
  const {
    steps,
    groups,
    kernels: lowered,
  } = lowerSteps(schedule, new GroupLowering(options, table, schedule.known), table)
  const results = program.graph.results.map((value) => placeIn(table, value))
  const homes = new Map<Buffer, BufferHome>()
  const inputs = new Map<GraphInput, Buffer>()
  const planned: PlannedBuffer[] = []
  /** The place of a control op's result that a buffer names. */
  const cells = new Map<Buffer, Buffer>()
  for (const [value] of table.entries()) {
    const cell = schedule.cells.get(value)
    if (cell) table.of(cell)
  }
  for (const [value, buffer] of table.entries()) {
    const state = schedule.inPlace.get(value as GraphNode) // Map.get only compares
    const cell = schedule.cells.get(value)
    if (cell) {
      cells.set(buffer, table.of(cell))
      continue
    }
    if (value.op === 'input') inputs.set(value, buffer)
    if (state) homes.set(buffer, { kind: 'state', state })
    else if (value.op === 'input' && value.role === 'state') homes.set(buffer, { kind: 'state', state: value })
    else if (isConstant(value) || (value.op === 'input' && value.role === 'capture'))
      homes.set(buffer, { kind: 'fixed', value })
    else planned.push({ buffer, isArgument: value.op === 'input' })
  }
  for (const kernel of lowered) for (const buffer of kernel.scratch) planned.push({ buffer, isArgument: false })
  const mostThreads = typeof threads === 'number' ? threads : 1
  const uses = {
    kernels: lowered,
    timeline: timelineOf(steps),
    placeOf: (buffer: Buffer) => cells.get(buffer) ?? buffer,
    results: new Set(results.map(({ buffer }) => buffer)),
  }
  const { memory, lifetimes, peakTensorBytes } = planBuffers(planned, uses, mostThreads)
  for (const { buffer, byteOffset } of lifetimes) homes.set(buffer, { kind: 'planned', byteOffset })
  for (const [buffer, cell] of cells) homes.set(buffer, homes.get(cell)!)
  const rangeOf = (buffer: Buffer): ByteRange => {
    const home = homes.get(buffer)
    if (home?.kind !== 'planned')
      return { region: home?.kind === 'state' ? home.state : buffer, start: 0, end: bytesOf(buffer, mostThreads) }
    return { region: 'planned', start: home.byteOffset, end: home.byteOffset + bytesOf(buffer, mostThreads) }
  }
  const kernels = inPlaceKernels(lowered, (a, b) => {
    const [from, to] = [rangeOf(a), rangeOf(b)]
    return from.region === to.region && from.start === to.start && from.end === to.end
  })
  const isState = (buffer: Buffer): boolean => homes.get(buffer)?.kind === 'state'
  const threadPlan =
    typeof threads === 'number'
      ? planThreads(kernels, threads, { rangeOf, isState }, splitFrom, steps)
      : oneThread(kernels, threads)
  return {
    steps,
    kernels,
    groups,
    homes,
    stored: new Map(table.entries()),
    inputs,
    results,
    memory,
    peakTensorBytes,
    lifetimes,
    checkSites,
    threads: threadPlan,
  }
}
