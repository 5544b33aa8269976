import { InternalError } from '../base/errors.ts'
import { isParallel } from './divide-work.ts'
import type { Address, Affine, Buffer, Expr, Kernel, LoopIndex, Statement, Variable } from './ir.ts'
import { registerScalar } from './ir.ts'
import { isTrivial, operandsOf } from './operands.ts'
import { printStatement, typeText } from './print.ts'
import { typeFault } from './verify-types.ts'

/*
 * Checks, by number:
 *  1 operand and result types fit the operation        6 buffers stand in the lists they are used from
 *  2 registers have a lane count that exists           7 addresses lie inside their buffer
 *  3 variables are bound once, before they are read    8 an expression is a tree: no object twice but trivial ones
 *  4 loops have a positive extent, a multiple of step  9 counts of lanes, valid lanes and stored lanes agree
 *  5 loop indices are used inside their loop only     10 sites of checks are positive integers
 * 11 parallel loops and barriers stand at the top; beside them are only bindings, checks and comments, and no pass sets what is outside
 */

/** Throws InternalError with the number of the first check that fails, the kernel and the statement. */
export function verifyKernel(kernel: Kernel): void {
  const isDivided = kernel.body.some(isParallel)
  verifyBody(kernel.body, { kernel, variables: new Set(), extents: new Map(), isTop: isDivided, fixed: new Set() })
}

interface Scope {
  readonly kernel: Kernel
  readonly variables: ReadonlySet<Variable>
  /** Largest value of each loop index in scope. */
  readonly extents: ReadonlyMap<LoopIndex, number>
  /** At the top of a body that threads divide among them. */
  readonly isTop: boolean
  /** Variables that every thread has. */
  readonly fixed: ReadonlySet<Variable>
}

type Fail = (check: number, what: string) => never

function verifyBody(body: readonly Statement[], outer: Scope): void {
  const variables = new Set(outer.variables)
  const scope: Scope = { ...outer, variables }
  for (const statement of body) {
    const fail: Fail = (check, what) => {
      throw new InternalError(
        `kernel ${scope.kernel.name} fails check ${check}, ${what}, in \`${printStatement(scope.kernel, statement)}\``,
      )
    }
    verifyStatement(statement, scope, fail)
    if (statement.kind === 'let') variables.add(statement.variable)
  }
}

function verifyStatement(statement: Statement, scope: Scope, fail: Fail): void {
  const seen = new Set<Expr>()
  switch (statement.kind) {
    case 'loop': {
      const { index, extent, step, body } = statement
      if (!isPositive(step) || !isPositive(extent) || extent % step !== 0) fail(4, `extent ${extent} with step ${step}`)
      if (scope.extents.has(index)) fail(5, `index ${index.name} already counts an outer loop`)
      if (scope.isTop !== isParallel(statement))
        fail(11, scope.isTop ? 'a loop all threads run' : 'a parallel loop in a loop')
      const extents = new Map(scope.extents).set(index, extent - step)
      const fixed = scope.isTop ? scope.variables : scope.fixed
      return verifyBody(body, { ...scope, extents, isTop: false, fixed })
    }
    case 'store': {
      const { buffer, at, value, laneStride, count } = statement
      const { kernel } = scope
      if (scope.isTop) fail(11, 'a store all threads make')
      if (!kernel.writes.includes(buffer) && !kernel.scratch.includes(buffer))
        fail(6, `${buffer.name} is not in writes or scratch`)
      if (value.type.scalar !== registerScalar[buffer.dtype])
        fail(1, `${typeText(value.type)} stored into ${buffer.dtype}`)
      verifyCount(count, value.type.lanes, fail)
      verifyExpr(value, scope, seen, fail)
      return verifyAddress(buffer, at, count ?? value.type.lanes, value.type.lanes, laneStride, scope, seen, fail)
    }
    case 'let':
    case 'assign': {
      const { variable, value } = statement
      const isBound = scope.variables.has(variable)
      if (isBound === (statement.kind === 'let'))
        fail(3, `${variable.name} is ${isBound ? 'bound twice' : 'assigned before it is bound'}`)
      if (statement.kind === 'assign' && (scope.isTop || scope.fixed.has(variable)))
        fail(11, `${variable.name} is set where threads share it`)
      if (typeText(variable.type) !== typeText(value.type))
        fail(1, `${typeText(value.type)} put into ${typeText(variable.type)}`)
      return verifyExpr(value, scope, seen, fail)
    }
    case 'check':
      if (!isPositive(statement.site)) fail(10, `site ${statement.site}`)
      if (statement.ok.type.scalar !== 'bool') fail(1, `condition of type ${typeText(statement.ok.type)}`)
      if (statement.value.type.scalar !== 'i32') fail(1, `reported value of type ${typeText(statement.value.type)}`)
      if (statement.value.type.lanes !== 1 && statement.value.type.lanes !== statement.ok.type.lanes)
        fail(9, 'reported value with other lanes')
      verifyCount(statement.count, statement.ok.type.lanes, fail)
      verifyExpr(statement.ok, scope, seen, fail)
      return verifyExpr(statement.value, scope, seen, fail)
    case 'barrier':
      if (!scope.isTop) fail(11, 'a barrier not all threads reach')
      return
    case 'comment':
  }
}

