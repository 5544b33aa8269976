import { bindEffects, type Effect, hoistEffects, inFrontOf, type Names } from './binding.ts'
import { affine } from './builder.ts'
import { type Loop, markParallel } from './divide-work.ts'
import { type Dimension, type Place, placeAt } from './dimensions.ts'
import type { Affine, Expr, Lanes, LoopIndex, Statement } from './ir.ts'
import { allExpressions } from './probe.ts'

export interface NestOptions {
  readonly dimensions: readonly Dimension[]
  readonly lanes: Lanes
  readonly names: Names
  readonly bindAll: boolean
  /** Whether no element's effects touch another's, so that threads may split the nest. */
  readonly parallel: boolean
  /** All that happens at one element, or at one vector of elements. */
  readonly effectsAt: (place: Place) => readonly Effect[]
}

/** Loops over all dimensions, lanes along the innermost, with what is invariant in a loop in front of it. */
export function loopNest({ dimensions, lanes, names, bindAll, parallel, effectsAt }: NestOptions): Statement[] {
  const outer = dimensions.slice(0, -1)
  const inner = dimensions.at(-1)
  const indices = outer.map((): LoopIndex => ({ name: names.next('i') }))
  const coordinates = indices.map((index): Affine => affine(0, { index, stride: 1 }))
  if (!inner) return bindEffects(effectsAt(placeAt([], [])), names, bindAll)

  // Level d stands inside the first d outer loops, in front of the rest.
  const levels: Effect[][] = [...indices, undefined].map(() => [])
  const abreast = vectorsAbreast(effectsAt(placeAt(dimensions, [], { lanes, laneDimension: outer.length })))
  const pieces = piecesOf(inner.extent, lanes, lanes > 1 ? abreast : 1)
  const innermost = pieces.map((piece): Statement[] => {
    const index: LoopIndex = { name: names.next('i') }
    const isLoop = piece.extent > piece.step
    const loops = isLoop ? [...indices, index] : indices
    const bodies: Effect[][] = []
    for (let offset = 0; offset < piece.step; offset += lanes) {
      const coordinate = isLoop ? affine(piece.start + offset, { index, stride: 1 }) : affine(piece.start + offset)
      const place = placeAt(dimensions, [...coordinates, coordinate], {
        lanes,
        laneDimension: outer.length,
        valid: piece.valid,
      })
      const placed = hoistEffects(effectsAt(place), loops, names)
      levels.forEach((level, depth) => (isLoop || depth < indices.length) && level.push(...placed[depth]!))
      bodies.push(placed.at(-1)!)
    }
    const body =
      bodies.length > 2
        ? bindEffects(bodies.flat(), names, true)
        : bodies.flatMap((effects) => bindEffects(effects, names, bindAll))
    if (!isLoop) return body
    return [
      markParallel(
        { kind: 'loop', index, extent: piece.extent, step: piece.step, body },
        parallel && outer.length === 0,
      ),
    ]
  })

  let statements = inFrontOf(innermost.flat(), levels.at(-1)!, names)
  for (let d = outer.length - 1; d >= 0; d--) {
    const loop: Loop = { kind: 'loop', index: indices[d]!, extent: outer[d]!.extent, step: 1, body: statements }
    statements = inFrontOf([markParallel(loop, parallel && d === 0)], levels[d]!, names)
  }
  return statements
}

interface Piece {
  readonly start: number
  readonly extent: number
  /** A loop when the extent is larger. */
  readonly step: number
  readonly valid: number
}

/** Whole vectors, `abreast` at a time, then what is left of them, then the lanes of a last one. */
function piecesOf(extent: number, lanes: Lanes, abreast: number): Piece[] {
  const pieces: Piece[] = []
  let start = 0
  const add = (length: number, step: number, valid: number): void => {
    if (length > 0) pieces.push({ start, extent: length, step, valid })
    start += length
  }
  const several = abreast * lanes
  if (abreast > 1 && extent >= 2 * several) add(extent - (extent % several), several, lanes)
  add(extent - start - ((extent - start) % lanes), lanes, lanes)
  const rest = extent - start
  if (rest > 0) pieces.push({ start, extent: lanes, step: lanes, valid: rest })
  return pieces
}

/** Operations up to which the loop itself would cost more than what it does. */
const tinyOperations = 3
/** Operations of a function or two: one chain that waits for itself. Fewer wait for memory, more have work side by side anyway. */
const [fewestChained, mostChained] = [12, 75]
/** Loads and stores of a vector up to which three of them stay in registers. */
const mostAccesses = 3

/** How many vectors one pass of the innermost loop takes. */
export function vectorsAbreast(effects: readonly Effect[]): 1 | 2 | 3 {
  if (!effects.every((effect) => effect.kind === 'store')) return 1
  const exprs = [...allExpressions(effects.map((effect) => effect.value))]
  const count = exprs.filter((expr) => !isFree(expr)).length
  if (count <= tinyOperations) return 2
  const accesses = exprs.filter(({ kind }) => kind === 'load').length + effects.length
  return count >= fewestChained && count <= mostChained && accesses <= mostAccesses ? 3 : 1
}

const isFree = ({ kind }: Expr): boolean =>
  kind === 'constant' || kind === 'load' || kind === 'read' || kind === 'indexValue'
