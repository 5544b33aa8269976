import { dtypeInfo } from '../../base/dtype.ts'
import { InternalError } from '../../base/errors.ts'
import { CompiledProgram, type Place } from '../../compile/compiled-program.ts'
import { compileGraphOnce } from '../../compile/graph-cache.ts'
import type { CompileOptions } from '../../compile/options.ts'
import { deviceArena, elementsOf } from '../../runtime/arena.ts'
import { freshArray } from '../../runtime/fresh-array.ts'
import { noteResults } from '../../runtime/garbage-pressure.ts'
import type { StorageWatcher } from '../../runtime/storage.ts'
import { bindInput, type InputBinding } from '../hybridize/bindings.ts'
import { Leaves } from '../hybridize/template.ts'
import type { Run } from './run.ts'
import { assignedStates, segmentGraph } from './segment-graph.ts'
import type { Step } from './step.ts'

/** Values up to this size that depend on variables are kept without being asked for: to keep them costs little, and later they are gone. */
const smallBytes = 16384
/** A segment whose kept values change more often keeps all from then on. */
const mostCompilations = 4

/**
 * The ops between two reads. The first time they run one by one, and it is noted which of their values are used later; from the second
 * time on they run as one compiled program that keeps those.
 */
export class Segment implements StorageWatcher {
  readonly steps: readonly Step[]
  readonly assigned: ReturnType<typeof assignedStates>
  /** How often it ran op by op since there was no program, and as a program. */
  eagerRuns = 0
  calls = 0
  drops = 0
  compilations = 0
  lastUse = 0
  /** The end of the call's ops when the values used by later ones were last noted. */
  notedUpTo: Step | undefined
  compileMs = 0
  #program: SegmentProgram | undefined
  readonly #slots: ReadonlySet<number>
  readonly #used = new Set<number>()
  /** Whether the program lacks a value that is used. */
  #isOutdated = false
  #keepsAll = false

  constructor(steps: readonly Step[]) {
    this.steps = steps
    this.assigned = assignedStates(steps)
    this.#slots = new Set(steps.flatMap((step) => (step.view ? [] : [step.slot])))
  }

  /** The value of a slot is used after the segment has run. */
  used(slot: number): void {
    if (this.#used.has(slot) || !this.#slots.has(slot)) return
    this.#used.add(slot)
    if (this.#program && !this.#program.kept.has(slot)) this.#isOutdated = true
  }

  /** Nobody can tell which values are used later. */
  keepAll(): void {
    if (this.#keepsAll) return
    this.#keepsAll = true
    this.#isOutdated = true
  }

  get program(): SegmentProgram | undefined {
    return this.#program
  }

  /** Whether running it changes or keeps anything. */
  get isNeeded(): boolean {
    if (this.assigned.length > 0) return true
    return this.#program && !this.#isOutdated ? this.#program.kept.size > 0 : this.keptSlots().length > 0
  }

  /** Whether user's code may hold a value that the program does not keep. */
  get isHeld(): boolean {
    return this.steps.some(
      (step) => step.slot >= 0 && !step.view && !step.isHidden && !this.#program?.kept.has(step.slot),
    )
  }

  /** Compiles it if that has not been done for all values that are used. Returns whether it had to. */
  compile(options: CompileOptions): boolean {
    if (this.#program && !this.#isOutdated) return false
    const start = performance.now()
    this.#program?.dispose()
    if (++this.compilations >= mostCompilations) this.#keepsAll = true
    this.#program = new SegmentProgram(this.steps, this.keptSlots(), options)
    this.#isOutdated = false
    this.compileMs += performance.now() - start
    return true
  }

  /** Forgets the program; it is made again when it is needed. */
  drop(): void {
    this.#program?.dispose()
    this.#program = undefined
    this.eagerRuns = 0
    this.drops++
  }

  /** Whether it has not run before. */
  get isNew(): boolean {
    return this.eagerRuns + this.calls + this.drops === 0
  }

  keptSlots(): number[] {
    return this.steps.flatMap((step) => (this.#keeps(step) ? [step.slot] : []))
  }

  #keeps(step: Step): boolean {
    if (step.slot < 0 || step.view) return false
    if (this.#used.has(step.slot)) return true
    if (step.isHidden) return false
    return this.#keepsAll || (step.readsState && step.length * dtypeInfo[step.type.dtype].byteSize <= smallBytes)
  }
}

/** A segment's program, bound to the variables that it reads and writes. */
export class SegmentProgram {
  readonly kept: ReadonlySet<number>
  readonly program: CompiledProgram
  readonly isCacheHit: boolean
  readonly #results: readonly { readonly slot: number; readonly place: Place }[]
  readonly #externals: readonly InputBinding[]
  readonly #numbers: readonly InputBinding[]
  readonly #leaves = new Leaves()

  constructor(steps: readonly Step[], keptSlots: readonly number[], options: CompileOptions) {
    const { graph, inputs } = segmentGraph(steps, keptSlots)
    const { compiled, isHit } = compileGraphOnce(graph, options)
    this.isCacheHit = isHit
    this.kept = new Set(keptSlots)
    this.program = new CompiledProgram(
      compiled,
      {
        addressOf(state) {
          const from = inputs.get(state)
          if (from?.kind !== 'external' || !from.spec.state) throw new InternalError(`${state.name} is no state`)
          return from.spec.state.makeResident()
        },
        elementsOf(capture) {
          throw new InternalError(`${capture.name} is captured by a segment`)
        },
      },
      options,
    )
    this.#results = keptSlots.map((slot, i) => ({ slot, place: this.program.results[i]! }))
    const externals: InputBinding[] = []
    const numbers: InputBinding[] = []
    for (const [input, place] of this.program.inputs) {
      const from = inputs.get(input)!
      if (from.kind === 'number')
        numbers.push(...bindInput({ kind: 'argument', position: from.position, isTensor: false }, place))
      else if (!from.spec.state)
        externals.push(
          ...bindInput(
            { kind: 'argument', position: from.spec.slot, isTensor: true },
            from.spec.isLocal ? { ...place, isKept: false } : place,
          ),
        )
    }
    this.#externals = externals
    this.#numbers = numbers
  }

  /** Carries out the run's ops; the values that are kept settle. */
  run({ tensors, lifted }: Run): void {
    const leaves = this.#leaves
    leaves.values = tensors
    for (const input of this.#externals) input.write(leaves)
    if (this.#numbers.length > 0) {
      leaves.values = lifted
      for (const input of this.#numbers) input.write(leaves)
    }
    leaves.values = []
    const site = this.program.run()
    if (site !== 0) throw new InternalError('an op that can fail is in a segment')
    for (const { slot, place } of this.#results) {
      const { type, byteOffset } = place
      const first = byteOffset / dtypeInfo[type.dtype].byteSize
      const { storage } = tensors[slot]!
      storage.settle(freshArray(elementsOf(deviceArena(), type.dtype), first, first + storage.length))
    }
    noteResults(this.program.resultBytes)
  }

  dispose(): void {
    this.program.dispose()
  }
}
