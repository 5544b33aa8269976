import type { Buffer } from '../kernel/ir.ts'

/** A scalar in memory. */
export interface ScalarPlace {
  readonly buffer: Buffer
  readonly elementOffset: number
}

/** What a program does, in order; kernels by their position in the plan. */
export type ProgramStep = KernelStep | BranchStep | LoopStep
export interface KernelStep {
  readonly kind: 'kernel'
  readonly kernel: number
}
/** Runs the arm whose number the selector is; a bool selects 0 or 1, and a number out of range the nearest arm. */
export interface BranchStep {
  readonly kind: 'branch'
  readonly selector: ScalarPlace
  readonly arms: readonly (readonly ProgramStep[])[]
}
/** Begins with pass 0, and makes passes while their number is below the count and the test holds; `pass` has the number, at the end how many there were. */
export interface LoopStep {
  readonly kind: 'loop'
  readonly count: ScalarPlace | undefined
  readonly pass: ScalarPlace
  readonly condition: { readonly steps: readonly ProgramStep[]; readonly test: ScalarPlace } | undefined
  readonly body: readonly ProgramStep[]
}

/** Whether kernels run other than once each, in their order. */
export const hasControl = (steps: readonly ProgramStep[]): boolean => steps.some(({ kind }) => kind !== 'kernel')

/** Kernels in their order. */
export const inOrder = (count: number): ProgramStep[] =>
  Array.from({ length: count }, (_, kernel) => ({ kind: 'kernel', kernel }))

/** Kernels that may run several times in a call. */
export function repeatedKernels(steps: readonly ProgramStep[], isRepeated = false): ReadonlySet<number> {
  const found = steps.flatMap((step): number[] => {
    if (step.kind === 'kernel') return isRepeated ? [step.kernel] : []
    if (step.kind === 'branch') return step.arms.flatMap((arm) => [...repeatedKernels(arm, isRepeated)])
    return [...repeatedKernels([...(step.condition?.steps ?? []), ...step.body], true)]
  })
  return new Set(found)
}

/** When kernels run and buffers are used, in ticks: every kernel and every decision takes one. */
export interface Timeline {
  /** Of each kernel. */
  readonly ticks: readonly number[]
  /** What decisions read. */
  readonly reads: readonly { readonly buffer: Buffer; readonly tick: number }[]
  /** From the tick before the first pass to the one after the last. */
  readonly loops: readonly { readonly first: number; readonly last: number }[]
  /** After the last kernel. */
  readonly end: number
}

export function timelineOf(steps: readonly ProgramStep[]): Timeline {
  const ticks: number[] = []
  const reads: { buffer: Buffer; tick: number }[] = []
  const loops: { first: number; last: number }[] = []
  let now = 0
  const read = (place: ScalarPlace | undefined): void => {
    if (place) reads.push({ buffer: place.buffer, tick: now })
  }
  const visit = (step: ProgramStep): void => {
    if (step.kind === 'kernel') ticks[step.kernel] = now++
    else if (step.kind === 'branch') {
      read(step.selector)
      now++
      step.arms.forEach((arm) => arm.forEach(visit))
    } else {
      const first = now
      read(step.count)
      read(step.pass)
      now++
      step.condition?.steps.forEach(visit)
      read(step.condition?.test)
      now++
      step.body.forEach(visit)
      read(step.count)
      read(step.pass)
      loops.push({ first, last: now++ })
    }
  }
  steps.forEach(visit)
  return { ticks, reads, loops, end: now }
}

/** What threads that met at decisions may still be reading when they go on. */
export interface ReadsAfterDecisions {
  /** By kernels that come first after a decision, before which all threads meet. */
  readonly before: ReadonlyMap<number, readonly ScalarPlace[]>
  /** At the end; undefined if a kernel is the last step. */
  readonly atEnd: readonly ScalarPlace[] | undefined
}

export function readsAfterDecisions(steps: readonly ProgramStep[]): ReadsAfterDecisions {
  const before = new Map<number, readonly ScalarPlace[]>()
  let reads: readonly ScalarPlace[] | undefined
  const visit = (step: ProgramStep): void => {
    if (step.kind === 'kernel') {
      if (reads) before.set(step.kernel, reads)
      reads = undefined
    } else if (step.kind === 'branch') {
      for (const arm of step.arms) {
        reads = [step.selector]
        arm.forEach(visit)
      }
      reads = []
    } else {
      const count = step.count ? [step.count] : []
      const test = step.condition ? [step.condition.test] : []
      reads = count
      step.condition?.steps.forEach(visit)
      if (step.condition) reads = test
      step.body.forEach(visit)
      reads = [...count, ...test]
    }
  }
  steps.forEach(visit)
  return { before, atEnd: reads }
}

/** How often threads meet for decisions, by the text of the program. */
export const decisionCount = (steps: readonly ProgramStep[]): number =>
  steps.reduce((sum, step) => {
    if (step.kind === 'kernel') return sum
    if (step.kind === 'branch') return step.arms.reduce((inner, arm) => inner + decisionCount(arm), sum + 2)
    const test = step.condition ? 1 + decisionCount(step.condition.steps) : 0
    return sum + 1 + test + decisionCount(step.body)
  }, 0)
