import { dtypeInfo } from '../../src/base/dtype.ts'
import type { Graph } from '../../src/ir/graph.ts'
import type { Buffer, Kernel } from '../../src/kernel/ir.ts'
import { operationCount } from '../../src/kernel/operation-count.ts'
import type { BufferLifetime } from '../../src/plan/lifetimes.ts'
import { bufferAlignment, type Lifetime, type MemoryPlan } from '../../src/plan/memory.ts'
import type { ProgramPlan } from '../../src/plan/program-plan.ts'
import { overwriteFault } from './in-place-trace.ts'
import { threadFaults } from './thread-trace.ts'

/** Vector loads may read this far past the end of a buffer. */
const readablePadding = 16

/** What breaks the promises of a memory plan, in words. `mayShare` are positions of lifetimes of which one takes over the bytes of the other. */
export function memoryFaults(
  lifetimes: readonly Lifetime[],
  plan: MemoryPlan,
  mayShare: (i: number, j: number) => boolean = () => false,
): string[] {
  const faults: string[] = []
  lifetimes.forEach((a, i) => {
    const start = plan.offsets[i]!
    const alignment = a.byteLength < 256 ? 8 : bufferAlignment
    if (start % alignment !== 0) faults.push(`buffer ${i} is at ${start}, not a multiple of ${alignment}`)
    if (start < 0 || start + a.byteLength + readablePadding > plan.byteLength)
      faults.push(`buffer ${i} and its padding end past the plan`)
    lifetimes.slice(0, i).forEach((b, j) => {
      const apart = a.last < b.first || b.last < a.first
      const other = plan.offsets[j]!
      if (!apart && !mayShare(i, j) && start < other + b.byteLength && other < start + a.byteLength)
        faults.push(`buffers ${j} and ${i} are alive at once and share bytes`)
    })
  })
  if (plan.peakLiveBytes > plan.byteLength)
    faults.push(`${plan.peakLiveBytes} bytes are alive at once in a plan of ${plan.byteLength}`)
  return faults
}

const isWrittenBy = (kernel: Kernel, buffer: Buffer): boolean => kernel.writes.includes(buffer)

/** What breaks the promises of a program plan: memory, who reads what when, and that states change last. */
export function planFaults(plan: ProgramPlan, graph: Graph): string[] {
  const { kernels, homes, lifetimes, memory, results, threads } = plan
  const offsets = lifetimes.map(({ byteOffset }) => byteOffset)
  const replaces = (i: number, j: number): boolean => lifetimes[i]!.replaces === lifetimes[j]!.buffer
  const faults = memoryFaults(lifetimes, { ...memory, offsets }, (i, j) => replaces(i, j) || replaces(j, i))
  faults.push(...lifetimes.flatMap((lifetime) => replacementFaults(plan, lifetime)))
  faults.push(...threadFaults(plan))
  const lastCheck = plan.groups.findLastIndex((_, step) =>
    JSON.stringify(kernels[step]!.body).includes('"kind":"check"'),
  )
  const writtenAt = new Map<Buffer, number>()
  /** What takes over bytes and would copy all of them to themselves is written by nobody. */
  const wasWritten = (buffer: Buffer): boolean => {
    const replaced = lifetimes.find((lifetime) => lifetime.buffer === buffer)?.replaces
    return writtenAt.has(buffer) || (replaced !== undefined && wasWritten(replaced))
  }
  kernels.forEach((kernel, step) => {
    for (const buffer of [...kernel.reads, ...kernel.writes, ...kernel.scratch])
      if (!homes.has(buffer)) faults.push(`${kernel.name} uses ${buffer.name}, which has no home`)
    for (const buffer of kernel.reads) {
      const home = homes.get(buffer)
      const isGiven = home?.kind !== 'planned' || [...plan.inputs.values()].includes(buffer)
      if (!isGiven && !wasWritten(buffer) && !isWrittenBy(kernel, buffer) && buffer.elementCount > 0)
        faults.push(`${kernel.name} reads ${buffer.name} before it is written`)
    }
    for (const buffer of kernel.writes) {
      const home = homes.get(buffer)
      if (home?.kind === 'fixed') faults.push(`${kernel.name} writes the constant ${buffer.name}`)
      if (home?.kind === 'state' && step < lastCheck)
        faults.push(`${kernel.name} writes a state at step ${step}, and a check follows at ${lastCheck}`)
      if (home?.kind === 'state') faults.push(...lateReaders(plan, buffer, step))
      writtenAt.set(buffer, step)
    }
  })
  for (const lifetime of lifetimes) {
    kernels.forEach((kernel, step) => {
      const isUsed = [...kernel.reads, ...kernel.writes, ...kernel.scratch].includes(lifetime.buffer)
      if (isUsed && (step < lifetime.first || step > lifetime.last))
        faults.push(`${kernel.name} uses ${lifetime.buffer.name} outside its lifetime`)
    })
    const { elementCount, dtype, perWorker } = lifetime.buffer
    const bytes = elementCount * dtypeInfo[dtype].byteSize
    // Copies of threads start on cache lines, with readable bytes behind each.
    const ofThreads = Math.ceil((bytes + readablePadding) / bufferAlignment) * bufferAlignment * threads.threads
    if (lifetime.byteLength !== (perWorker ? ofThreads : bytes))
      faults.push(`${lifetime.buffer.name} has a lifetime of another size`)
    if (results.some(({ buffer }) => buffer === lifetime.buffer) && lifetime.last < kernels.length)
      faults.push(`the result ${lifetime.buffer.name} does not live to the end`)
  }
  if (results.length !== graph.results.length)
    faults.push(`${results.length} results are planned of ${graph.results.length}`)
  return faults
}

/** Operations up to which a kernel is walked pass by pass. */
const mostWalked = 50_000

/** What is wrong with the place of a buffer that takes over another's. */
function replacementFaults({ kernels, lifetimes }: ProgramPlan, lifetime: BufferLifetime): string[] {
  const { replaces, buffer, byteOffset, first } = lifetime
  if (!replaces) return []
  const before = lifetimes.find((other) => other.buffer === replaces)
  const kernel = kernels[first]!
  const name = `${buffer.name} in the place of ${replaces.name}`
  if (before?.last !== first || before.byteOffset !== byteOffset) return [`${name} is not where that ends`]
  // What was copied to itself is no longer read.
  if (!kernel.reads.includes(replaces)) return []
  if (!kernel.writes.includes(buffer)) return [`${kernel.name} does not put ${name}`]
  const fault = operationCount(kernel.body) > mostWalked ? undefined : overwriteFault(kernel, replaces, buffer)
  return fault === undefined ? [] : [`${kernel.name}, ${name}: ${fault}`]
}

/** Kernels after `step` that read the old value of the state in `written`'s cell. */
function lateReaders({ kernels, homes, inputs }: ProgramPlan, written: Buffer, step: number): string[] {
  const cell = homes.get(written)
  if (cell?.kind !== 'state') return []
  const old = inputs.get(cell.state)
  if (!old) return []
  return kernels
    .slice(step + 1)
    .flatMap((kernel) =>
      kernel.reads.includes(old) ? [`${kernel.name} reads the old ${cell.state.name} after it is replaced`] : [],
    )
}
