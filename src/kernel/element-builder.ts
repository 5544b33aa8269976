import type { Shape } from '../base/shape.ts'
import type { CheckFailure, ElementBuilder, ScalarBuilder } from '../ops/scalar-builder.ts'
import { binary, like } from './builder.ts'
import type { Place } from './dimensions.ts'
import type { Expr } from './ir.ts'
import { composeIndex, fixedIndex, type Index, indexExpr, indexOf, type Position, rowMajorLayout } from './position.ts'
import { exprOf } from './scalar-expressions.ts'

export interface ElementSite {
  readonly scalars: ScalarBuilder
  readonly place: Place
  /** Where the element is, one index per axis of `shape`. */
  readonly position: Position
  /** Number of axes the kernel walks. */
  readonly rank: number
  readonly shape: Shape
  readonly read: (operand: number, position: Position) => Expr
  readonly check: (ok: Expr, value: Expr, failure: CheckFailure) => void
}

/** Reads and index arithmetic of one element as kernel expressions. */
export function elementExpressions({
  scalars,
  place,
  position,
  rank,
  shape,
  read,
  check,
}: ElementSite): ElementBuilder {
  return {
    ...scalars,
    index: (axis) => position[axis]!,
    at: (offset) => fixedIndex(rank, offset),
    computed: (value): Index => ({ ...fixedIndex(rank, 0), dynamic: exprOf(value) }),
    spaced: (index, start, step): Index => {
      const { kind, offset, strides, dynamic } = indexOf(index)
      if (start === 0 && step === 1) return indexOf(index)
      const affine = { kind, offset: start + offset * step, strides: strides.map((stride) => stride * step) } as const
      return dynamic ? { ...affine, dynamic: binary('mul', dynamic, like(dynamic, step)) } : affine
    },
    shifted: (index, by): Index => {
      const { dynamic, ...affine } = indexOf(index)
      const shift = exprOf(by)
      return { ...affine, dynamic: dynamic ? binary('add', dynamic, shift) : shift }
    },
    value: (index) => indexExpr(indexOf(index), place),
    linearIndex: () => {
      const { layout, dynamic } = composeIndex(rowMajorLayout(shape), position, rank)
      return indexExpr({ kind: 'index', ...layout, ...(dynamic ? { dynamic } : {}) }, place)
    },
    // Positions are compared by identity: the element's own position must stay the same object.
    read: (operand, indices) =>
      read(
        operand,
        indices.length === position.length && indices.every((index, axis) => index === position[axis])
          ? position
          : indices.map(indexOf),
      ),
    check: (ok, value, failure) => check(exprOf(ok), exprOf(value), failure),
  }
}
