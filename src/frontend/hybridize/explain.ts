import { inDependencyOrder, isNode } from '../../ir/graph.ts'
import { workerPool } from '../../runtime/worker-pool.ts'
import { currentSettings } from '../settings.ts'
import type { FrozenValue } from '../guards/frozen-value.ts'
import type { GuardFailure, GuardKind } from '../guards/guard-failure.ts'
import type { HostRead } from '../recorder.ts'
import { reportSegments, type SegmentsReport } from '../segments/report.ts'
import type { HybridState } from './hybridize.ts'
import { groupedByProgram } from './admission.ts'
import { explanationText } from './explain-text.ts'
import { frozenValues } from './frozen-values.ts'
import { memoryReport, type MemoryReport } from './memory-report.ts'
import type { Specialisation } from './specialisation.ts'
import { signatureText } from './template.ts'

/** One compiled program of a hybridized function. */
export interface SpecialisationReport {
  /** Form of the arguments it was compiled for. */
  readonly signature: string
  /** How the call that it was recorded for differed from the nearest specialisation there was; nothing for the first one. */
  readonly because: readonly GuardFailure[]
  /** Of a program that serves several sizes: which. The rest is of the first of them. */
  readonly dynamic: DynamicReport | undefined
  /** Why it serves one size alone, where others came. */
  readonly notDynamic: string | undefined
  /** What else must hold for a call to use it. */
  readonly guards: readonly string[]
  readonly tracedNodes: number
  readonly optimizedNodes: number
  readonly kernels: readonly KernelReport[]
  /** What compiled calls use as it was: tensors and numbers of the enclosing scope, answers of `Math.random()` and clocks. */
  readonly frozen: readonly FrozenValue[]
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

export interface DynamicReport {
  /** `axis 0 of argument 1` */
  readonly axes: readonly string[]
  /** The program computes so many rows, whatever the size. */
  readonly capacity: number
  /** Those that came so far. Each was recorded, and does the same as the others. */
  readonly sizes: readonly number[]
  /** Operands of which what lies beyond the size is masked. */
  readonly masks: number
}

export interface KernelReport {
  readonly name: string
  readonly ops: readonly string[]
  /** Whether all threads run it; otherwise one does. */
  readonly isSplit: boolean
  /** `file:line:column` of the calls it carries out. */
  readonly sources: readonly string[]
}

/** Why calls run eagerly. */
export interface Fallback {
  readonly kind: 'limit' | 'off'
  readonly reason: string
  readonly remedy: string
}

/** The whole story of a hybridized function as data. `String(explanation)` is a page of text. */
export interface Explanation extends SegmentsReport {
  readonly functionName: string
  readonly target: 'wasm' | 'js'
  /** How many threads it was asked to use. */
  readonly threads: number
  /** The first host read, if there is any. */
  readonly hostRead: HostRead | undefined
  readonly fallbacks: readonly Fallback[]
  /** Number arguments that are part of the form of calls, because JavaScript decides by them. */
  readonly steering: readonly string[]
  /** How many calls met no specialisation though there were some, by kind of cause. */
  readonly guardFailures: Readonly<Partial<Record<GuardKind, number>>>
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
    fallbacks: fallbacksOf(state),
    steering: state.steering.descriptions,
    guardFailures: { ...state.stats.failuresByKind },
    specialisations: groupedByProgram(state.specialisations).map((group) => reportOf(state.functionName, group)),
  } as const
  const toString = (): string => explanationText(data)
  // Not enumerable, so that the data prints and serialises as data.
  return Object.defineProperty({ ...data, toString }, 'toString', { enumerable: false, value: toString })
}

function fallbacksOf({ stats, maxSpecialisations }: HybridState): Fallback[] {
  const fallbacks: Fallback[] = []
  if (stats.refusedCalls > 0) {
    const reason = `${stats.refusedCalls} calls came in new forms when there were ${maxSpecialisations} specialisations`
    const remedy = 'Look at what made them new in specialisations[].because, or raise maxSpecialisations'
    fallbacks.push({ kind: 'limit', reason, remedy })
  }
  if (currentSettings().hybridize === 'off') {
    const remedy = "configure({ hybridize: 'on' })"
    fallbacks.push({ kind: 'off', reason: "hybridize is 'off'", remedy })
  }
  return fallbacks
}

/** Sizes that share a program are one line of the explanation. */
function dynamicReport(group: readonly Specialisation[]): DynamicReport | undefined {
  const [{ sized } = { sized: undefined }] = group
  if (!sized) return undefined
  const { axes, capacity, graph } = sized.dynamic
  const sizes = group.map((each) => each.sized!.size).toSorted((a, b) => a - b)
  return { axes, capacity, sizes, masks: graph.masks }
}

function reportOf(functionName: string, group: readonly Specialisation[]): SpecialisationReport {
  const first = group.find(({ isCompiled }) => isCompiled) ?? group[0]!
  const { template, recording, program, because, notDynamic } = first
  const sum = (of: (each: Specialisation) => number): number => group.reduce((total, each) => total + of(each), 0)
  const { traced, optimized, plan } = program.compiled
  const count = (graph: typeof traced): number => inDependencyOrder(graph).filter(isNode).length
  return {
    signature: signatureText(template),
    because,
    dynamic: dynamicReport(group),
    notDynamic,
    guards: [
      ...recording.guards.map((guard) => guard.description),
      ...recording.fieldGuards.descriptions,
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
    frozen: frozenValues(recording),
    states: optimized.inputs.filter((input) => input.role === 'state').length,
    stateWrites: optimized.writes.length,
    arenaBytes: program.arenaBytes,
    peakLiveBytes: plan.memory.peakLiveBytes,
    memory: memoryReport(functionName, plan),
    moduleBytes: program.moduleBytes,
    compileMs: sum(({ compileMs }) => compileMs),
    calls: sum(({ calls }) => calls),
    threads: plan.threads.threads,
    threadsReason: plan.threads.reason ?? (plan.threads.threads > 1 ? workerPool.unavailableBecause : undefined),
    barriers: plan.threads.barriers,
  }
}
