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
import { combined, identityOf, rowLanes } from './reduction-order.ts'

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
  const { lanes, combine, dtype } = plan
  const { names } = plan.lowering
  const whole = count - (count % rowLanes)
  const { variables, lets } = accumulators(plan, Math.min(rowLanes / lanes, Math.ceil(count / lanes)), lanes)
  const statements: Statement[] = [...lets]
  /** Adds the elements at `position`, as many as there are, to the accumulators. */
  const stepAt = (position: Affine, elements: number): Effect[] => {
    const parts = variables.slice(0, Math.ceil(elements / lanes)).map((variable, v) => {
      const valid = Math.min(lanes, elements - v * lanes)
      const { values, checks, stores } = elementsAt(plan, coordinates.with(level, shifted(position, v * lanes)), [
        { coordinate: undefined, valid },
      ])
      const mask: Expr = { kind: 'laneMask', type: { scalar: 'bool', lanes }, count: valid }
      const value = valid < lanes ? select(mask, values[0]!, identityOf(combine, dtype, lanes)) : values[0]!
      return { checks, assign: accumulate(plan, variable, value), stores }
    })
    return [
      ...parts.flatMap(({ checks }) => checks),
      ...parts.map(({ assign }) => assign),
      ...parts.flatMap(({ stores }) => stores),
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

  const step = 4 / lanes
  const vectors = Array.from({ length: step }, (_, part) =>
    treeOf(
      plan,
      [0, 1, 2, 3].map((v) => (v * step + part < variables.length ? read(variables[v * step + part]!) : undefined)),
    ),
  )
  const folded = vectors[1] ? combined(combine, vectors[0]!, vectors[1]) : vectors[0]!
  const met: Variable = { name: names.next('w'), type: folded.type }
  const lanesOf = (...which: number[]): Expr[] => which.map((l) => lane(read(met), l))
  const total =
    lanes === 4 ? treeOf(plan, lanesOf(0, 2, 1, 3))! : combined(combine, lane(read(met), 0), lane(read(met), 1))
  return finished(
    plan,
    [...statements, ...bindEffects([{ kind: 'let', variable: met, value: folded }], names, false)],
    total,
  )
}

/** (a ∘ b) ∘ (c ∘ d); lanes that got no element hold the identity and are left out. */
function treeOf({ combine }: ReductionPlan, [a, b, c, d]: readonly (Expr | undefined)[]): Expr | undefined {
  const both = (x: Expr | undefined, y: Expr | undefined): Expr | undefined => (x && y ? combined(combine, x, y) : x)
  return both(both(a, b), both(c, d))
}

function finished({ lowering: { names } }: ReductionPlan, statements: Statement[], value: Expr): Reduced {
  const variable: Variable = { name: names.next('r'), type: value.type }
  return {
    statements: [...statements, ...bindEffects([{ kind: 'let', variable, value }], names, false)],
    values: [read(variable)],
  }
}

/** The same with the lanes in memory. */
function scalarRowLeaf(
  plan: ReductionPlan,
  level: number,
  coordinates: Coordinates,
  start: Affine,
  count: number,
): Reduced {
  const { combine, dtype, lowering } = plan
  const buffer = lanesBufferOf(plan)
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
    const held = isFirst ? identityOf(combine, dtype, 1) : load(buffer, at(0, index), 1, 0)
    const store: Effect = {
      kind: 'store',
      buffer,
      at: at(0, index),
      value: combined(combine, held, values[0]!),
      laneStride: 0,
    }
    const body = bindEffects([...checks, store, ...stores], lowering.names, stores.length > 0)
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

  const laneAt = (l: number): Expr | undefined => (l < used ? load(buffer, { affine: affine(l) }, 1, 0) : undefined)
  const met = [0, 1, 2, 3].map((l) =>
    treeOf(
      plan,
      [0, 4, 8, 12].map((v) => laneAt(v + l)),
    ),
  )
  return finished(plan, statements, treeOf(plan, [met[0], met[2], met[1], met[3]])!)
}

const lanesBuffers = new WeakMap<ReductionPlan, Buffer>()

function lanesBufferOf(plan: ReductionPlan): Buffer {
  let buffer = lanesBuffers.get(plan)
  if (!buffer) lanesBuffers.set(plan, (buffer = plan.lowering.scratch('lanes', plan.dtype, rowLanes)))
  return buffer
}
