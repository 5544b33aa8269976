import type { Layout } from '../base/layout.ts'
import type { Dtype } from '../base/dtype.ts'
import type { SlidingTerm, SlidingTerms } from '../ops/record.ts'
import type { Dimension } from './dimensions.ts'
import type { Epilogue } from './epilogue.ts'
import type { Affine, Lanes, Statement } from './ir.ts'
import type { Lowering } from './lowering.ts'
import type { Factor } from './micro-kernel.ts'
import { forEach } from './tile-loops.ts'

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

/** The axes of the result, each by itself. */
export const axesOfResult = ({ sizes: [n, outputs, height, width], terms }: SlidingPlan): Dimension[] =>
  [n, outputs * terms.groups, height, width].map((extent, axis) => ({ axes: [axis], extent }))

/** `plane` for each output of each group of each example. Threads take examples, or groups of one example. */
export function eachPlane(
  { sizes: [n, outputs], terms, lowering }: SlidingPlan,
  plane: (example: Affine, part: Affine, output: Affine) => Statement[],
): Statement[] {
  const { names, parallel } = lowering
  const ofPart = (example: Affine, part: Affine): Statement[] =>
    forEach(names, 'o', outputs, (output) => plane(example, part, output))
  const ofExample = (example: Affine): Statement[] =>
    forEach(names, 'g', terms.groups, (part) => ofPart(example, part), parallel && n === 1)
  return forEach(names, 'n', n, ofExample, parallel)
}
