import type { TypedArray } from '../../base/dtype.ts'
import { userLocation } from '../../base/errors.ts'
import { contiguousLayout, isContiguous } from '../../base/layout.ts'
import { isWeakResult } from '../../ops/interpreter.ts'
import { inferType, recordOf } from '../../ops/registry.ts'
import { noAttrs, type Attrs, type OpName } from '../../ops/table.ts'
import { freshArray } from '../../runtime/fresh-array.ts'
import { Storage } from '../../runtime/storage.ts'
import { context } from '../context.ts'
import { viewOf } from '../view-of.ts'
import type { HostRead } from '../recorder.ts'
import { Tensor } from '../tensor.ts'
import { keepReachable } from './reachable.ts'
import { rescue, runOneByOne } from './one-by-one.ts'
import { Run } from './run.ts'
import type { SegmentCache } from './segment-cache.ts'
import type { Segment } from './segment.ts'
import { numberOf, Step, type Request } from './step.ts'

/**
 * A call of a function that reads elements on the way. It runs as JavaScript; its ops wait until an element is read, and what has come
 * before is carried out as one *segment*. A throw undoes every assignment.
 */
export class LazyCall {
  readonly #cache: SegmentCache
  readonly #locals = new Set<Storage>()
  /** Versions of variables with assignments to come, before the first of these. */
  readonly #assigned = new Map<Storage, number>()
  readonly #undo = new Map<Storage, TypedArray>()
  readonly #gradsBefore = new Map<Tensor, Tensor | null>()
  #run: Run
  /** How the user reads elements, while that goes on. */
  #reading: string | undefined
  #showsGradients = false
  #isReplaying = false
  #failure: { readonly error: unknown } | undefined

  constructor(cache: SegmentCache) {
    this.#cache = cache
    this.#run = new Run(cache.root, this.#locals, this.#provide)
  }

  /** The result of an op that will be computed later. Undefined if it has to be now: what can fail does so on the user's line. */
  apply(op: OpName, operands: readonly Tensor[], attrs: Attrs): Tensor | undefined {
    // What came here last most likely comes again: to look up an op takes as long as half of the rest.
    const expected = this.#run.last.next[0]
    if (expected !== undefined && expected.op === op && expected.view === undefined)
      return this.#op({ op, operands, attrs, isHidden: context.isHidden })
    const record = recordOf(op)
    if (record.kind === 'view') return this.#view(op, operands[0]!, attrs)
    if (record.checks) {
      for (const operand of operands) this.materialize(operand)
      return undefined
    }
    return this.#op({ op, operands, attrs, isHidden: context.isHidden })
  }

  /** Puts off an assignment. */
  assign(variable: Tensor, value: Tensor): void {
    this.#assign(variable, value, variable.storage.version, context.isHidden)
  }

  /** Makes sure that a tensor's elements are there. */
  materialize(tensor: Tensor): void {
    if (tensor.storage.isPutOff) void tensor.storage.array
  }

  /** A tensor of the call becomes a variable of its own. */
  makeVariable(tensor: Tensor): void {
    this.materialize(tensor)
    this.#locals.add(tensor.storage)
  }

  /** A variable is about to be seen under another identity. */
  takeIn(variable: Tensor): void {
    this.#makeRoom([variable])
    this.#slotOf(variable)
  }

  /** The read that made the call lazy. */
  noteFirstRead(read: HostRead): void {
    this.#cache.noteRead(read)
  }

  /** An element is about to be read. */
  noteRead(what: string): void {
    this.#reading = what
  }

  /** The user's code sees a gradient, which the library made for itself. */
  showGradient(): void {
    if (!context.isHidden) this.#showsGradients = true
  }

