import { addAffine, affine, lane, load, read, select } from './builder.ts'
import { bindEffects, type Effect, hoistEffects, inFrontOf } from './binding.ts'
import { shifted } from './dimensions.ts'
import type { Affine, Buffer, Expr, LoopIndex, Statement, Variable } from './ir.ts'
import {
  accumulate,
  accumulators,
  type Coordinates,
  elementsAt,
  type Reduced,
  type ReductionPlan,
} from './reduction-plan.ts'
import { stageLeaf } from './reduction-staging.ts'
import { type Combine, combined, identityOf, rowLanes } from './reduction-order.ts'

/** Up to `rowLeaf` neighbours of the last dimension in `rowLanes` lanes, which meet in a fixed tree. */
export function rowLeafStatements(
  plan: ReductionPlan,
  level: number,
  coordinates: Coordinates,
  start: Affine,
  count: number,
): Reduced {
  return plan.lanes === 1
    ? scalarRowLeaf(plan, level, coordinates, start, count)
    : vectorRowLeaf(plan, level, coordinates, start, count)
}

function vectorRowLeaf(
  plan: ReductionPlan,
  level: number,
  coordinates: Coordinates,
  start: Affine,
  count: number,
): Reduced {
  const { lanes, parts } = plan
  const { names } = plan.lowering
  const whole = count - (count % rowLanes)
  const vectors = Math.min(rowLanes / lanes, Math.ceil(count / lanes))
  const { variables, lets } = accumulators(plan, vectors, lanes)
  const staged = stageLeaf(plan, level, coordinates, start, count)
  const statements: Statement[] = [...lets, ...(staged?.statements ?? [])]
  const partsAt = (position: Affine, valid: number): ReturnType<typeof elementsAt> =>
    staged
      ? { values: [...staged.at(position, valid)], checks: [], stores: [] }
      : elementsAt(plan, coordinates.with(level, position), [{ coordinate: undefined, valid }])
  /** Adds the elements at `position`, as many as there are, to the accumulators. */
  const stepAt = (position: Affine, elements: number): Effect[] => {
    const effects = Array.from({ length: Math.ceil(elements / lanes) }, (_, v) => {
      const valid = Math.min(lanes, elements - v * lanes)
      const { values, checks, stores } = partsAt(shifted(position, v * lanes), valid)
      const mask: Expr = { kind: 'laneMask', type: { scalar: 'bool', lanes }, count: valid }
      const assigns = parts.map(({ combine, dtype }, p) => {
        const value = valid < lanes ? select(mask, values[p]!, identityOf(combine, dtype, lanes)) : values[p]!
        const i = v * parts.length + p
        return accumulate(plan, i, variables[i]!, value)
      })
      return { checks, assigns, stores }
    })
    return [
      ...effects.flatMap(({ checks }) => checks),
      ...effects.flatMap(({ assigns }) => assigns),
      ...effects.flatMap(({ stores }) => stores),
    ]
  }
  const hasStores = (effects: readonly Effect[]): boolean => effects.some((effect) => effect.kind === 'store')
  if (whole > rowLanes) {
    const index: LoopIndex = { name: names.next('i') }
    const effects = stepAt(addAffine(start, affine(0, { index, stride: 1 })), rowLanes)
    const [before, inside] = hoistEffects(effects, [index], names, new Set(variables))
    const loop: Statement = {
      kind: 'loop',
      index,
      extent: whole,
      step: rowLanes,
      body: bindEffects(inside!, names, hasStores(effects)),
    }
    statements.push(...inFrontOf([loop], before!, names))
  } else if (whole > 0) {
    const effects = stepAt(start, rowLanes)
    statements.push(...bindEffects(effects, names, hasStores(effects)))
  }
  if (count > whole) {
    const effects = stepAt(shifted(start, whole), count - whole)
    statements.push(...bindEffects(effects, names, hasStores(effects)))
  }

  const totals = parts.map(({ combine }, p) => {
    const own = variables.filter((_, i) => i % parts.length === p)
    const step = 4 / lanes
    const pair = Array.from({ length: step }, (_, part) =>
      treeOf(
        combine,
        [0, 1, 2, 3].map((v) => (v * step + part < own.length ? read(own[v * step + part]!) : undefined)),
      ),
    )
    const folded = pair[1] ? combined(combine, pair[0]!, pair[1]) : pair[0]!
    const met: Variable = { name: names.next('w'), type: folded.type }
    statements.push(...bindEffects([{ kind: 'let', variable: met, value: folded }], names, false))
    const lanesOf = (...which: number[]): Expr[] => which.map((l) => lane(read(met), l))
    return lanes === 4
      ? treeOf(combine, lanesOf(0, 2, 1, 3))!
      : combined(combine, lane(read(met), 0), lane(read(met), 1))
  })
  return finished(plan, statements, totals)
}

