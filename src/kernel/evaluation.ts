import type { Layout } from '../base/layout.ts'
import { sameShape } from '../base/shape.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import { type GraphNode, type GraphValue, isNode } from '../ir/graph.ts'
import { recordOf } from '../ops/registry.ts'
import type { CheckFailure } from '../ops/scalar-builder.ts'
import type { OpTypes } from '../ops/record.ts'
import { load } from './builder.ts'
import type { Place } from './dimensions.ts'
import { elementExpressions } from './element-builder.ts'
import { notInGroup } from './errors.ts'
import type { Buffer, Expr, Statement } from './ir.ts'
import { broadcastPosition, composeIndex, dynamicAddress, type Position } from './position.ts'
import { exprOf, scalarExpressions, wrapped } from './scalar-expressions.ts'

/** A buffer with where a value's elements lie in it. */
export interface Storage {
  readonly buffer: Buffer
  readonly layout: Layout
}

/** What expressions need to know of the world outside the group. */
export interface Surroundings {
  readonly storageOf: (value: GraphValue) => Storage
  /** The site of a check of `node`, the same however often its code is written. */
  readonly siteOf: (node: GraphNode, failure: CheckFailure) => number
}

export type Check = Extract<Statement, { kind: 'check' }>

/** The elements of a group's values at one place of its kernel, as expressions. */
export interface Evaluation {
  valueOf(value: GraphValue, position?: Position): Expr
  /** Checks that the values asked for so far need, in order. */
  readonly checks: readonly Check[]
}

/**
 * Evaluates at `place`, where axis i of the values asked for is `position[i]`. `known` values, such as the finished anchor, are not computed
 * again. Values outside the group are loaded.
 */
export function evaluateGroup(
  group: FusionGroup,
  surroundings: Surroundings,
  place: Place,
  position: Position,
  rank: number,
  known: ReadonlyMap<GraphValue, Expr> = new Map(),
): Evaluation {
  const members = new Set<GraphValue>(group.nodes)
  const checks: Check[] = []
  const scalars = scalarExpressions(place.lanes)
  const values = new Map<Position, Map<GraphValue, Expr>>()

  const valueOf = (value: GraphValue, at: Position = position): Expr => {
    const given = known.get(value)
    if (given) return given
    let valuesHere = values.get(at)
    if (!valuesHere) values.set(at, (valuesHere = new Map<GraphValue, Expr>()))
    const present = valuesHere.get(value)
    if (present) return present
    const expr = computed(value, at)
    valuesHere.set(value, expr)
    return expr
  }

  const computed = (value: GraphValue, at: Position): Expr => {
    if (value.op === 'constant' && typeof value.value === 'number')
      return exprOf(scalars.constant(value.value, value.type.dtype))
    if (isNode(value) && members.has(value)) return wrapped(nodeValue(value, at), value.type.dtype)
    return readStorage(surroundings.storageOf(value), at)
  }

  const nodeValue = (node: GraphNode, at: Position): Expr => {
    const record = recordOf(node.op)
    const types: OpTypes = { operands: node.operands.map((operand) => operand.type), result: node.type }
    switch (record.kind) {
      case 'elementwise':
        return exprOf(
          record.lower(
            scalars,
            node.operands.map((operand) => valueOf(operand, operandPosition(operand, node, at))),
            node.attrs,
            types,
          ),
        )
      case 'gather':
      case 'index':
      case 'random': {
        const check = (ok: Expr, value: Expr, failure: CheckFailure): void => addCheck(node, ok, value, failure)
        const read = (operand: number, index: Position): Expr => valueOf(node.operands[operand]!, index)
        return exprOf(
          record.lower(
            elementExpressions({ scalars, place, position: at, rank, shape: node.type.shape, read, check }),
            node.attrs,
            types,
          ),
        )
      }
      default:
        throw notInGroup(node.op)
    }
  }

  const operandPosition = (operand: GraphValue, node: GraphNode, at: Position): Position =>
    sameShape(operand.type.shape, node.type.shape)
      ? at
      : broadcastPosition(at, operand.type.shape, node.type.shape, rank)

  const readStorage = ({ buffer, layout }: Storage, at: Position): Expr => {
    const { layout: walked, dynamic } = composeIndex(layout, at, rank)
    const affine = place.address(walked)
    const laneStride = place.laneStride(walked)
    if (!dynamic) return load(buffer, { affine }, place.lanes, laneStride, place.valid)
    const address = dynamicAddress(dynamic, laneStride)
    return load(buffer, { affine, dynamic: address.dynamic }, place.lanes, address.laneStride, place.valid)
  }

  const addCheck = (node: GraphNode, ok: Expr, value: Expr, failure: CheckFailure): void => {
    const site = surroundings.siteOf(node, failure)
    checks.push({ kind: 'check', ok, value, site, ...(place.valid < place.lanes ? { count: place.valid } : {}) })
  }

  return { valueOf, checks }
}

/** The values of `nodes`, computed in order so that a long chain needs no deep recursion. */
export function evaluateInOrder(
  group: FusionGroup,
  evaluation: Evaluation,
  wanted: ReadonlySet<GraphValue>,
): Map<GraphValue, Expr> {
  const values = new Map<GraphValue, Expr>()
  for (const node of group.nodes) if (wanted.has(node)) values.set(node, evaluation.valueOf(node))
  return values
}

/** Everything in the group that `roots` need, themselves included; what `known` has is not gone into. */
export function neededInGroup(
  group: FusionGroup,
  roots: readonly GraphValue[],
  known: ReadonlySet<GraphValue> = new Set(),
): Set<GraphValue> {
  const needed = new Set<GraphValue>(roots.filter((root) => !known.has(root)))
  for (let i = group.nodes.length - 1; i >= 0; i--) {
    const node = group.nodes[i]!
    if (!needed.has(node)) continue
    for (const operand of node.operands) if (!known.has(operand)) needed.add(operand)
  }
  return needed
}
