import type { GraphValue } from '../../ir/graph.ts'
import type { Storage } from '../../runtime/storage.ts'
import type { Tensor } from '../tensor.ts'

/** What had been assigned and left on leaves when a region began. */
export interface SavedEffects {
  readonly states: ReadonlyMap<Storage, GraphValue>
  readonly gradients: ReadonlyMap<Tensor, Tensor | null>
  readonly argumentGradients: ReadonlyMap<number, Tensor>
}

/** What a region changes of the world outside: variables with their new values, gradients of leaves, and cotangents of arguments. */
export interface RegionEffects {
  readonly states: ReadonlyMap<Tensor, StateEffect>
  readonly gradients: ReadonlyMap<Tensor, Tensor | null>
  readonly argumentGradients: ReadonlyMap<number, Tensor>
}
/** A variable's value at the end of a region, and the tensor that was assigned. */
export interface StateEffect {
  readonly value: GraphValue
  readonly tensor: Tensor
}

/** Makes a map what another one was. */
export function refill<K, V>(map: Map<K, V>, entries: ReadonlyMap<K, V>): void {
  map.clear()
  for (const [key, value] of entries) map.set(key, value)
}
