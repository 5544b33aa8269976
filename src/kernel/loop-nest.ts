import { bindEffects, type Effect, hoistEffects, inFrontOf, type Names, operandsFirst } from './binding.ts'
import { addAffine, affine } from './builder.ts'
import { type Loop, markParallel } from './divide-work.ts'
import { type Dimension, origin, type Place, placeAt, shifted } from './dimensions.ts'
import type { Affine, Expr, Lanes, LoopIndex, Statement } from './ir.ts'
import { operandsOf } from './operands.ts'
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
export function loopNest(options: NestOptions): Statement[] {
  const { dimensions, names, bindAll, effectsAt } = options
  const inner = dimensions.at(-1)
  if (!inner) return bindEffects(effectsAt(placeAt([], [])), names, bindAll)
  if (!crossesLines(options)) return nestOver(options, origin, inner.extent)
  const whole = inner.extent - (inner.extent % stripWidth)
  const index: LoopIndex = { name: names.next('i') }
  const strips = { index, extent: whole, step: stripWidth }
  const statements = nestOver(options, affine(0, { index, stride: 1 }), stripWidth, strips)
  return inner.extent > whole ? [...statements, ...nestOver(options, affine(whole), inner.extent - whole)] : statements
}

interface LoopHeader {
  readonly index: LoopIndex
  readonly extent: number
  readonly step: number
}

/** The nest over `extent` elements of the innermost dimension from `start` on, inside the loop `around`. */
function nestOver(
  { dimensions, lanes, names, bindAll, parallel, effectsAt }: NestOptions,
  start: Affine,
  extent: number,
  around?: LoopHeader,
): Statement[] {
  const laneDimension = dimensions.length - 1
  const outer = dimensions
    .slice(0, -1)
    .map((dimension): LoopHeader => ({ index: { name: names.next('i') }, extent: dimension.extent, step: 1 }))
  const coordinates = outer.map(({ index }): Affine => affine(0, { index, stride: 1 }))
  const headers = around ? [around, ...outer] : outer
  const indices = headers.map(({ index }) => index)

  // Level d stands inside the first d of these loops, in front of the rest.
  const levels: Effect[][] = [...indices, undefined].map(() => [])
  const abreast = vectorsAbreast(effectsAt(placeAt(dimensions, [], { lanes, laneDimension })))
  const pieces = piecesOf(extent, lanes, lanes > 1 ? abreast : 1)
  const innermost = pieces.map((piece): Statement[] => {
    const index: LoopIndex = { name: names.next('i') }
    const isLoop = piece.extent > piece.step
    const loops = isLoop ? [...indices, index] : indices
    const bodies: Effect[][] = []
    for (let offset = 0; offset < piece.step; offset += lanes) {
      const along = shifted(start, piece.start + offset)
      const coordinate = isLoop ? addAffine(along, affine(0, { index, stride: 1 })) : along
      const place = placeAt(dimensions, [...coordinates, coordinate], { lanes, laneDimension, valid: piece.valid })
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
        parallel && headers.length === 0,
      ),
    ]
  })

  let statements = inFrontOf(innermost.flat(), levels.at(-1)!, names)
  for (let d = headers.length - 1; d >= 0; d--) {
    const loop: Loop = { kind: 'loop', ...headers[d]!, body: statements }
    statements = inFrontOf([markParallel(loop, parallel && d === 0)], levels[d]!, names)
  }
  return statements
}

/** Elements of a strip of a transposed walk: a line of the cache of what is written. */
const stripWidth = 16
/** Lines that are read before the next element of the first one: more of them leave the cache in between. */
const mostLines = 256

/**
 * Whether each vector reads from far apart elements whose neighbours come up when the loop around it goes on: then strips of that loop's
 * passes are done before the next elements. The order of stores must not matter.
 */
function crossesLines({ dimensions, lanes, effectsAt }: NestOptions): boolean {
  const around = dimensions.at(-2)
  if (!around || lanes === 1 || dimensions.at(-1)!.extent < mostLines || around.extent < stripWidth) return false
  const index: LoopIndex = { name: 'around' }
  const coordinates = dimensions.map((_, d) =>
    d === dimensions.length - 2 ? affine(0, { index, stride: 1 }) : undefined,
  )
  const effects = effectsAt(placeAt(dimensions, coordinates, { lanes, laneDimension: dimensions.length - 1 }))
  if (!effects.every((effect) => effect.kind === 'store' && !effect.at.dynamic)) return false
  return [...allExpressions(effects.map(({ value }) => value))].some(
    (expr) =>
      expr.kind === 'load' &&
      !expr.at.dynamic &&
      Math.abs(expr.laneStride) >= stripWidth &&
      expr.at.affine.terms.some((term) => term.index === index && Math.abs(term.stride) === 1),
  )
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
/** Operations from which on a chain of them waits for itself. Fewer wait for memory. */
const fewestChained = 12
/** Operations of which code three times as long stays small. */
const mostTripled = 256
/** Operations side by side, on average, from which on one vector keeps the processor busy. */
const busy = 3
/** Loads and stores of a vector up to which three of them stay in registers. */
const mostAccesses = 3

/** How many vectors one pass of the innermost loop takes. */
export function vectorsAbreast(effects: readonly Effect[]): 1 | 2 | 3 {
  if (!effects.every((effect) => effect.kind === 'store')) return 1
  const exprs = [...allExpressions(effects.map((effect) => effect.value))]
  const count = exprs.filter((expr) => !isFree(expr)).length
  if (count <= tinyOperations) return 2
  const accesses = exprs.filter(({ kind }) => kind === 'load').length + effects.length
  const isChain = count >= fewestChained && count < busy * depthOf(exprs)
  return isChain && count <= mostTripled && accesses <= mostAccesses ? 3 : 1
}

/** The longest chain of operations in which each waits for the one before. */
function depthOf(exprs: readonly Expr[]): number {
  const depths = new Map<Expr, number>()
  let deepest = 0
  for (const expr of operandsFirst(exprs, depths)) {
    const depth = Math.max(0, ...operandsOf(expr).map((operand) => depths.get(operand)!)) + (isFree(expr) ? 0 : 1)
    depths.set(expr, depth)
    deepest = Math.max(deepest, depth)
  }
  return deepest
}

const isFree = ({ kind }: Expr): boolean =>
  kind === 'constant' || kind === 'load' || kind === 'read' || kind === 'indexValue'