function verifyExpr(expr: Expr, scope: Scope, seen: Set<Expr>, fail: Fail): void {
  if (seen.has(expr) && !isTrivial(expr)) fail(8, `one ${expr.kind} expression is used twice`)
  seen.add(expr)
  const { scalar, lanes } = expr.type
  if (lanes !== 1 && lanes !== 2 && (lanes !== 4 || scalar === 'f64')) fail(2, `${typeText(expr.type)} does not exist`)
  const fault = typeFault(expr)
  if (fault !== undefined) fail(1, fault)
  if (expr.kind === 'load') {
    const { buffer, at, laneStride, valid } = expr
    const { kernel } = scope
    if (!kernel.reads.includes(buffer) && !kernel.scratch.includes(buffer))
      fail(6, `${buffer.name} is not in reads or scratch`)
    verifyCount(valid, lanes, fail)
    return verifyAddress(buffer, at, valid ?? lanes, lanes, laneStride, scope, seen, fail)
  }
  if (expr.kind === 'read' && !scope.variables.has(expr.variable))
    fail(3, `${expr.variable.name} is read before it is bound`)
  if (expr.kind === 'indexValue') rangeOf(expr.affine, scope, fail)
  if (expr.kind === 'laneMask') verifyCount(expr.count, lanes, fail)
  for (const operand of operandsOf(expr)) verifyExpr(operand, scope, seen, fail)
}

function verifyAddress(
  buffer: Buffer,
  { affine, dynamic }: Address,
  count: number,
  lanes: number,
  laneStride: number,
  scope: Scope,
  seen: Set<Expr>,
  fail: Fail,
): void {
  const [low, high] = rangeOf(affine, scope, fail)
  if (dynamic) {
    // The computed part is guarded by the kernel's own checks.
    if (dynamic.type.scalar !== 'i32') fail(1, `address of type ${typeText(dynamic.type)}`)
    if (dynamic.type.lanes !== 1 && dynamic.type.lanes !== lanes)
      fail(9, `${dynamic.type.lanes} addresses for ${lanes} lanes`)
    return verifyExpr(dynamic, scope, seen, fail)
  }
  const reach = (count - 1) * laneStride
  const [first, last] = [low + Math.min(0, reach), high + Math.max(0, reach)]
  if (count > 0 && (first < 0 || last >= buffer.elementCount))
    fail(7, `elements ${first} to ${last} of ${buffer.name}, which has ${buffer.elementCount}`)
}

/** Smallest and largest value. */
function rangeOf({ offset, terms }: Affine, scope: Scope, fail: Fail): [low: number, high: number] {
  const strides = new Map<LoopIndex, number>()
  for (const { index, stride } of terms) strides.set(index, (strides.get(index) ?? 0) + stride)
  let [low, high] = [offset, offset]
  for (const [index, stride] of strides) {
    const largest = scope.extents.get(index) ?? fail(5, `${index.name} is used outside its loop`)
    low += Math.min(0, stride * largest)
    high += Math.max(0, stride * largest)
  }
  if (!Number.isInteger(low) || !Number.isInteger(high)) fail(7, 'an address is not an integer')
  return [low, high]
}

function verifyCount(count: number | undefined, lanes: number, fail: Fail): void {
  if (count !== undefined && (!Number.isInteger(count) || count < 0 || count > lanes))
    fail(9, `${count} of ${lanes} lanes`)
}

const isPositive = (value: number): boolean => Number.isInteger(value) && value > 0
