import type { Shape } from '../../base/shape.ts'
import type { OpTable } from '../table.ts'
import { anything, broadcastRule, keepsPositions, sameAttrs, type PaddingRule } from './rule.ts'

type AttrsOf<N extends keyof OpTable> = OpTable[N]['attrs']

/** Runs of axes of both shapes with equal products, as short as can be: a reshape permutes nothing between them. */
function runsOf(from: Shape, to: Shape): { readonly from: readonly number[]; readonly to: readonly number[] }[] {
  const runs: { from: number[]; to: number[] }[] = []
  let [i, j] = [0, 0]
  while (i < from.length && j < to.length) {
    const run = { from: [i], to: [j] }
    let [product, other] = [from[i++]!, to[j++]!]
    while (product !== other) {
      if (product < other) {
        run.from.push(i)
        product *= from[i++]!
      } else {
        run.to.push(j)
        other *= to[j++]!
      }
    }
    runs.push(run)
  }
  // What is left has size 1.
  const last = runs.at(-1) ?? { from: [], to: [] }
  if (runs.length === 0) runs.push(last)
  for (; i < from.length; i++) last.from.push(i)
  for (; j < to.length; j++) last.to.push(j)
  return runs
}

const product = (shape: Shape): number => shape.reduce((a, b) => a * b, 1)
const part = (shape: Shape, axes: readonly number[]): Shape => axes.map((axis) => shape[axis]!)

export const viewRules = {
  /** Within each run of axes the elements keep their positions, so the axis that grows has to be a run's first, on both sides. */
  reshape: ((small, large) => {
    const [x, y] = [small.operands[0]!.shape, small.result.shape]
    const [wideX, wideY] = [large.operands[0]!.shape, large.result.shape]
    const isSafe = runsOf(wideX, wideY).every(
      ({ from, to }) =>
        product(part(x, from)) === product(part(y, to)) &&
        keepsPositions(part(x, from), part(wideX, from)) &&
        keepsPositions(part(y, to), part(wideY, to)),
    )
    return isSafe ? anything : 'it moves elements when the size changes'
  }) satisfies PaddingRule<AttrsOf<'reshape'>>,

  permute: ((small, large) =>
    sameAttrs(small.attrs, large.attrs) ? anything : 'its axes change') satisfies PaddingRule<AttrsOf<'permute'>>,

  broadcastTo: ((small, large) =>
    broadcastRule({ ...small, attrs: undefined }, { ...large, attrs: undefined })) satisfies PaddingRule<
    AttrsOf<'broadcastTo'>
  >,

  slice: ((small, large) => {
    const { starts, sizes, steps } = small.attrs
    const isSafe = sizes.every(
      (size, axis) =>
        starts[axis] === large.attrs.starts[axis] && (size === 1 || steps[axis] === large.attrs.steps[axis]),
    )
    return isSafe ? anything : 'where it begins changes with the size'
  }) satisfies PaddingRule<AttrsOf<'slice'>>,
}
