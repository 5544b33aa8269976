import { addAffine, affine, constant, load, read, register } from './builder.ts'
import type { Region } from './contraction-tiles.ts'
import { depthCount } from './depth.ts'
import { shifted } from './dimensions.ts'
import type { Affine, Expr, Lanes, Statement, Variable } from './ir.ts'
import { registerScalar } from './ir.ts'
import { multiplyAdd } from './micro-kernel.ts'
import {
  axesOfResult,
  eachPlane,
  exampleAxis,
  heightAxis,
  outputAxis,
  type SlidingPlan,
  widthAxis,
} from './sliding-plan.ts'
import { forEach } from './tile-loops.ts'

/** Taps of a filter that are written out. */
const mostTaps = 25
/** Taps that mostly stay in registers. */
const fewTaps = 9
/** Outputs and channels of a group up to which reading windows where they lie beats gathering them for all outputs. */
const mostOutputs = 4
const mostChannels = 2

/** Whether groups are a few planes of images under small windows, as in a depthwise convolution, in rows that fill vectors. */
export const prefersPlanes = ({ sizes: [, outputs, , width], terms, windows, lanes }: SlidingPlan): boolean =>
  terms.groups > 1 &&
  windows.depthStrides[1] !== 0 &&
  outputs <= mostOutputs &&
  terms.depth[0]! <= mostChannels &&
  depthCount(terms.depth) <= mostTaps &&
  width >= lanes

interface PlaneAt {
  readonly coordinates: readonly Affine[]
  /** Where the first window begins. */
  readonly from: Affine
  /** By channel, row and column of the window. */
  readonly taps: readonly (readonly (readonly Variable[])[])[]
}

/**
 * One output plane after the other: positions along the lanes, a vector of them in a few rows at a time. A vector of the images is loaded
 * once for all the windows of the tile that see it, and all taps are bound before the plane.
 */
export function planeTiles(plan: SlidingPlan): Statement[] {
  const { sizes, terms, windows, weights, dtype, lanes, lowering } = plan
  const [, outputs, height, width] = sizes
  const { names } = lowering
  const type = register(registerScalar[dtype], lanes)
  const { strides } = windows.layout
  const [channels, windowRows, windowColumns] = terms.depth as readonly [number, number, number] // of windows
  const [channelStep, rowStep, columnStep] = windows.depthStrides as readonly [number, number, number] // of windows
  const epilogue = plan.epilogueFor(axesOfResult(plan))
  const rowsInTile = Math.min(tileRows(plan), height)
  // Rows of the images that a tile sees, with the rows of positions and of windows that meet there. Each sum meets them in order.
  const rowsSeen = (rowCount: number): [offset: number, meeting: { r: number; i: number }[]][] => {
    const seen = new Map<number, { r: number; i: number }[]>()
    for (let i = 0; i < windowRows; i++)
      for (let r = 0; r < rowCount; r++) {
        const offset = r * strides[heightAxis]! + i * rowStep
        seen.set(offset, [...(seen.get(offset) ?? []), { r, i }])
      }
    return [...seen].sort(([a], [b]) => (a - b) * (rowStep < 0 ? -1 : 1))
  }

  const tile = ({ coordinates, from, taps }: PlaneAt, region: Region, row: Affine, rowCount: number, panel: Affine) => {
    const statements: Statement[] = []
    const bind = (prefix: string, value: Expr): Variable => {
      const variable: Variable = { name: names.next(prefix), type }
      statements.push({ kind: 'let', variable, value })
      return variable
    }
    const column = addAffine(affine(region.start), panel)
    const sums = Array.from({ length: rowCount }, () => bind('c', constant(0, type)))
    const corner = addAffine(addAffine(from, row, strides[heightAxis]!), column, strides[widthAxis]!)
    taps.forEach((ofChannel, c) => {
      for (const [offset, meeting] of rowsSeen(rowCount))
        for (let j = 0; j < windowColumns; j++) {
          const place = shifted(corner, c * channelStep + offset + j * columnStep)
          const points = bind(
            'x',
            load(windows.buffer, { affine: place }, lanes, strides[widthAxis]!, region.lastValid),
          )
          for (const { r, i } of meeting) {
            const [variable, tap] = [sums[r]!, ofChannel[i]![j]!]
            statements.push({
              kind: 'assign',
              variable,
              value: multiplyAdd(read(tap), read(points), read(variable)),
            })
          }
        }
    })
    return [
      ...statements,
      ...epilogue(
        coordinates,
        region,
        { row, rowCount, column, panel },
        sums.map((sum) => [sum]),
      ),
    ]
  }

  const plane = (example: Affine, part: Affine, output: Affine): Statement[] => {
    const channel = addAffine(addAffine(affine(0), part, outputs), output)
    const filter = addAffine(affine(weights.layout.offset), channel, weights.layout.strides[outputAxis]!)
    const statements: Statement[] = []
    const taps = counting(channels, (c) =>
      counting(windowRows, (i) =>
        counting(windowColumns, (j): Variable => {
          const variable: Variable = { name: names.next('w'), type }
          const at = shifted(
            filter,
            [c, i, j].reduce((sum, index, axis) => sum + index * weights.depthStrides[axis]!, 0),
          )
          statements.push({ kind: 'let', variable, value: load(weights.buffer, { affine: at }, lanes, 0) })
          return variable
        }),
      ),
    )
    const example0 = addAffine(affine(windows.layout.offset), example, strides[exampleAxis]!)
    const at: PlaneAt = {
      coordinates: [example, channel],
      from: addAffine(example0, part, terms.windows.groupStride),
      taps,
    }
    const whole = height - (height % rowsInTile)
    const rowOfTiles = (row: Affine, rowCount: number): Statement[] =>
      regionsOf(width, lanes).flatMap((region) =>
        forEach(names, 'x', region.extent / region.width, (index) =>
          tile(at, region, row, rowCount, addAffine(affine(0), index, region.width)),
        ),
      )
    statements.push(
      ...forEach(names, 'y', whole / rowsInTile, (index) =>
        rowOfTiles(addAffine(affine(0), index, rowsInTile), rowsInTile),
      ),
    )
    return height > whole ? [...statements, ...rowOfTiles(affine(whole), height - whole)] : statements
  }

  return eachPlane(plan, plane)
}

/** Rows below each other share loads; the more of them, the more of a body's loads Node 20 keeps in registers at once. */
function tileRows({ windows, terms, lowering }: SlidingPlan): number {
  if (windows.layout.strides[heightAxis]! > windows.depthStrides[1]!) return 1
  if (lowering.microTile === '6x8') return 4
  return depthCount(terms.depth) <= fewTaps ? 2 : 3
}

const counting = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))

/** Vectors of positions, and the lanes that are left. */
function regionsOf(width: number, lanes: Lanes): Region[] {
  const rest = width % lanes
  const region = { vectors: 1, width: lanes, rows: 1 }
  return [
    { ...region, start: 0, extent: width - rest, lastValid: lanes },
    ...(rest > 0 ? [{ ...region, start: width - rest, extent: lanes, lastValid: rest }] : []),
  ]
}
