import { addAffine, affine, constant, load, read, register } from './builder.ts'
import { columnRegions, type Region } from './contraction-tiles.ts'
import { depthCount } from './depth.ts'
import type { Dimension } from './dimensions.ts'
import type { Epilogue } from './epilogue.ts'
import type { Affine, Expr, Statement, Variable } from './ir.ts'
import { registerScalar } from './ir.ts'
import { type ContractionPlan, type Factor, microKernel, type TilePosition } from './micro-kernel.ts'
import { packedFactor, packStatements } from './pack.ts'
import { exampleAxis, heightAxis, outputAxis, type SlidingPlan, widthAxis } from './sliding-plan.ts'
import { forEach, tileLoops } from './tile-loops.ts'

/** Positions up to which tiles of them are written out. */
const mostPositions = 128
/** Positions below which tiles take examples instead. */
const fewPositions = 3
/** Packed weights that stay in the first cache while the tiles of all rows read them, and a sum long enough to be kept going. */
const packedNumbers = 8192
const leastDepth = 64
/** Packed weights beyond which every tile would fetch them from far memory. */
const mostPackedNumbers = 65536

/** Whether vectors of outputs take fewer instructions than vectors of positions: half for a multiply-add, a few for a vector that is packed. */
export function prefersChannelColumns({ sizes: [n, outputs, height, width], terms, lanes }: SlidingPlan): boolean {
  const positions = height * width
  if (positions > mostPositions) return false
  const products = depthCount(terms.depth)
  const packed = depthCount(terms.depth.slice(cutOf(terms.depth, outputs))) * outputs
  if (positions >= fewPositions && packed > mostPackedNumbers) return false
  const vectorsOf = (count: number): number => Math.ceil(count / lanes)
  const [channels, windowRows, windowColumns] = terms.depth as readonly [number, number, number] // of windows
  const gathered = channels * windowColumns * (height + windowRows - 1) * vectorsOf(width)
  const byPositions = n * ((vectorsOf(positions) * outputs * products) / 2 + 1.5 * gathered)
  // Weights are packed lane by lane, and results stored so.
  const byOutputs = (n * positions * vectorsOf(outputs) * products) / 2 + outputs * (products + n * positions)
  return byOutputs < byPositions
}

/**
 * Outputs along the lanes: windows are read number by number, the weights are packed. Long sums are cut at their outer axes, with what is
 * summed so far kept in memory, which rounds no differently.
 */
