import type { Dtype } from '../base/dtype.ts'
import { add, addAffine, affine, constant, lane, load, read, register, select } from './builder.ts'
import type { Region } from './contraction-tiles.ts'
import { walkDepth } from './depth.ts'
import { shifted } from './dimensions.ts'
import type { Affine, Expr, LoopIndex, Statement, Variable } from './ir.ts'
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

/**
 * Sums of products of planes with large windows at few positions, such as the gradient of a depthwise convolution's weights. Neither
 * positions nor outputs fill vectors, so that the columns of the windows lie along the lanes: an order of its own (docs/assumptions.md),
 * which is a function of the logical shapes alone.
 */
const sumLanes = 4
const mostPositions = 25
const leastColumns = sumLanes
const mostOutputs = 2

interface Shapes {
  readonly dtype: Dtype
  readonly groups: number
  /** In a group. */
  readonly outputs: number
  readonly positions: number
  /** Columns of a window. */
  readonly columns: number
}

/** Whether lane l of 4 sums the products of the columns l, l + 4, … of all rows, and then (0 + 2) + (1 + 3). */
export const sumsByColumn = ({ dtype, groups, outputs, positions, columns }: Shapes): boolean =>
  dtype === 'float32' && groups > 1 && outputs <= mostOutputs && positions <= mostPositions && columns >= leastColumns

/** Positions that are summed in one pass over the planes: what registers hold, with loads side by side or of every second number. */
const positionsInPass = (columnStep: number): number => (columnStep === 1 ? 6 : 3)

export function correlatePlanes(plan: SlidingPlan): Statement[] {
  const { sizes, terms, windows, weights, lowering } = plan
  const [, outputs, height, width] = sizes
  const { names } = lowering
  const lanes = lowering.simd ? sumLanes : 1
  const type = register('f32', lanes)
  const one = register('f32', 1)
  const { strides } = windows.layout
  const [channels, windowRows, windowColumns] = terms.depth as readonly [number, number, number] // of windows
  const epilogue = plan.epilogueFor(axesOfResult(plan), 1)
  const columnSteps = [windows.depthStrides[2]!, weights.depthStrides[2]!] as const
  const rest = windowColumns % sumLanes
  const block = positionsInPass(columnSteps[0])

  /** The sums of all lanes of some positions, after a pass over the rows of all windows. */
  const pass = (
    from: Affine,
    filter: Affine,
    positions: readonly number[],
  ): { statements: Statement[]; sums: Variable[] } => {
    const accumulators = positions.map(() =>
      Array.from({ length: sumLanes / lanes }, (): Variable => ({ name: names.next('c'), type })),
    )
    const statements: Statement[] = accumulators
      .flat()
      .map((variable) => ({ kind: 'let', variable, value: constant(0, type) }))
    const rows = walkDepth(
      [channels, windowRows],
      [windows.depthStrides.slice(0, 2), weights.depthStrides.slice(0, 2)],
      names,
    )
    /** The products of four columns, or of the `valid` last ones. */
    const columns = (at: Affine, valid: number): Statement[] => {
      const body: Statement[] = []
      for (let l = 0; l < sumLanes && l < valid; l += lanes) {
        const inLanes = Math.min(lanes, valid - l)
        const column = shifted(at, l)
        const place = (base: Affine, along: Affine, step: number): Affine =>
          addAffine(addAffine(base, along), column, step)
        const bind = (prefix: string, value: Expr): Expr => {
          const variable: Variable = { name: names.next(prefix), type }
          body.push({ kind: 'let', variable, value })
          return read(variable)
        }
        const b = bind(
          'b',
          load(
            weights.buffer,
            { affine: place(filter, rows.offsets[1]!, columnSteps[1]) },
            lanes,
            lanes > 1 ? columnSteps[1] : 0,
            inLanes,
          ),
        )
        positions.forEach((position, p) => {
          const offset = Math.floor(position / width) * strides[heightAxis]! + (position % width) * strides[widthAxis]!
          const a = bind(
            'a',
            load(
              windows.buffer,
              { affine: shifted(place(from, rows.offsets[0]!, columnSteps[0]), offset) },
              lanes,
              lanes > 1 ? columnSteps[0] : 0,
              inLanes,
            ),
          )
          const variable = accumulators[p]![l / lanes]!
          const sum = multiplyAdd(a, b, read(variable))
          const mask = { kind: 'laneMask', type: register('bool', lanes), count: inLanes } as const
          body.push({
            kind: 'assign',
            variable,
            value: inLanes < lanes ? select(mask, sum, read(variable)) : sum,
          })
        })
      }
      return body
    }
    const index: LoopIndex = { name: names.next('x') }
    const whole = windowColumns - rest
    const body: Statement[] = [
      {
        kind: 'loop',
        index,
        extent: whole,
        step: sumLanes,
        body: columns(affine(0, { index, stride: 1 }), sumLanes),
      },
      ...(rest > 0 ? columns(affine(whole), rest) : []),
    ]
    statements.push(rows.around(body))
    const sums = accumulators.map((own): Variable => {
      const at = (l: number): Expr => (lanes > 1 ? lane(read(own[0]!), l) : read(own[l]!))
      const variable: Variable = { name: names.next('s'), type: one }
      statements.push({ kind: 'let', variable, value: add(add(at(0), at(2)), add(at(1), at(3))) })
      return variable
    })
    return { statements, sums }
  }

  const region: Region = { start: 0, extent: width, vectors: width, width, rows: height, lastValid: 1 }
  const output = (example: Affine, part: Affine, of: Affine): Statement[] => {
    const channel = addAffine(addAffine(affine(0), part, outputs), of)
    const example0 = addAffine(affine(windows.layout.offset), example, strides[exampleAxis]!)
    const from = addAffine(example0, part, terms.windows.groupStride)
    const filter = addAffine(affine(weights.layout.offset), channel, weights.layout.strides[outputAxis]!)
    const positions = Array.from({ length: height * width }, (_, position) => position)
    const passes: ReturnType<typeof pass>[] = []
    for (let first = 0; first < positions.length; first += block)
      passes.push(pass(from, filter, positions.slice(first, first + block)))
    const sums = passes.flatMap((each) => each.sums)
    const position = { row: affine(0), rowCount: height, column: affine(0), panel: affine(0) }
    const byRow = Array.from({ length: height }, (_, row) => sums.slice(row * width, (row + 1) * width))
    return [...passes.flatMap((each) => each.statements), ...epilogue([example, channel], region, position, byRow)]
  }
  return eachPlane(plan, output)
}
