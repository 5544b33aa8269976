import type { Layout } from '../base/layout.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import type { GraphNode, GraphValue } from '../ir/graph.ts'
import { isFull, rowLength } from '../ir/rows.ts'
import { bindEffects, type Effect } from './binding.ts'
import { read } from './builder.ts'
import { type Place, placeAt } from './dimensions.ts'
import { storeEffect } from './elementwise.ts'
import { reducedAxesDoNotMerge } from './errors.ts'
import { evaluateGroup, type Storage, type Surroundings } from './evaluation.ts'
import type { Expr, Statement, Variable } from './ir.ts'
import type { Lowering } from './lowering.ts'
import { overColumns, overKept } from './reduction-levels.ts'
import { rowLanes } from './reduction-order.ts'
import { overOperand } from './reduction.ts'
import type { Column, Coordinates } from './reduction-plan.ts'
import { lowerPass, type RowKernel, type RowValues } from './row-pass.ts'
import { rowStagesOf, type RowStages } from './row-stages.ts'
import { keptPosition, walkRows } from './row-walk.ts'

/** Whether the group cannot be lowered as it is: its rows have no common walk, or values would be stored for columns side by side. */
export function blocksRows(group: FusionGroup, layoutOf: (value: GraphValue) => Layout): boolean {
  const stages = rowStagesOf(group)
  const storageOf = (value: GraphValue): Storage => ({
    buffer: { name: 'operand', dtype: value.type.dtype, elementCount: 0 },
    layout: layoutOf(value),
  })
  const surroundings: Surroundings = { storageOf, siteOf: () => 0 }
  const { isAffine, isRow } = walkRows(group, stages, surroundings, storageOf, false)
  return !isAffine || (!isRow && stages.scratch.length > 0)
}

/** For each row, or for some rows side by side: pass after pass over its elements, with values at kept shape in registers in between. */
export function lowerRowWise(group: FusionGroup, lowering: Lowering): Statement[] {
  const stages = rowStagesOf(group)
  const { rows } = stages
  const storages = Array.from({ length: mostAbreast }, () => storageFor(stages, lowering))
  const walk = walkRows(group, stages, lowering, storages[0]!, lowering.simd)
  if (!walk.isAffine) throw reducedAxesDoNotMerge(group.anchor!.op)
  const kernelAt = (row: number): RowKernel => ({ group, lowering, stages, walk, storageOf: storages[row]! })
  const abreast = walk.isRow && lowering.simd ? rowsAbreast(rowLength(rows)) : 1
  return overKept({ ...walk, lowering }, abreast, (coordinates) =>
    overColumns({ ...walk, lowering }, tileColumns, (columns) =>
      inTurns(coordinates.map((each, row) => tileSteps(kernelAt(row), each, columns))),
    ),
  )
}

/**
 * Vectors of rows side by side. Work on the elements needs registers too, but down a matrix each step is a cache line of its own, often in
 * a page of its own: a pass wants it whole.
 */
const tileColumns = 4

const mostAbreast = 4

/** Short rows whose passes take turns: while the lanes of one meet, the next is at work. In a longer row there is enough to do meanwhile. */
const rowsAbreast = (length: number): number => (length <= 2 * rowLanes ? mostAbreast : length <= 4 * rowLanes ? 2 : 1)

const inTurns = (rows: readonly (readonly Statement[])[][]): Statement[] =>
  rows[0]!.flatMap((_, step) => rows.flatMap((steps) => steps[step]!))

/** Where a row's values of full shape lie; its working memory is made when it is asked for. */
function storageFor({ scratch, rows }: RowStages, lowering: Lowering): (node: GraphNode) => Storage {
  const known = new Map<GraphNode, Storage>()
  return (node) => {
    if (!scratch.includes(node)) return lowering.storageOf(node)
    let storage = known.get(node)
    if (!storage) known.set(node, (storage = scratchFor(node, lowering, rows.isReduced)))
    return storage
  }
}