  /** Called before the gradient of a leaf is replaced. */
  noteGrad(variable: Tensor, before: Tensor | null): void {
    if (!this.#gradsBefore.has(variable)) this.#gradsBefore.set(variable, before)
  }

  /** Ends the call: what it returns or leaves behind is computed, and assignments are made. */
  finish(returned: unknown): void {
    this.throwFailure()
    if (this.#run.steps.length > 0) this.#flush(this.#run.steps.length, true, returned)
    this.#close()
  }

  /** A function that catches an error of what was put off cannot go on as if only one op had failed. */
  throwFailure(): void {
    if (this.#failure) throw this.#failure.error
  }

  /** Variables and gradients are as they were before the call. */
  drop(): void {
    for (const [storage, version] of this.#assigned) {
      storage.settle()
      storage.version = version
    }
    for (const [storage, elements] of this.#undo) {
      storage.array.set(elements)
      storage.version++
    }
    for (const [variable, before] of this.#gradsBefore) variable.pokeGrad(before)
    this.#close()
  }

  /** What the call has made may outlive it, but not what was kept in case of a throw. */
  #close(): void {
    this.#run.isPending = false
    this.#assigned.clear()
    this.#undo.clear()
    this.#gradsBefore.clear()
  }

  #op(request: Request, existing?: Tensor): Tensor {
    const step = this.#step(request, false)
    const run = this.#run
    let result = existing
    if (result) result.storage.putOff(run.provide)
    else {
      const storage = Storage.putOff(step.type.dtype, step.length, run.provide)
      result = new Tensor(step.type, storage, step.weak ? weakOption : undefined)
    }
    run.addResult(result, false)
    return result
  }

  #view(op: OpName, operand: Tensor, attrs: Attrs): Tensor {
    // Consecutive elements of what is there are themselves something from outside: where they begin may differ from call to call.
    if (this.#isThere(operand)) {
      const { type, form } = viewOf(op, operand, attrs)
      if (!form.copies && isContiguous(form.layout ?? contiguousLayout(type.shape), type.shape))
        return new Tensor(type, operand.storage, { layout: form.layout, weak: isWeakResult([operand], type) })
    }
    const { isHidden } = context
    const step = this.#step({ op, operands: [operand], attrs, isHidden }, true)
    const known = step.view!
    const isKnown = known.base === operand.layout && known.storageLength === operand.storage.length
    const form = isKnown ? known : viewOf(op, operand, attrs).form
    step.view = form
    if (!form.copies) {
      const result = new Tensor(step.type, operand.storage, { layout: form.layout, weak: step.weak })
      this.#run.addResult(result, true)
      return result
    }
    // The elements in order are made by an op of their own; programs take the view of the operand.
    const storage = Storage.putOff(step.type.dtype, step.length, this.#run.provide)
    const result = new Tensor(step.type, storage, { layout: form.layout })
    this.#run.addResult(result, true)
    this.#op({ op: 'copy', operands: [operand], attrs: noAttrs, isHidden }, new Tensor(operand.type, storage))
    return result
  }

  /** Whether a tensor comes from outside the run and does not change. */
  #isThere(tensor: Tensor): boolean {
    const { storage } = tensor
    return !storage.isPutOff && !storage.isVariable && this.#run.knownSlot(tensor) < 0
  }

  #assign(variable: Tensor, value: Tensor, versionBefore: number, isHidden: boolean): void {
    const { storage } = variable
    const isFixed = !value.storage.isVariable && !value.isConstant
    const operand = isFixed ? value : this.#op({ op: 'copy', operands: [value], attrs: noAttrs, isHidden })
    this.#makeRoom([operand])
    const run = this.#run
    const target = run.variableSlots.get(storage) ?? run.addExternal(variable, this.#cellVersion(storage))
    const slot = this.#slotOf(operand)
    run.versionsBefore[run.steps.length] = versionBefore
    this.#advance({ op: 'assign', operands: [variable, operand], attrs: noAttrs, isHidden }, [target, slot], false)
    run.claimed = run.tensors.length
    storage.runId = run.id
    storage.slot = slot
    run.assigned.add(storage)
    if (!this.#assigned.has(storage)) this.#assigned.set(storage, versionBefore)
    if (!storage.isPutOff) storage.makeResident() // kernels read it there, whatever waits
    storage.putOff(run.provide)
  }

  /** Goes on to the step for a request. */
  #step(request: Request, isView: boolean): Step {
    const { operands } = request
    this.#makeRoom(operands)
    const slots: number[] = []
    for (const operand of operands) slots.push(this.#slotOf(operand))
    return this.#advance(request, slots, isView)
  }

  /** Computes what an older run has not kept; and all that waits if it becomes too much. */
  #makeRoom(operands: readonly Tensor[]): void {
    for (let i = 0; i < operands.length; i++) {
      const operand = operands[i]!
      if (operand.runId !== this.#run.id && operand.storage.isPutOff && this.#run.knownSlot(operand) < 0)
        void operand.storage.array
    }
    if (this.#run.steps.length >= mostPending) this.#flush(this.#run.steps.length, false)
  }

  #slotOf(tensor: Tensor): number {
    if (tensor.isConstant) return -1
    const known = this.#run.knownSlot(tensor)
    if (known >= 0) return known
    const { storage } = tensor
    if (storage.watcher) storage.noteUse()
    // What shows a variable without being it is stale once the variable is assigned, and that may come before the op is carried out.
    if (!storage.isVariable || tensor.isVariable) return this.#run.addExternal(tensor, this.#cellVersion(storage))
    return this.#run.addExternal(new Tensor(tensor.type, new Storage(tensor.dtype, tensor.copyElements())), 0)
  }

  #advance(request: Request, slots: readonly number[], isView: boolean): Step {
    const run = this.#run
    const { operands } = request
    const step = run.last.after(request, slots, run, run.claimed) ?? this.#newStep(request, slots, isView)
    step.visit(this.#isReplaying)
    run.steps.push(step)
    run.operands.push(operands)
    run.last = step
    if (step.hasLifted)
      for (let i = 0; i < slots.length; i++) if (step.lifted[i]) run.lifted.push(numberOf(operands[i]!))
    return step
  }

  #newStep(request: Request, slots: readonly number[], isView: boolean): Step {
    const run = this.#run
    const { op, operands, attrs } = request
    const isAssignment = op === 'assign'
    const type = isAssignment ? operands[1]!.type : inferType(op, operands.map(typeOf), attrs)
    const result = {
      slot: isAssignment ? -1 : run.tensors.length,
      type,
      weak: !isAssignment && isWeakResult(operands, type),
      readsState: slots.some((slot) => slot >= 0 && run.readsState(slot)),
    }
    const before = run.last.afterButNumbers(request, slots, run, run.claimed)
    const step = new Step(request, slots, run.externalsFrom(run.claimed), result, before)
    if (isView) step.view = viewOf(op as OpName, operands[0]!, attrs).form // a view is an op
    run.last.next.unshift(step)
    if (run.last.next.length > mostAlternatives) run.last.next.pop()
    this.#cache.noteStep()
    return step
  }

  /** The version of a variable's elements as they are now, before assignments to come. */
  #cellVersion(storage: Storage): number {
    return this.#assigned.get(storage) ?? storage.version
  }

