import { where } from '../../../frontend/functions/elementwise.ts'
import { gather } from '../../../frontend/functions/structure.ts'
import type { Tensor } from '../../../frontend/tensor.ts'
import { integers } from '../constant.ts'
import type { NodeCall, OperatorTable } from '../node-call.ts'
import { round } from './functions.ts'

/** How places outside of an axis of `size` are dealt with. */
interface Edge {
  readonly size: number
  readonly padding: string
  readonly isAligned: boolean
}

const clamped = (at: Tensor, { size }: Edge): Tensor => at.clamp(0, size - 1)

/** Mirrored at both ends as often as it takes: at the outermost elements, or half an element beyond them. */
function reflected(at: Tensor, { size, isAligned }: Edge): Tensor {
  const [low, high] = isAligned ? [0, size - 1] : [-0.5, size - 0.5]
  if (high === low) return at.mul(0)
  const distance = at.sub(low).abs()
  const turns = distance.div(high - low).floor()
  const rest = distance.sub(turns.mul(high - low))
  const isOdd = turns.mul(0.5).sub(turns.mul(0.5).floor()).greater(0)
  return where(isOdd, rest.neg().add(high), rest.add(low))
}

const within = (at: Tensor, edge: Edge): Tensor =>
  edge.padding === 'border'
    ? clamped(at, edge)
    : edge.padding === 'reflection'
      ? clamped(reflected(at, edge), edge)
      : at

/** From −1 … 1 to places in the axis. */
const placeOf = (at: Tensor, { size, isAligned }: Edge): Tensor =>
  isAligned ? at.add(1).mul((size - 1) / 2) : at.add(1).mul(size).sub(1).mul(0.5)

/** Weights of the four elements around a place, the first of which lies one before it. */
function cubicWeights(t: Tensor): readonly Tensor[] {
  const a = -0.75
  const near = (x: Tensor): Tensor =>
    x
      .mul(a + 2)
      .sub(a + 3)
      .mul(x)
      .mul(x)
      .add(1)
  const far = (x: Tensor): Tensor => x.sub(5).mul(x).add(8).mul(x).sub(4).mul(a)
  return [far(t.add(1)), near(t), near(t.neg().add(1)), far(t.neg().add(2))]
}

function gridSample(call: NodeCall): Tensor {
  const [x, grid] = [call.tensor(0), call.tensor(1)]
  if (x.rank !== 4 || grid.rank !== 4 || grid.shape[3] !== 2) throw call.unsupported('samples other than images')
  const [n, channels, height, width] = x.shape as readonly [number, number, number, number] // four axes
  const padding = call.string('padding_mode', 'zeros')
  const isAligned = call.int('align_corners', 0) === 1
  const [rows, columns] = [height, width].map((size): Edge => ({ size, padding, isAligned })) as [Edge, Edge] // two
  const pixels = x.permute([0, 2, 3, 1]).reshape([n * height * width, channels])
  const starts = integers(
    Array.from({ length: n }, (_, i) => i * height * width),
    [n, 1, 1],
  ).tensor()
  /** The elements at whole places, which may lie outside. */
  const at = (row: Tensor, column: Tensor): Tensor => {
    const [i, j] = [within(row, rows), within(column, columns)]
    const [inRow, inColumn] = [clamped(i, rows), clamped(j, columns)]
    const index = inRow.mul(width).add(inColumn).cast('int32').add(starts)
    const found = gather(pixels, index)
    if (padding !== 'zeros') return found
    const isInside = i.equal(inRow).logicalAnd(j.equal(inColumn)).expandDims(-1)
    return where(isInside, found, found.mul(0))
  }
  const [column, row] = [
    placeOf(grid.slice([null, null, null, 0]), columns),
    placeOf(grid.slice([null, null, null, 1]), rows),
  ]
  const result = sampled(call, at, row, column, rows, columns)
  return result.permute([0, 3, 1, 2])
}

function sampled(
  call: NodeCall,
  at: (row: Tensor, column: Tensor) => Tensor,
  row: Tensor,
  column: Tensor,
  rows: Edge,
  columns: Edge,
): Tensor {
  const mode = call.string('mode', 'linear')
  if (mode === 'nearest') return at(round(within(row, rows)), round(within(column, columns)))
  if (mode !== 'bilinear' && mode !== 'linear' && mode !== 'bicubic' && mode !== 'cubic')
    throw call.unsupported(`has mode ${mode}`)
  const isCubic = mode.endsWith('cubic')
  const [y, x] = isCubic ? [row, column] : [within(row, rows), within(column, columns)]
  const [top, left] = [y.floor(), x.floor()]
  const weights = (t: Tensor): readonly Tensor[] => (isCubic ? cubicWeights(t) : [t.neg().add(1), t])
  const first = isCubic ? -1 : 0
  const [down, across] = [weights(y.sub(top)), weights(x.sub(left))]
  const parts = down.flatMap((weightDown, i) =>
    across.map((weightAcross, j) =>
      at(top.add(i + first), left.add(j + first)).mul(weightDown.mul(weightAcross).expandDims(-1)),
    ),
  )
  return parts.reduce((sum, part) => sum.add(part))
}

export const gridOperators: OperatorTable = { GridSample: gridSample }
