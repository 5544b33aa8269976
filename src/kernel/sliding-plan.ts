import type { Layout } from '../base/layout.ts'
import type { Dtype } from '../base/dtype.ts'
import type { SlidingTerm, SlidingTerms } from '../ops/record.ts'
import type { Dimension } from './dimensions.ts'
import type { Epilogue } from './epilogue.ts'
import type { Lanes } from './ir.ts'
import type { Lowering } from './lowering.ts'
import type { Factor } from './micro-kernel.ts'

/** A product over windows, ready to be scheduled. */
export interface SlidingPlan {
  /** Examples, outputs in a group, height, width. */
  readonly sizes: readonly [number, number, number, number]
  readonly terms: SlidingTerms
  readonly windows: Factor
  /** How another access over the axes of the images is walked. */
  windowsOf(layout: Layout): SlidingTerm
  readonly weights: Factor
  /** The two axes of positions as one, and whether that is so for the windows in memory and all that meets the results too. */
  readonly positions: Dimension
  readonly positionsMerge: boolean
  readonly dtype: Dtype
  readonly lanes: Lanes
  readonly lowering: Lowering
  /** What finishes tiles, whose vectors have `lanes` lanes if not those of the plan. */
  epilogueFor(dimensions: readonly Dimension[], lanes?: Lanes): Epilogue
}

export const [exampleAxis, outputAxis, heightAxis, widthAxis] = [0, 1, 2, 3] as const
