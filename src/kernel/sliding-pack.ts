import type { SlidingTerm } from '../ops/record.ts'
import { bindEffects, type Effect } from './binding.ts'
import { addAffine, affine, load } from './builder.ts'
import { columnRegions } from './contraction-tiles.ts'
import { walkDepth } from './depth.ts'
import type { Dimension } from './dimensions.ts'
import type { Affine, Buffer, Statement } from './ir.ts'
import { type ContractionPlan, type Factor, microKernel } from './micro-kernel.ts'
import { exampleAxis, heightAxis, outputAxis, type SlidingPlan, widthAxis } from './sliding-plan.ts'
import { forEach, tileLoops } from './tile-loops.ts'

/** Numbers gathered at a time, so that they stay in the first caches, and positions that make the gathering worth its loops. */
const gatheredNumbers = 16384
const leastPositions = 96

/** Where windows are gathered to: [channel][column of a window][row of the images][position in the row]. */
interface Gathered {
  readonly buffer: Buffer
  readonly depthStrides: readonly number[]
  /** Rows that the windows of `rows` rows of positions reach over. */
  readonly imageRows: number
}

/**
 * Positions along the lanes. What the windows of a block of rows of positions see is gathered, and the tiles of all outputs read it. Where
 * the rows of a window are whole steps of positions apart, windows below each other share their rows: row i of the window at y is row 0 of
 * the one at y + i. Otherwise each has rows of its own.
 */
export function packedWindows(plan: SlidingPlan): Statement[] {
  const { sizes, terms, positions, lanes, lowering, dtype } = plan
  const [n, outputs, height, width] = sizes
  const { names } = lowering
  const [channels, windowRows, windowColumns] = terms.depth as readonly [number, number, number] // of windows
  const rowStep = plan.windows.depthStrides[1]! / plan.windows.layout.strides[heightAxis]!
  const isShared = windowRows > 1 && Number.isInteger(rowStep) && rowStep > 0
  const imageRowsOf = (rows: number): number => (isShared ? rows + (windowRows - 1) * rowStep : rows * windowRows)
  const countOf = (rows: number): number => channels * windowColumns * imageRowsOf(rows) * width
  let rowsInBlock = Math.min(Math.ceil(leastPositions / width), height)
  while (rowsInBlock < height && countOf(rowsInBlock + 1) <= gatheredNumbers) rowsInBlock++
  rowsInBlock = Math.ceil(height / Math.ceil(height / rowsInBlock))
  const blocks = Math.floor(height / rowsInBlock)
  const dimensions: Dimension[] = [
    { axes: [exampleAxis], extent: n },
    { axes: [outputAxis], extent: outputs },
    positions,
  ]
  const epilogue = plan.epilogueFor(dimensions)
  // Whole vectors are stored to the end of a run, over the beginning of the next one, which is written after it.
  // One block of one example is gathered by one thread, and its tiles divided.
  const splitsTiles = lowering.parallel && n === 1 && terms.groups === 1 && rowsInBlock === height
  const shared = splitsTiles ? 'shared' : undefined
  const buffer = lowering.scratch('windows', plan.windows.buffer.dtype, countOf(rowsInBlock) + 2 * lanes, shared)

  const block = (example: Affine, part: Affine, firstRow: Affine, rowCount: number): Statement[] => {
    const columns = rowCount * width
    const imageRows = imageRowsOf(rowCount)
    const plane = imageRows * width
    const gathered: Gathered = {
      buffer,
      imageRows,
      depthStrides: [windowColumns * plane, (isShared ? rowStep : rowCount) * width, plane],
    }
    const from = ({ layout: { offset, strides }, groupStride }: SlidingTerm): Affine => {
      const source = [
        [example, strides[exampleAxis]!],
        [part, groupStride],
        [firstRow, strides[heightAxis]!],
      ] as const
      return source.reduce((at, [index, stride]) => addAffine(at, index, stride), affine(offset))
    }
    const tiles = columnRegions(outputs, columns, lanes, lowering.microTile).flatMap((region) => {
      const columnFactor: Factor = {
        buffer,
        layout: plan.windows.layout,
        depthStrides: gathered.depthStrides,
        panelAddress: (panel) => addAffine(affine(region.start), panel),
      }
      const product: ContractionPlan = {
        dimensions,
        coordinates: [example],
        rowFactor: plan.weights,
        columnFactor,
        depth: terms.depth,
        dtype,
        lanes,
        lowering,
      }
      return tileLoops({
        region,
        rows: outputs,
        names,
        firstRow: addAffine(affine(0), part, outputs),
        firstColumn: addAffine(affine(0), firstRow, width),
        parallel: splitsTiles,
        tile: (position) => microKernel(product, region, position, epilogue),
      })
    })
    const gathering = gather(plan, gathered, from, isShared ? undefined : rowCount)
    return splitsTiles ? [gathering, { kind: 'barrier' }, ...tiles] : [gathering, ...tiles]
  }

  return forEach(
    names,
    'n',
    n,
    (example) =>
      forEach(names, 'g', terms.groups, (part) => {
        const statements = forEach(names, 'y', blocks, (index) =>
          block(example, part, addAffine(affine(0), index, rowsInBlock), rowsInBlock),
        )
        const done = blocks * rowsInBlock
        return height > done ? [...statements, ...block(example, part, affine(done), height - done)] : statements
      }),
    lowering.parallel,
  )
}

