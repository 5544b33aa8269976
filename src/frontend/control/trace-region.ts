import type { TensorType } from '../../base/shape.ts'
import type { Derivation } from '../../autograd/pull-back.ts'
import type { Graph, GraphInput, GraphValue } from '../../ir/graph.ts'
import { noteUntracked } from '../../ir/marks.ts'
import { context, withContext } from '../context.ts'
import { noteRegionEffects } from '../debug/effects.ts'
import type { Recorder } from '../recorder.ts'
import type { RegionEffects } from './region-effects.ts'
import { Scope, type Capture } from '../scope.ts'
import { Tensor } from '../tensor.ts'
import type { ControlOperand } from './apply-control.ts'
import { RegionDeferral } from './region-deferral.ts'

/** Whether control functions have to trace: a call is being recorded, and nothing has made it eager. */
export const recorderInUse = (): Recorder | undefined => (context.recorder?.isVoid ? undefined : context.recorder)

/** A region being recorded. */
export class TracedRegion {
  readonly scope: Scope
  readonly inputs: GraphInput[] = []
  /** What stands for the inputs that are no captures. */
  readonly given = new Set<Tensor>()
  readonly #recorder: Recorder
  readonly #deferral: RegionDeferral

  constructor(recorder: Recorder, what: string) {
    this.#recorder = recorder
    this.scope = new Scope(what, recorder.scope)
    this.#deferral = new RegionDeferral(what)
  }

  /** Records what `body` does, and undoes what it assigned. */
  trace<R>(prepare: () => void, body: () => R): { result: R; effects: RegionEffects } {
    const saved = this.#recorder.saveEffects()
    let effects: RegionEffects | undefined
    try {
      this.within(prepare)
      const result = this.within(body)
      effects = this.#recorder.takeEffects(saved, this.scope)
      return { result, effects }
    } finally {
      if (!effects) this.#recorder.takeEffects(saved, this.scope)
    }
  }

  within<R>(body: () => R): R {
    return this.#recorder.within(this.scope, () => withContext({ deferral: this.#deferral }, body))
  }

  /** A tensor that stands for something the region is given. */
  give(name: string, type: TensorType, weak = false, derivation?: Derivation<Tensor>): Tensor {
    const standIn = new Tensor(type, this.#deferral.storage(type), { weak, derivation })
    this.#recorder.bind(standIn, this.#input(name, type, weak), undefined)
    this.given.add(standIn)
    return standIn
  }

  /** The region as a graph; it reads what `captures` lists, whether it uses it or not. */
  graph(captures: ReadonlyMap<object, Capture>, results: readonly GraphValue[]): Graph {
    const { scope } = this
    const inputs = [...captures].map(
      ([key, { value, tensor }], i): GraphInput =>
        scope.captures.get(key)?.input ?? {
          op: 'input',
          role: 'argument',
          name: `unused${i}`,
          type: value.type,
          ...(tensor.weak ? { weak: true } : {}),
        },
    )
    for (const { value, tensor } of scope.made) if (!tensor.derivation) noteUntracked(value)
    const { checks } = scope
    const region = {
      inputs: [...this.inputs, ...inputs],
      results,
      writes: [],
      ...(checks.length > 0 ? { checks } : {}),
    }
    noteRegionEffects(region, scope.effects)
    return region
  }

  #input(name: string, type: TensorType, weak: boolean): GraphInput {
    const input: GraphInput = { op: 'input', role: 'argument', name, type, ...(weak ? { weak } : {}) }
    this.inputs.push(input)
    return input
  }
}

/** What several regions of one control op read, each once. */
export const allCaptures = (regions: readonly TracedRegion[]): Map<object, Capture> =>
  new Map(regions.flatMap(({ scope }) => [...scope.captures]))

/**
 * What control ops are given for captures. Where a gradient will want to see it again, a variable is given as the value it has now if the op itself
 * goes on to replace it, or if only copies of it take part: a later change is none of theirs.
 */
export function operandsFor(
  recorder: Recorder,
  captures: ReadonlyMap<object, Capture>,
  regions: readonly TracedRegion[],
  isReplaced: (variable: Tensor) => boolean,
  isTracked: boolean,
): ControlOperand[] {
  const isCopied = (tensor: Tensor): boolean =>
    tensor.isVariable && !tensor.requiresGrad && !regions.some(({ scope }) => scope.readForGradients.has(tensor))
  return [...captures.values()].map(({ tensor, value }) => {
    const shown = isTracked && (isReplaced(tensor) || isCopied(tensor)) ? tensor.clone() : tensor
    return { tensor: shown, value: shown === tensor ? recorder.localOf(value, tensor) : recorder.valueOf(shown) }
  })
}
