import type { FusionGroup } from '../ir/fusion-group.ts'
import { addAffine, affine, load, read } from './builder.ts'
import { bindEffects, type Effect } from './binding.ts'
import type { Region } from './contraction-tiles.ts'
import { type Dimension, type Place, placeAt, shifted } from './dimensions.ts'
import { outputEffects } from './elementwise.ts'
import { evaluateGroup, evaluateInOrder, neededInGroup } from './evaluation.ts'
import type { Affine, Buffer, Expr, Lanes, LoopIndex, Statement, Variable } from './ir.ts'
import type { Lowering } from './lowering.ts'
import type { TilePosition } from './micro-kernel.ts'
import { identityPosition } from './position.ts'
import { allExpressions, lanesFor, type Probe } from './probe.ts'

/** Finishes and stores a tile whose products are in `accumulators[row][vector]`. */
export type Epilogue = (
  batch: readonly Affine[],
  region: Region,
  position: TilePosition,
  accumulators: readonly (readonly Variable[])[],
) => Statement[]

/** Operations after the product up to which they are written out for every vector of a tile. */
const inlineOperations = 12

export function epilogueOf(
  group: FusionGroup,
  lowering: Lowering,
  { rank, lanes, dimensions, probe }: { rank: number; lanes: Lanes; dimensions: readonly Dimension[]; probe: Probe },
): Epilogue {
  const anchor = group.anchor!
  const { outputs } = group
  const { names } = lowering
  const position = identityPosition(rank)
  const stores = outputs.map((output) => lowering.storageOf(output))
  const needed = neededInGroup(group, outputs, new Set([anchor]))
  const dtypes = [anchor, ...outputs].map((node) => node.type.dtype)
  const ownLanes = lanesFor(probe.expressions, dtypes, lowering.simd)
  let operations = 0
  for (const { kind } of allExpressions(probe.expressions))
    if (kind !== 'load' && kind !== 'constant' && kind !== 'read') operations++

  const effectsAt = (place: Place, value: Expr): Effect[] => {
    const evaluation = evaluateGroup(group, lowering, place, position, rank, new Map([[anchor, value]]))
    evaluateInOrder(group, evaluation, needed)
    return outputEffects(outputs, evaluation, stores, place)
  }
  const laneDimension = dimensions.length - 1
  const bindAll = outputs.length > 1

  const inline: Epilogue = (batch, region, { row, column }, accumulators) => {
    const effects = accumulators.map((vectors, r) =>
      vectors.map((variable, v) => {
        const valid = v === region.vectors - 1 ? region.lastValid : lanes
        const place = placeAt(dimensions, [...batch, shifted(row, r), shifted(column, v * lanes)], {
          lanes,
          laneDimension,
          valid,
        })
        return effectsAt(place, read(variable))
      }),
    )
    // Rows together, so that what does not depend on the row is loaded once.
    if (!bindAll && effects.flat(2).every(({ kind }) => kind === 'store'))
      return bindEffects(effects.flat(2), names, false)
    return effects.flat().flatMap((each) => bindEffects(each, names, bindAll))
  }
  if (ownLanes === lanes && operations <= (lowering.inlineEpilogues ? inlineOperations : 0)) return inline

  let buffer: Buffer | undefined
  return (batch, region, { row, column }, accumulators) => {
    // The largest tile comes first; later ones need no more.
    buffer ??= lowering.scratch('tile', anchor.type.dtype, tileElements)
    const tile = buffer
    const { width } = region
    const statements = accumulators.flatMap((vectors, r) =>
      vectors.map((variable, v): Statement => ({
        kind: 'store',
        buffer: tile,
        at: { affine: affine(r * width + v * lanes) },
        value: read(variable),
        laneStride: lanes > 1 ? 1 : 0,
      })),
    )
    const [r, c]: [LoopIndex, LoopIndex] = [{ name: names.next('i') }, { name: names.next('j') }]
    const rowIndex = affine(0, { index: r, stride: 1 })
    const at = (offset: Affine, valid: number): Statement[] => {
      const place = placeAt(dimensions, [...batch, addAffine(row, rowIndex), addAffine(column, offset)], {
        lanes: ownLanes,
        laneDimension,
        valid,
      })
      const value = load(tile, { affine: addAffine(offset, rowIndex, width) }, ownLanes, ownLanes > 1 ? 1 : 0)
      return bindEffects(effectsAt(place, value), names, bindAll)
    }
    const columns = (region.vectors - 1) * lanes + region.lastValid
    const whole = columns - (columns % ownLanes)
    const body: Statement[] = []
    if (whole > 0)
      body.push({
        kind: 'loop',
        index: c,
        extent: whole,
        step: ownLanes,
        body: at(affine(0, { index: c, stride: 1 }), ownLanes),
      })
    if (columns > whole) body.push(...at(affine(whole), columns - whole))
    return [...statements, { kind: 'loop', index: r, extent: accumulators.length, step: 1, body }]
  }
}

/** Elements of the largest tile. */
const tileElements = 64