/** Rows of positions written out in the loop body, in vectors. */
const unrolledVectors = 8

/** Copies runs of positions, those of the first row of each window's `ownRows` rows of positions, or of all shared rows. */
function gather(
  plan: SlidingPlan,
  to: Gathered,
  from: (windows: SlidingTerm) => Affine,
  ownRows: number | undefined,
): Statement {
  const { sizes, terms, windows, lanes, lowering } = plan
  const { producer } = windows
  const [channels, windowRows, windowColumns] = terms.depth as readonly [number, number, number] // of windows
  const { names } = lowering
  const width = sizes[3]
  // Outermost first in the order in which the runs lie, as each run's end is overwritten by the next one.
  const axes = ownRows === undefined ? [0, 2] : [0, 2, 1]
  const extents = [channels, windowRows, windowColumns]
  const alongAxes = (strides: readonly number[]): number[] => axes.map((axis) => strides[axis]!)
  // What computes the images has accesses of its own, each with its steps: then the walk tells how far it is along each axis.
  const steps = producer ? [0, 1, 2].map((own) => alongAxes([0, 1, 2].map((axis) => (axis === own ? 1 : 0)))) : []
  const walk = walkDepth(
    alongAxes(extents),
    [alongAxes(to.depthStrides), ...(producer ? steps : [alongAxes(windows.depthStrides)])],
    names,
  )
  const [target, ...along] = walk.offsets
  const addressOf = (term: SlidingTerm, x: Affine, y: Affine): Affine => {
    const { strides } = term.layout
    const inWindow = producer
      ? along.reduce((sum, index, axis) => addAffine(sum, index, term.depthStrides[axis]!), affine(0))
      : along[0]!
    return addAffine(addAffine(addAffine(from(term), inWindow), y, strides[heightAxis]!), x, strides[widthAxis]!)
  }
  const vector = (x: Affine, y: Affine, valid: number): Statement[] => {
    const value = producer
      ? producer.valueAt({
          lanes,
          valid,
          address: (layout) => addressOf(plan.windowsOf(layout), x, y),
          laneStride: (layout) => plan.windowsOf(layout).layout.strides[widthAxis]!,
        })
      : load(
          windows.buffer,
          { affine: addressOf(terms.windows, x, y) },
          lanes,
          windows.layout.strides[widthAxis]!,
          valid,
        )
    const at = { affine: addAffine(addAffine(target!, y, width), x) }
    const store: Effect = { kind: 'store', buffer: to.buffer, at, value, laneStride: 1 }
    return producer ? bindEffects([store], names, false) : [store]
  }
  const whole = width - (width % lanes)
  const run = (y: Affine): Statement[] => {
    const statements: Statement[] = []
    if (whole / lanes <= unrolledVectors)
      for (let x = 0; x < whole; x += lanes) statements.push(...vector(affine(x), y, lanes))
    else {
      const index = { name: names.next('x') }
      statements.push({
        kind: 'loop',
        index,
        extent: whole,
        step: lanes,
        body: vector(affine(0, { index, stride: 1 }), y, lanes),
      })
    }
    if (whole < width) statements.push(...vector(affine(whole), y, width - whole))
    return statements
  }
  return walk.around(forEach(names, 'y', ownRows ?? to.imageRows, run))
}
