import { sliceLayout } from '../base/layout.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import type { GraphNode } from '../ir/graph.ts'
import { recordOf } from '../ops/registry.ts'
import type { StepBuilder } from '../ops/scalar-builder.ts'
import { add, affine, at as addressAt, i32, load, mul, register } from './builder.ts'
import { bindEffects } from './binding.ts'
import { copyElements, copyPair, fillElements, type Target } from './copy.ts'
import { groupWithoutAnchor } from './errors.ts'
import type { Storage } from './evaluation.ts'
import { type Affine, type Expr, type LoopIndex, type Statement } from './ir.ts'
import type { Lowering } from './lowering.ts'
import { exprOf, scalarExpressions } from './scalar-expressions.ts'
import { type ScatterParts, scatterStatements } from './scatter.ts'

/** The steps of an opaque op, one after the other. */
export function lowerOpaque({ kind, anchor }: FusionGroup, lowering: Lowering): Statement[] {
  const record = anchor && recordOf(anchor.op)
  if (!anchor || record?.kind !== 'opaque') throw groupWithoutAnchor(kind)
  const statements: Statement[] = []
  const types = { operands: anchor.operands.map((operand) => operand.type), result: anchor.type }
  record.lower(stepBuilder(anchor, lowering, statements), anchor.attrs, types)
  return statements
}

function stepBuilder(anchor: GraphNode, lowering: Lowering, statements: Statement[]): StepBuilder {
  const result = lowering.storageOf(anchor)
  const operand = (i: number): Storage => lowering.storageOf(anchor.operands[i]!)
  const at = (starts: readonly number[], steps: readonly number[]): Storage => ({
    buffer: result.buffer,
    layout: sliceLayout(result.layout, starts, steps),
  })
  const typeOf = (i: number): GraphNode['type'] => anchor.operands[i]!.type
  /** The operand's elements; those of a constant are not read from memory. */
  const put = (i: number, to: Target): Statement[] => {
    const value = anchor.operands[i]!
    const { dtype, shape } = value.type
    return value.op === 'constant' && typeof value.value === 'number'
      ? fillElements(value.value, dtype, shape, to, lowering)
      : copyElements(shape, operand(i), to, lowering)
  }
  const scalar = (i: number): Expr => {
    const value = anchor.operands[i]!
    if (value.op === 'constant' && typeof value.value === 'number') return i32(value.value)
    const { buffer, layout } = operand(i)
    return load(buffer, { affine: affine(layout.offset) }, 1, 0)
  }
  const scattered = (updates: number, indices: number, axis: number): Omit<ScatterParts, 'combine' | 'failure'> => ({
    node: anchor,
    shape: typeOf(updates).shape,
    axis,
    result,
    updates: operand(updates),
    indices: operand(indices),
  })
  return {
    ...scalarExpressions(1),
    fill: (value, part) => {
      const shape = part?.sizes ?? anchor.type.shape
      const unit = shape.map(() => 1)
      const layout = part ? sliceLayout(result.layout, part.starts, unit) : result.layout
      statements.push(...fillElements(value, anchor.type.dtype, shape, { buffer: result.buffer, layout }, lowering))
      // What follows a whole fill writes over it; parts and copies lie side by side.
      if (!part && lowering.parallel) statements.push({ kind: 'barrier' })
    },
    copyInto: (i, starts, steps) => statements.push(...put(i, at(starts, steps))),
    copyWhole: (i) => {
      statements.push(...put(i, result))
      if (lowering.parallel) statements.push({ kind: 'barrier' })
    },
    copyBlock: (i, starts, steps, shifts) => {
      const terms = shifts.map(({ axis, operand: of }): Expr => {
        const start = scalar(of)
        const stride = result.layout.strides[axis]!
        return stride === 1 ? start : mul(start, i32(stride))
      })
      const shift = terms.length > 0 ? terms.reduce(add) : undefined
      statements.push(...put(i, { ...at(starts, steps), shift }))
    },
    copyPairInto: (first, second, starts, steps) => {
      const to = at(starts, steps)
      const { shape } = typeOf(first)
      if (shape.at(-1)! > 1 && to.layout.strides.at(-1) === 2)
        return void statements.push(...copyPair(shape, operand(first), operand(second), to, lowering))
      const further = starts.map((start, axis) => (axis === starts.length - 1 ? start + 1 : start))
      statements.push(
        ...copyElements(shape, operand(first), to, lowering),
        ...copyElements(shape, operand(second), at(further, steps), lowering),
      )
    },
    scatterAdd: (updates, indices, axis, failure) =>
      statements.push(
        ...scatterStatements({ ...scattered(updates, indices, axis), combine: 'add', failure }, lowering),
      ),
    scatter: (updates, indices, axis, combine) =>
      statements.push(...scatterStatements({ ...scattered(updates, indices, axis), combine }, lowering)),
    shuffle: (size, pick) => {
      const scalars = scalarExpressions(1)
      const read = (i: number, position: number): Expr => {
        const { buffer, layout } = operand(i)
        return load(buffer, { affine: affine(layout.offset + position * (layout.strides.at(-1) ?? 0)) }, 1, 0)
      }
      statements.push(...shuffleStatements(size, result, lowering, (i) => exprOf(pick(scalars, i, read))))
    },
  }
}

/** The Fisher–Yates shuffle of 0 … size−1, from the last element to the second. */
function shuffleStatements(
  size: number,
  { buffer, layout }: Storage,
  { names }: Lowering,
  pick: (i: Expr) => Expr,
): Statement[] {
  const stride = layout.strides[0]!
  const walk: LoopIndex = { name: names.next('i') }
  const position = (index: LoopIndex, offset: number, step: number): Expr => ({
    kind: 'indexValue',
    type: register('i32', 1),
    affine: affine(offset, { index, stride: step }),
    laneStride: 0,
  })
  const elementAt = (index: LoopIndex, offset: number, step: number): Affine =>
    affine(layout.offset + offset * stride, { index, stride: step * stride })
  const first: Statement = {
    kind: 'loop',
    index: walk,
    extent: size,
    step: 1,
    body: [
      { kind: 'store', buffer, at: { affine: elementAt(walk, 0, 1) }, value: position(walk, 0, 1), laneStride: 0 },
    ],
  }
  if (size < 2) return [first]
  const index: LoopIndex = { name: names.next('i') }
  const here = elementAt(index, size - 1, -1)
  const picked = pick(position(index, size - 1, -1))
  const there = addressAt(affine(layout.offset), stride === 1 ? picked : mul(picked, i32(stride)))
  const swap = bindEffects(
    [
      { kind: 'store', buffer, at: { affine: here }, value: load(buffer, there, 1, 0), laneStride: 0 },
      { kind: 'store', buffer, at: there, value: load(buffer, { affine: here }, 1, 0), laneStride: 0 },
    ],
    names,
    true,
  )
  return [first, { kind: 'loop', index, extent: size - 1, step: 1, body: swap }]
}
