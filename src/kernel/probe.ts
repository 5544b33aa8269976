import type { Dtype } from '../base/dtype.ts'
import type { Layout } from '../base/layout.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import type { GraphValue } from '../ir/graph.ts'
import { read, register } from './builder.ts'
import { origin, type Place } from './dimensions.ts'
import { evaluateGroup, evaluateInOrder, neededInGroup, type Surroundings } from './evaluation.ts'
import type { Expr, Lanes, Scalar } from './ir.ts'
import { registerScalar } from './ir.ts'
import { operandsOf } from './operands.ts'
import type { Position } from './position.ts'

/** What one part of a group does, found by evaluating it once for show. */
export interface Probe {
  /** Every affine access and index, over the walked axes. */
  readonly accesses: readonly Layout[]
  readonly expressions: readonly Expr[]
}

/** Evaluates `roots` at `position` without a kernel around; the anchor and what is `known`, if given, are not gone into. */
export function probeGroup(
  group: FusionGroup,
  surroundings: Surroundings,
  {
    position,
    rank,
    roots,
    anchor,
    known: given,
  }: {
    position: Position
    rank: number
    roots: readonly GraphValue[]
    anchor?: GraphValue
    known?: ReadonlyMap<GraphValue, Expr>
  },
): Probe {
  const accesses: Layout[] = []
  const place: Place = {
    lanes: 1,
    valid: 1,
    address: (layout) => {
      accesses.push(layout)
      return origin
    },
    laneStride: () => 1,
  }
  const known = new Map<GraphValue, Expr>(given)
  if (anchor) known.set(anchor, read({ name: 'anchor', type: register(registerScalar[anchor.type.dtype], 1) }))
  const evaluation = evaluateGroup(group, { ...surroundings, siteOf: () => 0 }, place, position, rank, known)
  evaluateInOrder(group, evaluation, neededInGroup(group, roots, new Set(known.keys())))
  const expressions = roots.map((root) => evaluation.valueOf(root))
  for (const check of evaluation.checks) expressions.push(check.ok, check.value)
  return { accesses, expressions }
}

/** Lanes that code over `expressions` can have when its results are stored as `stored`. */
export function lanesFor(expressions: readonly Expr[], stored: readonly Dtype[], simd: boolean): Lanes {
  if (!simd) return 1
  const kinds = new Set<Scalar>(stored.map((dtype) => registerScalar[dtype]))
  let hasScalarOnly = false
  for (const expr of allExpressions(expressions)) {
    kinds.add(expr.type.scalar)
    hasScalarOnly ||= isScalarOnlyExpr(expr)
  }
  if (hasScalarOnly) return 1
  return kinds.has('f64') ? 2 : 4
}

function isScalarOnlyExpr(expr: Expr): boolean {
  switch (expr.kind) {
    case 'host':
    case 'makeF64':
      return true
    case 'binary':
      return expr.op === 'remU' || expr.op === 'divS'
    case 'convert':
      return expr.op === 'highWordF64' || expr.op === 'lowWordF64'
    default:
      return false
  }
}

/** Each expression object once. */
export function allExpressions(roots: readonly Expr[]): Set<Expr> {
  const seen = new Set<Expr>(roots)
  for (const expr of seen) for (const operand of operandsOf(expr)) seen.add(operand)
  return seen
}
