import { sameShape } from '../base/shape.ts'
import type { GraphNode, GraphValue } from '../ir/graph.ts'
import { noteMade } from '../ir/marks.ts'
import type { Storage } from '../runtime/storage.ts'
import { refill, type RegionEffects, type SavedEffects, type StateEffect } from './control/region-effects.ts'
import { hostReadInRegion, maybeChangedVariable, regionTensorEscaped } from './control/errors.ts'
import type { ShownVariable } from './control/shown-variables.ts'
import { Scope } from './scope.ts'
import type { Tensor } from './tensor.ts'

/** The values of a recording, which belong to the call or to a region in it, and what has been assigned so far. */
export abstract class RecordedState {
  abstract readonly functionName: string
  protected readonly values = new Map<Tensor, GraphValue>()
  protected readonly stateValues = new Map<Storage, GraphValue>()
  /** What states were last assigned. */
  protected readonly assigned = new Map<Storage, { readonly variable: Tensor; readonly tensor: Tensor }>()
  /** States whose new value a gradient would flow through, if it were no state. */
  protected readonly cutOff = new Set<Storage>()
  protected readonly gradWrites = new Map<Tensor, Tensor | null>()
  protected readonly gradsBefore = new Map<Tensor, Tensor | null>()
  /** Cotangents that backward passes inside the call brought to arguments; the caller's own tape goes on from them. */
  protected readonly argumentGradients = new Map<number, Tensor>()
  /** Storage of variables made during the call: each call has its own. */
  protected readonly locals = new Set<Storage>()
  /** Which region a value belongs to; those of the call are not listed. */
  readonly #owners = new Map<GraphValue, Scope>()
  #scope = new Scope()

  abstract valueOf(tensor: Tensor): GraphValue
  protected abstract stateValue(variable: Tensor): GraphValue
  protected abstract madeHere(tensor: Tensor, source: string | undefined, isArgument: boolean): void

  /** The call, or the region that is being traced. */
  get scope(): Scope {
    return this.#scope
  }

  /** Throws inside a region, where nothing has a value. */
  requireOutside(what: string): void {
    if (this.#scope.what !== undefined) throw hostReadInRegion(this.functionName, this.#scope.what, what)
  }

  /** The value as the scope being recorded sees it: one from outside of a region is an input of it. `tensor` is what shows it. */
  localOf(value: GraphValue, tensor: Tensor): GraphValue {
    if (value.op === 'constant') return value
    const owner = this.#owners.get(value)
    if (owner?.isClosed) throw regionTensorEscaped(this.functionName, owner.what!) // only regions own values
    const scope = this.#scope
    if (owner === scope || (!owner && !scope.parent)) return value
    const input = scope.capture(value, tensor)
    this.#owners.set(input, scope)
    return input
  }

  /** The value of a tensor where it was made, inside or outside of the region that is being traced. */
  madeValueOf(tensor: Tensor): GraphValue {
    return (tensor.isVariable ? undefined : this.values.get(tensor)) ?? this.valueOf(tensor)
  }

  protected note(node: GraphNode, tensor: Tensor): GraphNode {
    this.#scope.made.push({ value: noteMade(node), tensor })
    if (this.#scope.parent) this.#owners.set(node, this.#scope)
    return node
  }

  /** Records what `body` does as part of a region. */
  within<R>(scope: Scope, body: () => R): R {
    const outer = this.#scope
    this.#scope = scope
    try {
      return body()
    } finally {
      this.#scope = outer
    }
  }

  /** Inside a region, the variable has this value to begin with. */
  enterState(variable: Tensor, tensor: Tensor): void {
    this.assigned.set(variable.storage, { variable, tensor })
    this.stateValues.set(variable.storage, this.valueOf(tensor))
  }

  /** A value that the scope being recorded was given, and the tensor that stands for it. */
  bind(tensor: Tensor, value: GraphValue, source: string | undefined): void {
    if (this.#scope.parent) this.#owners.set(value, this.#scope)
    this.values.set(tensor, value)
    this.madeHere(tensor, source, false)
  }

  /** What has been assigned and left on leaves so far. */
  saveEffects(): SavedEffects {
    for (const storage of this.cutOff) this.stateValue(this.assigned.get(storage)!.variable) // all states have been assigned
    return {
      states: new Map(this.stateValues),
      gradients: new Map(this.gradWrites),
      argumentGradients: new Map(this.argumentGradients),
    }
  }

  /** Puts everything back as it was saved, and tells what the region has changed. */
  takeEffects(saved: SavedEffects, { versions }: Scope): RegionEffects {
    const states = new Map<Tensor, StateEffect>()
    for (const [storage, value] of this.stateValues) {
      const isOwn = this.locals.has(storage) && !saved.states.has(storage)
      if (saved.states.get(storage) === value || isOwn) continue
      const { variable, tensor } = this.assigned.get(storage)!
      states.set(variable, { value, tensor })
    }
    const gradients = new Map([...this.gradWrites].filter(([leaf, value]) => saved.gradients.get(leaf) !== value))
    const isNew = ([position, value]: [number, Tensor]): boolean => saved.argumentGradients.get(position) !== value
    const argumentGradients = new Map([...this.argumentGradients].filter(isNew))
    for (const leaf of gradients.keys()) {
      leaf.pokeGrad(saved.gradients.has(leaf) ? saved.gradients.get(leaf)! : this.gradsBefore.get(leaf)!) // set with the first write
      if (!saved.gradients.has(leaf)) this.gradsBefore.delete(leaf)
    }
    for (const [storage, version] of versions) storage.version = version
    this.cutOff.clear()
    refill(this.stateValues, saved.states)
    refill(this.gradWrites, saved.gradients)
    refill(this.argumentGradients, saved.argumentGradients)
    return { states, gradients, argumentGradients }
  }

  /** A backward pass will need what these hold now. */
  noteGradientReads(operands: readonly Tensor[]): void {
    for (const operand of operands) if (operand.isVariable) this.#scope.readForGradients.add(operand)
  }

  /** Whether a variable that a tensor may be has other values than the tensor by now. */
  hasChanged(tensor: Tensor, { storage, version }: ShownVariable): boolean {
    if (storage.version === version) return false
    const held = this.stateValues.get(storage)
    const own = this.values.get(tensor)
    return version < 0 || !held || !own || unchanged(held) !== unchanged(own)
  }

  /** Throws where a tensor may be a variable that has changed: eager code would have the variable, and compiled code a copy of what it was. */
  requireUnchanged(tensor: Tensor): void {
    const { origin } = tensor
    if (!origin?.shows?.some((shown) => this.hasChanged(tensor, shown))) return
    throw maybeChangedVariable(this.functionName, origin.source)
  }

  /** The cotangent that backward passes have brought to the argument at `position`. */
  argumentGradientAt(position: number): Tensor | undefined {
    return this.argumentGradients.get(position)
  }

  setArgumentGradientAt(position: number, gradient: Tensor): void {
    this.argumentGradients.set(position, gradient)
  }
}

/** What a value was before gradients were cut off at it. */
function unchanged(value: GraphValue): GraphValue {
  const isCut = value.op === 'reshape' && sameShape(value.operands[0]!.type.shape, value.type.shape)
  return isCut ? unchanged(value.operands[0]!) : value
}