/** Memory for a value of full shape in one row, which whole vectors are stored to, the last one too. */
function scratchFor(node: GraphNode, lowering: Lowering, isReduced: readonly boolean[]): Storage {
  const strides = new Array<number>(isReduced.length).fill(0)
  let count = 1
  for (let axis = isReduced.length - 1; axis >= 0; axis--) {
    if (!isReduced[axis]) continue
    strides[axis] = count
    count *= node.type.shape[axis]!
  }
  return { buffer: lowering.scratch('row', node.type.dtype, count + 3), layout: { offset: 0, strides } }
}

/** The statements for a row, or for rows side by side: one list for each pass, and one for what comes after the last. */
function tileSteps(kernel: RowKernel, coordinates: Coordinates, columns: readonly Column[]): Statement[][] {
  const { group, lowering, stages } = kernel
  const steps: Statement[][] = []
  let statements: Statement[] = []
  const values: RowValues[] = columns.map(() => new Map<GraphValue, Expr>())
  const places = columns.map((column) => keptPlace(kernel, coordinates, column))
  const aliasesOf = new Map<GraphValue, GraphValue[]>()
  for (const [alias, node] of stages.aliases) aliasesOf.set(node, [...(aliasesOf.get(node) ?? []), alias])
  const define = (node: GraphNode, column: number, value: Expr): void => {
    for (const name of [node, ...(aliasesOf.get(node) ?? [])]) values[column]!.set(name, value)
  }

  let next = 0
  const computeKept = (until: number): void => {
    for (; next <= until && next < stages.kept.length; next++) {
      for (const c of columns.keys()) {
        statements.push(
          ...keptStatements(kernel, stages.kept[next]!, places[c]!, values[c]!, (node, value) =>
            define(node, c, value),
          ),
        )
      }
    }
  }
  const checked = new Set<number>()
  for (const pass of stages.passes) {
    computeKept(pass.stage)
    const {
      statements: walked,
      values: reduced,
      sites,
    } = lowerPass(kernel, pass, coordinates, columns, values, checked)
    statements.push(...walked)
    for (const site of sites) checked.add(site)
    pass.reductions.forEach((node, r) =>
      columns.forEach((_, c) => define(node, c, reduced[c * pass.reductions.length + r]!)),
    )
    steps.push(statements)
    statements = []
  }
  computeKept(stages.kept.length)

  // Last, so that a state's old value is read before the new one is stored.
  const outputs = group.outputs.filter((output) => !isFull(stages.rows, output))
  const stores = columns.flatMap((_, c) =>
    outputs.map((output) => {
      const { buffer, layout } = lowering.storageOf(output)
      const walked = overOperand(layout, kernel.walk.keptAxes(output), stages.rows.shape.length)
      return storeEffect({ buffer, layout: walked }, values[c]!.get(output)!, places[c]!)
    }),
  )
  return [...steps, [...statements, ...bindEffects(stores, lowering.names, false)]]
}

/** Where the values at kept shape of a column are: all lanes along it, or one for the whole row. */
function keptPlace(
  { walk: { dimensions, isRow, lanes } }: RowKernel,
  coordinates: Coordinates,
  { coordinate, valid }: Column,
): Place {
  if (isRow || !coordinate) return placeAt(dimensions, coordinates)
  const laneDimension = dimensions.length - 1
  return placeAt(dimensions, coordinates.with(laneDimension, coordinate), { lanes, laneDimension, valid })
}

/** Binds the nodes' values in a row to variables. */
function keptStatements(
  { group, lowering, stages, walk }: RowKernel,
  nodes: readonly GraphNode[],
  place: Place,
  values: RowValues,
  define: (node: GraphNode, value: Expr) => void,
): Statement[] {
  if (nodes.length === 0) return []
  const rank = stages.rows.shape.length
  const effects: Effect[] = []
  for (const node of nodes) {
    const evaluation = evaluateGroup(group, lowering, place, keptPosition(walk, node, rank), rank, values)
    const value = evaluation.valueOf(node)
    const variable: Variable = { name: lowering.names.next('k'), type: value.type }
    effects.push(...evaluation.checks, { kind: 'let', variable, value })
    define(node, read(variable))
  }
  return effects.flatMap((effect) => bindEffects([effect], lowering.names, false))
}