export function channelColumns(plan: SlidingPlan): Statement[] {
  const { sizes, terms, windows, weights, positions, dtype, lanes, lowering } = plan
  const [n, outputs, , width] = sizes
  const { names } = lowering
  const examples: Dimension = { axes: [exampleAxis], extent: n }
  const columns: Dimension = { axes: [outputAxis], extent: outputs }
  const rowsAreExamples = positions.extent < fewPositions
  const dimensions = rowsAreExamples ? [positions, examples, columns] : [examples, positions, columns]
  const rows = rowsAreExamples ? n : positions.extent
  const epilogue = plan.epilogueFor(dimensions)
  const regions = columnRegions(rows, outputs, lanes, lowering.microTile)
  const stride = Math.ceil(outputs / lanes) * lanes

  const cut = cutOf(terms.depth, stride)
  const depth = terms.depth.slice(cut)
  // Results are stored lane by lane, which is much code: not in every tile that is written out.
  const keepsSums = cut > 0 || (!rowsAreExamples && rows > 2 * regions[0]!.rows)
  // Threads share the weights once packed, if that happens once.
  const splits = lowering.parallel && !keepsSums && terms.groups === 1 && !rowsAreExamples
  const packed = lowering.scratch('packed', dtype, depthCount(depth) * stride, splits ? 'shared' : undefined)
  // With sums in memory a thread packs for itself, for enough examples that it pays.
  const dividesSums = lowering.parallel && keepsSums && terms.groups === 1 && !rowsAreExamples
  const together = dividesSums ? examplesTogether(n, rows) : n
  const outer = rowsAreExamples ? positions.extent : together
  const sums = keepsSums ? lowering.scratch('sums', dtype, outer * rows * stride) : undefined
  const type = register(registerScalar[dtype], lanes)

  const positionOffset = (position: number): number =>
    Math.floor(position / width) * windows.layout.strides[heightAxis]! +
    (position % width) * windows.layout.strides[widthAxis]!
  const rowLayout = { offset: windows.layout.offset, strides: [windows.layout.strides[exampleAxis]!, 0, 0, 0] }
  /** Walks all tiles of all regions at an outer index, which is known where rows are examples. */
  const eachTile = (
    part: Affine,
    unrollsRows: boolean,
    tile: (region: Region, position: TilePosition, outerAt: Affine) => Statement[],
  ): Statement[] => {
    // `outerAt` counts from the first of the examples that are taken together.
    const at = (outerAt: Affine): Statement[] =>
      regions.flatMap((region) =>
        tileLoops({
          region,
          rows,
          names,
          firstColumn: addAffine(affine(0), part, outputs),
          unrollsRows,
          tile: (position) => tile(region, position, outerAt),
        }),
      )
    if (!rowsAreExamples) return forEach(names, 'n', outer, at, splits)
    return Array.from({ length: outer }, (_, position) => at(affine(position))).flat()
  }
  const sumAddress = (region: Region, { row, panel }: TilePosition, outerAt: Affine, r: number, v: number): Affine => {
    const rowAddress = addAffine(addAffine(affine(r * stride + region.start + v * lanes), row, stride), panel)
    return addAffine(rowAddress, outerAt, rows * stride)
  }

  /** The products over the inner axes, where `along` says how far the outer ones are. */
  const stretch = (part: Affine, along: readonly Affine[], first: Affine): Statement[] => {
    const outerOffset = (strides: readonly number[]): Affine =>
      along.reduce((offset, index, axis) => addAffine(offset, index, strides[axis]!), affine(0))
    const columnFactor: Factor = {
      ...weights,
      depthStrides: weights.depthStrides.slice(cut),
      base: addAffine(outerOffset(weights.depthStrides), part, outputs * weights.layout.strides[outputAxis]!),
    }
    const base = addAffine(outerOffset(windows.depthStrides), part, terms.windows.groupStride)
    const rowFactor: Factor = {
      buffer: windows.buffer,
      layout: rowLayout,
      depthStrides: windows.depthStrides.slice(cut),
      base,
      ...(rowsAreExamples ? {} : { rowOffset: positionOffset }),
    }
    const product: ContractionPlan = {
      dimensions,
      coordinates: [affine(0)],
      rowFactor,
      columnFactor,
      depth,
      dtype,
      lanes,
      lowering,
    }
    const packing = regions.flatMap((region) => packStatements(product, packed, region))
    const tiles = eachTile(part, !rowsAreExamples, (region, position, outerAt) => {
      const at: ContractionPlan = {
        ...product,
        coordinates: [addAffine(first, outerAt)],
        columnFactor: packedFactor(product, packed, region),
        // The outer index is a known position where rows are examples.
        rowFactor: rowsAreExamples
          ? { ...rowFactor, base: addAffine(base, affine(positionOffset(outerAt.offset))) }
          : rowFactor,
      }
      if (!sums) return microKernel(at, region, position, epilogue)
      const address = (r: number, v: number): Affine => sumAddress(region, position, outerAt, r, v)
      const keep: Epilogue = (_batch, _region, _position, accumulators) =>
        accumulators.flatMap((vectors, r) =>
          vectors.map((variable, v): Statement => ({
            kind: 'store',
            buffer: sums,
            at: { affine: address(r, v) },
            value: read(variable),
            laneStride: 1,
          })),
        )
      return microKernel(at, region, position, keep, (r, v): Expr => load(sums, { affine: address(r, v) }, lanes, 1))
    })
    return splits ? [...packing, { kind: 'barrier' }, ...tiles] : [...packing, ...tiles]
  }
  const overOuter = (part: Affine, along: readonly Affine[], first: Affine): Statement[] =>
    along.length === cut
      ? stretch(part, along, first)
      : forEach(names, 'k', terms.depth[along.length]!, (index) => overOuter(part, [...along, index], first))

  const allOf = (part: Affine, first: Affine): Statement[] => {
    if (!sums) return stretch(part, [], first)
    const index = { name: names.next('i') }
    const clear: Statement = {
      kind: 'loop',
      index,
      extent: sums.elementCount,
      step: lanes,
      body: [
        {
          kind: 'store',
          buffer: sums,
          at: { affine: affine(0, { index, stride: 1 }) },
          value: constant(0, type),
          laneStride: 1,
        },
      ],
    }
    const finish = eachTile(part, false, (region, position, outerAt) => {
      const statements: Statement[] = []
      const accumulators = Array.from({ length: position.rowCount }, (_, r) =>
        Array.from({ length: region.vectors }, (_, v): Variable => {
          const variable: Variable = { name: names.next('c'), type }
          const value = load(sums, { affine: sumAddress(region, position, outerAt, r, v) }, lanes, 1)
          statements.push({ kind: 'let', variable, value })
          return variable
        }),
      )
      return [...statements, ...epilogue([addAffine(first, outerAt)], region, position, accumulators)]
    })
    return [clear, ...overOuter(part, [], first), ...finish]
  }
  if (together < n)
    return forEach(names, 'n', n / together, (index) => allOf(affine(0), addAffine(affine(0), index, together)), true)
  return forEach(names, 'g', terms.groups, (part) => allOf(part, affine(0)))
}

/** Rows for which packing the weights once more costs little. */
const worthwhileRows = 32

/** The fewest equal parts of `n` examples that have such many rows each. */
function examplesTogether(n: number, rows: number): number {
  for (let count = 1; count < n; count++) if (n % count === 0 && count * rows >= worthwhileRows) return count
  return n
}

/** How many outer axes of the sum to walk outside the packing. */
function cutOf(depth: readonly number[], stride: number): number {
  let cut = 0
  while (
    cut + 1 < depth.length &&
    depthCount(depth.slice(cut)) * stride > packedNumbers &&
    depthCount(depth.slice(cut + 1)) >= leastDepth
  )
    cut++
  return cut
}
