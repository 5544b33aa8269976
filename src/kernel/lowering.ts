import type { GraphValue } from '../ir/graph.ts'
import type { Names } from './binding.ts'
import type { Storage, Surroundings } from './evaluation.ts'
import type { Buffer, CheckSite } from './ir.ts'

/** Rows × columns of the tile of a product that is kept in registers. */
export type MicroTile = '3x12' | '4x8' | '6x8'

export interface LowerOptions {
  /** Whether to use vectors; without them every register has one lane. */
  readonly simd: boolean
  /** The tile the engine is best at; '3x12' when left out. */
  readonly microTile?: MicroTile
  /** Whether the engine keeps a product's accumulators in registers when they are computed with after the loop over k; true when left out. */
  readonly inlineEpilogues?: boolean
  /** Whether to mark loops that threads may split; then working memory is laid out for them too. */
  readonly parallel?: boolean
  /** Where a value from outside the group lies, views resolved into the layout, or where an output goes. */
  bufferOf(value: GraphValue): Storage
  /** A number for a check that can fail. */
  nextSite(site: Omit<CheckSite, 'site'>): number
}

/** What the lowering of one group carries along. */
export interface Lowering extends Surroundings {
  readonly simd: boolean
  readonly microTile: MicroTile
  readonly inlineEpilogues: boolean
  readonly parallel: boolean
  readonly names: Names
  /** A new piece of working memory, for each thread when it is not `shared`. */
  scratch(name: string, dtype: Buffer['dtype'], elementCount: number, shared?: 'shared'): Buffer
}
