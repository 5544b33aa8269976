import type { Storage } from '../../runtime/storage.ts'
import type { Tensor } from '../tensor.ts'
import type { Segment } from './segment.ts'
import { sameExternal, type ExternalSpec, type Step } from './step.ts'

let runs = 0

/** One way through the tree of steps: ops that wait, or waited, to be carried out together. */
export class Run {
  readonly id = ++runs
  /** Values by slot: what came from outside, and results of steps. */
  readonly tensors: Tensor[] = []
  /** By slot: what a value from outside is bound to, and which version of it. */
  readonly states: (Storage | undefined)[] = []
  readonly versions: (number | undefined)[] = []
  /** Slots of variables as they were before the run. */
  readonly variableSlots = new Map<Storage, number>()
  readonly steps: Step[] = []
  /** Operands as they were given, by step. */
  readonly operands: (readonly Tensor[])[] = []
  /** Numbers in the order in which steps take them as inputs. */
  readonly lifted: number[] = []
  /** By step: the version of what an assignment replaces, before it. */
  readonly versionsBefore: number[] = []
  /** What assignments that have not been made yet are to. */
  readonly assigned = new Set<Storage>()
  last: Step
  /** How many slots belong to the steps so far. */
  claimed = 0
  isPending = true
  /** What the steps were carried out as. */
  segment: Segment | undefined
  /** Called when somebody reads elements that wait. */
  readonly provide: (storage: Storage) => void
  readonly #locals: ReadonlySet<Storage>

  constructor(root: Step, locals: ReadonlySet<Storage>, provide: (run: Run, storage: Storage) => void) {
    this.last = root
    this.#locals = locals
    this.provide = (storage) => provide(this, storage)
  }

  /** The slot of a value that this run knows; −1 for another. */
  knownSlot(tensor: Tensor): number {
    if (tensor.runId === this.id) return tensor.slot
    const { storage, layout } = tensor
    if (layout !== undefined || storage.runId !== this.id) return -1
    const { type } = this.tensors[storage.slot]!
    return type === tensor.type || hasShape(type.shape, tensor.type.shape) ? storage.slot : -1
  }

  /** Takes in a value from outside. */
  addExternal(tensor: Tensor, version: number): number {
    const { storage } = tensor
    const slot = this.tensors.length
    const isLocal = this.#locals.has(storage)
    this.tensors.push(tensor)
    this.states.push(!isLocal && tensor.isVariable ? storage : undefined)
    this.versions.push(version)
    if (tensor.isVariable) this.variableSlots.set(storage, slot)
    if (tensor.layout === undefined && storage.runId !== this.id) {
      storage.runId = this.id
      storage.slot = slot
    } else {
      tensor.runId = this.id
      tensor.slot = slot
    }
    return slot
  }

  /** Takes in what a step gives; a view shares the elements of its operand. */
  addResult(tensor: Tensor, isView: boolean): void {
    const { storage } = tensor
    const slot = this.tensors.length
    this.tensors.push(tensor)
    this.states.push(undefined)
    this.versions.push(undefined)
    this.claimed = slot + 1
    tensor.runId = this.id
    tensor.slot = slot
    if (isView) return
    storage.runId = this.id
    storage.slot = slot
  }

  /** What the values from `firstExternal` on are. */
  externalsFrom(firstExternal: number): ExternalSpec[] {
    return this.tensors.slice(firstExternal).map((tensor, i) => ({
      slot: firstExternal + i,
      type: tensor.type,
      weak: tensor.weak,
      state: this.states[firstExternal + i],
      isLocal: this.#locals.has(tensor.storage),
    }))
  }

  fits(specs: readonly ExternalSpec[], firstExternal: number): boolean {
    const { tensors } = this
    if (tensors.length - firstExternal !== specs.length) return false
    for (let i = 0; i < specs.length; i++) {
      const spec = specs[i]!
      const tensor = tensors[firstExternal + i]!
      if (!sameExternal(spec, tensor, this.states[firstExternal + i], this.#locals.has(tensor.storage))) return false
    }
    return true
  }

  /** The slot of the step whose result has the elements that this value shows; −1 where they came from outside. */
  ownerOf(slot: number): number {
    const { storage } = this.tensors[slot]!
    if (storage.runId !== this.id) return -1
    const owner = this.tensors[storage.slot]!
    return owner.storage === storage && this.versions[storage.slot] === undefined ? storage.slot : -1
  }

  /** Forgets all values, since nobody can ask for those that were not kept: garbage that is found late should be little. */
  release(): void {
    this.tensors.length = 0
    this.operands.length = 0
    this.steps.length = 0
    this.variableSlots.clear()
  }

  /** Whether a value depends on variables. */
  readsState(slot: number): boolean {
    if (this.states[slot]) return true
    if (this.versions[slot] !== undefined) return false
    return this.steps.some((step) => step.slot === slot && step.readsState)
  }

  /** Position of the step that gives a slot its value. */
  indexOf(slot: number): number {
    return this.steps.findIndex((step) => step.slot === slot)
  }

  operandTensors(index: number): readonly Tensor[] {
    const given = this.operands[index]!
    return this.steps[index]!.slots.map((slot, i) => (slot === -1 ? given[i]! : this.tensors[slot]!))
  }
}

function hasShape(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