/** (a ∘ b) ∘ (c ∘ d); lanes that got no element hold the identity and are left out. */
function treeOf(combine: Combine, [a, b, c, d]: readonly (Expr | undefined)[]): Expr | undefined {
  const both = (x: Expr | undefined, y: Expr | undefined): Expr | undefined => (x && y ? combined(combine, x, y) : x)
  return both(both(a, b), both(c, d))
}

function finished({ lowering: { names } }: ReductionPlan, statements: Statement[], values: readonly Expr[]): Reduced {
  const variables = values.map((value): Variable => ({ name: names.next('r'), type: value.type }))
  const lets = variables.map((variable, i): Effect => ({ kind: 'let', variable, value: values[i]! }))
  return { statements: [...statements, ...bindEffects(lets, names, false)], values: variables.map(read) }
}

/** The same with the lanes in memory. */
function scalarRowLeaf(
  plan: ReductionPlan,
  level: number,
  coordinates: Coordinates,
  start: Affine,
  count: number,
): Reduced {
  const { parts, lowering } = plan
  const buffers = lanesBuffersOf(plan)
  const used = Math.min(rowLanes, count)
  const at = (offset: number, index: LoopIndex): { affine: Affine } => ({
    affine: affine(offset, { index, stride: 1 }),
  })
  /** Adds `lanes` neighbours from `position` on, the first ones to the identity. */
  const block = (position: Affine, lanes: number, isFirst: boolean): Statement[] => {
    const index: LoopIndex = { name: lowering.names.next('l') }
    const { values, checks, stores } = elementsAt(
      plan,
      coordinates.with(level, addAffine(position, affine(0, { index, stride: 1 }))),
      [{ coordinate: undefined, valid: 1 }],
    )
    const lanesStores = parts.map(({ combine, dtype }, p): Effect => {
      const held = isFirst ? identityOf(combine, dtype, 1) : load(buffers[p]!, at(0, index), 1, 0)
      return {
        kind: 'store',
        buffer: buffers[p]!,
        at: at(0, index),
        value: combined(combine, held, values[p]!),
        laneStride: 0,
      }
    })
    const bindAll = stores.length > 0 || parts.length > 1
    const body = bindEffects([...checks, ...lanesStores, ...stores], lowering.names, bindAll)
    return [{ kind: 'loop', index, extent: lanes, step: 1, body }]
  }
  const statements = block(start, used, true)
  const rest = count % rowLanes
  const whole = count - used - (count > rowLanes ? rest : 0)
  const next = shifted(start, used)
  if (whole > rowLanes) {
    const index: LoopIndex = { name: lowering.names.next('i') }
    statements.push({
      kind: 'loop',
      index,
      extent: whole,
      step: rowLanes,
      body: block(addAffine(next, affine(0, { index, stride: 1 })), rowLanes, false),
    })
  } else if (whole > 0) statements.push(...block(next, whole, false))
  if (count > rowLanes && rest > 0) statements.push(...block(shifted(next, whole), rest, false))

  const totals = parts.map(({ combine }, p) => {
    const laneAt = (l: number): Expr | undefined =>
      l < used ? load(buffers[p]!, { affine: affine(l) }, 1, 0) : undefined
    const met = [0, 1, 2, 3].map((l) =>
      treeOf(
        combine,
        [0, 4, 8, 12].map((v) => laneAt(v + l)),
      ),
    )
    return treeOf(combine, [met[0], met[2], met[1], met[3]])!
  })
  return finished(plan, statements, totals)
}

const lanesBuffers = new WeakMap<ReductionPlan, Buffer[]>()

function lanesBuffersOf(plan: ReductionPlan): Buffer[] {
  let buffers = lanesBuffers.get(plan)
  if (!buffers) {
    buffers = plan.parts.map(({ dtype }) => plan.lowering.scratch('lanes', dtype, rowLanes))
    lanesBuffers.set(plan, buffers)
  }
  return buffers
}
