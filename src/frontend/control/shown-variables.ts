import type { Storage } from '../../runtime/storage.ts'
import type { Recorder } from '../recorder.ts'
import { Tensor } from '../tensor.ts'

/**
 * A variable, or a view of one, that a value of a recording may be: a loop that makes no pass gives it on, and so does a branch. Compiled code
 * has a copy of it, which is as good until the variable changes.
 */
export interface ShownVariable {
  readonly storage: Storage
  /** Which version of the variable the copy has; `outdated` where it is an older one for certain. */
  readonly version: number
}

const outdated = -2

/** What a value may show at the end of a region, or where a loop begins. */
export function shownBy(recorder: Recorder, value: unknown): ShownVariable[] {
  if (!(value instanceof Tensor)) return []
  const { storage, isVariable, shownVersion, origin } = value
  if (storage.isVariable)
    return [{ storage, version: isVariable || shownVersion === storage.version ? storage.version : outdated }]
  return (origin?.shows ?? []).map((shown) => ({
    storage: shown.storage,
    version: recorder.hasChanged(value, shown) ? outdated : shown.storage.version,
  }))
}

/** Each variable once. A region's changes are undone when it has been traced: what was right at its end is right at the versions of now. */
export function joined(all: readonly ShownVariable[]): ShownVariable[] {
  const versions = new Map<Storage, number>()
  for (const { storage, version } of all)
    versions.set(storage, version === outdated || versions.get(storage) === outdated ? outdated : storage.version)
  return [...versions].map(([storage, version]) => ({ storage, version }))
}

/** Notes what a tensor of the recording may be. */
export function noteShown(tensor: Tensor, shown: readonly ShownVariable[]): void {
  if (shown.length > 0 && tensor.origin) tensor.origin.shows = joined(shown)
}

/** Whether all of `shown` is in `known` already, outdated where it is in `shown`. */
export const isKnown = (shown: readonly ShownVariable[], known: readonly ShownVariable[]): boolean =>
  shown.every(({ storage, version }) =>
    known.some((other) => other.storage === storage && (version !== outdated || other.version === outdated)),
  )