  /** Somebody reads elements that wait, or that a run has not kept. */
  readonly #provide = (run: Run, storage: Storage): void => {
    this.throwFailure()
    if (!run.isPending) rescue(run, storage, (state) => this.#cellVersion(state), this.#cache.functionName)
    else if (run.assigned.has(storage)) this.#flush(run.steps.length, false)
    else this.#flush(this.#endOfRead(run, storage.slot), false, storage)
  }

  /** A read carries out what was asked for up to the next thing that the library does by itself: a backward pass or an update can wait. */
  #endOfRead({ steps }: Run, slot: number): number {
    let end = steps.findIndex((step) => step.slot === slot) + 1
    while (end < steps.length && !steps[end]!.isHidden && steps[end]!.op !== 'assign') end++
    return end
  }

  /** Carries out the first `count` steps. */
  #flush(count: number, isEnd: boolean, wanted?: unknown): void {
    const run = this.#run
    const segment = this.#cache.segmentAt(run.steps, count)
    if (segment.isNew && this.#reading !== undefined)
      this.#cache.noteRead({ what: this.#reading, source: userLocation() })
    this.#reading = undefined
    this.#noteUses(run, segment, count, wanted)
    run.segment = segment
    try {
      for (const storage of run.assigned) storage.settle()
      if (!isEnd) for (const { target } of segment.assigned) this.#keep(run.tensors[target]!.storage)
      if (segment.isNeeded) this.#carryOut(run, segment, count)
    } catch (error) {
      this.#failure = { error }
      throw error
    }
    for (const { target } of segment.assigned) this.#assigned.delete(run.tensors[target]!.storage)
    run.isPending = false
    this.#run = new Run(this.#cache.root, this.#locals, this.#provide)
    if (count < run.steps.length) this.#goOn(run, count)
    if (!segment.isHeld && !this.#showsGradients) run.release()
  }

  #carryOut(run: Run, segment: Segment, count: number): void {
    if (!this.#cache.isWorthCompiling(segment)) {
      this.#cache.eagerRuns++
      segment.eagerRuns++
      runOneByOne(run, count, (storage) => this.#keep(storage))
      for (const { slot, view } of segment.steps) if (slot >= 0 && !view) run.tensors[slot]!.storage.watcher = segment
      return
    }
    this.#cache.prepare(segment)
    if (context.undo) for (const { target } of segment.assigned) context.undo.keep(run.tensors[target]!.storage)
    segment.program!.run(run)
    segment.calls++
    for (const { target, index } of segment.assigned) {
      const variable = run.tensors[target]!
      if (this.#locals.has(variable.storage)) variable.replaceElements(run.tensors[run.steps[index]!.slots[1]!]!)
    }
  }

  /** Tells a segment which of its values are used after it. */
  #noteUses(run: Run, segment: Segment, count: number, wanted: unknown): void {
    const noteStorage = (storage: Storage): void => {
      if (storage.isPutOff && storage.runId === run.id) segment.used(storage.slot)
    }
    const note = ({ storage }: Tensor): void => noteStorage(storage)
    if (wanted instanceof Storage) noteStorage(wanted)
    else if (wanted !== undefined && keepReachable(wanted, note)) segment.keepAll()
    for (const variable of this.#gradsBefore.keys()) {
      const gradient = variable.peekGrad()
      if (gradient) note(gradient)
    }
    for (const { target, index } of segment.assigned)
      if (this.#locals.has(run.tensors[target]!.storage)) note(run.tensors[run.steps[index]!.slots[1]!]!)
    if (segment.notedUpTo === run.last) return
    segment.notedUpTo = run.last
    for (let i = count; i < run.steps.length; i++)
      for (const slot of run.steps[i]!.slots) if (slot >= 0) note(run.tensors[slot]!)
  }

  /** Puts the steps that were not carried out into a new run. */
  #goOn(run: Run, from: number): void {
    const { steps, operands } = run
    this.#isReplaying = true
    for (let i = from; i < steps.length; i++) {
      const { op, attrs, isHidden, view, slot, source } = steps[i]!
      if (op === 'assign') this.#assign(operands[i]![0]!, operands[i]![1]!, run.versionsBefore[i]!, isHidden)
      else {
        const request = { op, operands: operands[i]!, attrs, isHidden }
        if (!view) this.#op(request, run.tensors[slot])
        else {
          this.#step(request, true)
          this.#run.addResult(run.tensors[slot]!, true)
        }
      }
      this.#run.last.source ??= source
    }
    this.#isReplaying = false
    steps.length = from
    operands.length = from
  }

  /** Remembers the elements of a variable before the call changes them. */
  #keep(storage: Storage): void {
    if (!this.#locals.has(storage) && !this.#undo.has(storage)) this.#undo.set(storage, freshArray(storage.array))
  }
}

const weakOption = { weak: true }
/** Ops that wait at most: more do not make a better program. */
const mostPending = 4096
/** Steps that are remembered after one step. */
const mostAlternatives = 256
const typeOf = (tensor: Tensor): Tensor['type'] => tensor.type
