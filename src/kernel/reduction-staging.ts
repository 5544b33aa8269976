import { addAffine, affine, load } from './builder.ts'
import { bindEffects, type Effect, hoistEffects, inFrontOf } from './binding.ts'
import { shifted } from './dimensions.ts'
import { vectorsAbreast } from './loop-nest.ts'
import { type Affine, type Buffer, type Expr, type LoopIndex, registerScalar, type Statement } from './ir.ts'
import { allExpressions } from './probe.ts'
import { rowLeaf } from './reduction-order.ts'
import { type Coordinates, elementsAt, type ReductionPlan } from './reduction-plan.ts'

/** The elements of a leaf, computed before they are reduced. */
export interface StagedLeaf {
  readonly statements: readonly Statement[]
  /** The elements of each part at a position of the leaf. */
  at(position: Affine, valid: number): readonly Expr[]
}

/** Operations on an element up to which it is reduced where it is computed: vectors side by side would not stay in registers. */
const mostOperations = 10
/** Operations up to which an element is computed again instead of kept. */
const cheapOperations = 3

const isOperation = ({ kind }: Expr): boolean =>
  kind !== 'constant' && kind !== 'load' && kind !== 'read' && kind !== 'indexValue' && kind !== 'splat'
const operationsOf = (exprs: readonly Expr[]): number => [...allExpressions(exprs)].filter(isOperation).length

/** Computes the elements of a leaf one vector after the other, if they need much work: they are kept in memory that stays in the cache. */
export function stageLeaf(
  plan: ReductionPlan,
  level: number,
  coordinates: Coordinates,
  start: Affine,
  count: number,
): StagedLeaf | undefined {
  const { lanes, lowering } = plan
  const elements = (position: Affine, valid: number) =>
    elementsAt(plan, coordinates.with(level, position), [{ coordinate: undefined, valid }])
  if (operationsOf(elements(start, lanes).values) <= mostOperations) return undefined

  const buffers = stagingBuffers(plan, level)
  /** Where the p-th part is kept: where it is stored anyway, or in working memory; nowhere if it is cheap. */
  const homeOf = (position: Affine, valid: number, value: Expr, p: number, stores: readonly Effect[]) => {
    const own = stores.find(
      (effect) =>
        effect.kind === 'store' && effect.value === value && registerScalar[effect.buffer.dtype] === value.type.scalar,
    )
    if (own?.kind === 'store') return { buffer: own.buffer, at: own.at, laneStride: own.laneStride, isOwn: true }
    if (operationsOf([value]) <= cheapOperations) return undefined
    return { buffer: buffers(p), at: { affine: addAffine(position, start, -1) }, laneStride: 1, isOwn: false }
  }
  const statementsAt = (position: Affine, valid: number): Effect[] => {
    const { values, checks, stores } = elements(position, valid)
    const kept = values.flatMap((value, p): Effect[] => {
      const home = homeOf(position, valid, value, p, stores)
      if (!home || home.isOwn) return []
      const { buffer, at, laneStride } = home
      return [{ kind: 'store', buffer, at, value, laneStride }]
    })
    return [...checks, ...kept, ...stores]
  }
  const statements: Statement[] = []
  let whole = 0
  const inLoop = (abreast: number): void => {
    const step = abreast * lanes
    const extent = count - whole - ((count - whole) % step)
    if (extent === 0) return
    const index: LoopIndex = { name: lowering.names.next('i') }
    const position = addAffine(start, affine(whole, { index, stride: 1 }))
    const effects = Array.from({ length: abreast }, (_, v) => statementsAt(shifted(position, v * lanes), lanes)).flat()
    const [before, inside] = hoistEffects(effects, [index], lowering.names)
    const body = bindEffects(inside!, lowering.names, true)
    statements.push(...inFrontOf([{ kind: 'loop', index, extent, step, body }], before!, lowering.names))
    whole += extent
  }
  const abreast = vectorsAbreast(statementsAt(start, lanes))
  if (abreast > 2) inLoop(abreast)
  inLoop(1)
  if (count > whole)
    statements.push(...bindEffects(statementsAt(shifted(start, whole), count - whole), lowering.names, true))
  return {
    statements,
    at: (position, valid) => {
      const { values, stores } = elements(position, valid)
      return values.map((value, p) => {
        const home = homeOf(position, valid, value, p, stores)
        return home ? load(home.buffer, home.at, lanes, home.laneStride, valid) : value
      })
    },
  }
}

const staging = new WeakMap<ReductionPlan, Map<number, Buffer>>()

/** One buffer for each part, for the longest leaf of the level; whole vectors are stored. */
function stagingBuffers(plan: ReductionPlan, level: number): (part: number) => Buffer {
  let buffers = staging.get(plan)
  if (!buffers) staging.set(plan, (buffers = new Map<number, Buffer>()))
  const known = buffers
  return (part) => {
    let buffer = known.get(part)
    if (!buffer) {
      const length = Math.ceil(Math.min(rowLeaf, plan.dimensions[level]!.extent) / 4) * 4
      known.set(part, (buffer = plan.lowering.scratch('leaf', plan.parts[part]!.dtype, length)))
    }
    return buffer
  }
}
