import type { Names } from './binding.ts'
import type { Buffer, Expr, Statement, Variable } from './ir.ts'
import { operandsOf } from './operands.ts'

export type Loop = Extract<Statement, { kind: 'loop' }>

/** The loop, marked as one whose passes threads may split. */
export const markParallel = (loop: Loop, parallel: boolean): Loop =>
  parallel && loop.extent > loop.step ? { ...loop, parallel: true } : loop

export const isParallel = (statement: Statement): statement is Loop =>
  statement.kind === 'loop' && statement.parallel === true

/**
 * Makes a body with parallel loops safe to be run by several threads at once: whatever stands outside these loops and has an effect goes
 * into parallel loops of one pass, which the last thread takes. Bindings that others read stay, and so do the checks in front of the
 * first parallel loop, for they guard the loads after them. Where that cannot be, no loop stays parallel.
 */
export function divideWork(body: readonly Statement[], names: Names): Statement[] {
  if (!body.some(isParallel)) return withoutMarks(body)
  const shared = sharedVariables(body)
  if (!shared) return withoutMarks(body)
  const divided: Statement[] = []
  let once: Statement[] = []
  const flush = (): void => {
    if (once.some(({ kind }) => kind !== 'comment'))
      divided.push({
        kind: 'loop',
        index: { name: names.next('once') },
        extent: 1,
        step: 1,
        body: once,
        parallel: true,
      })
    else divided.push(...once)
    once = []
  }
  body.forEach((statement, i) => {
    if (isForAll(body, i, shared)) {
      flush()
      divided.push(statement)
    } else once.push(statement)
  })
  flush()
  return divided
}

const withoutMarks = (body: readonly Statement[]): Statement[] =>
  body.flatMap((statement): Statement[] => {
    if (statement.kind === 'barrier') return []
    if (!isParallel(statement)) return [statement]
    const { parallel: _, ...loop } = statement
    return [loop]
  })

/** Whether every thread runs the statement (its slice, if it is a parallel loop). */
function isForAll(body: readonly Statement[], position: number, shared: ReadonlySet<Variable>): boolean {
  const statement = body[position]!
  if (statement.kind === 'let') return shared.has(statement.variable)
  if (statement.kind === 'check') return position < body.findIndex(isParallel)
  return statement.kind === 'barrier' || isParallel(statement)
}

/** The variables that every thread must bind; undefined when one of them changes, or comes from a buffer that is stored to. */
function sharedVariables(body: readonly Statement[]): ReadonlySet<Variable> | undefined {
  const shared = new Set<Variable>()
  for (let size = -1; size < shared.size;) {
    size = shared.size
    // What stands between two statements for all becomes one loop: what is bound there and read elsewhere is shared.
    const runOf = new Map<Variable, number>()
    let run = 0
    body.forEach((statement, i) => {
      const forAll = isForAll(body, i, shared)
      if (forAll) run++
      visitExpressions([statement], (expr) => {
        if (expr.kind !== 'read') return
        const bound = runOf.get(expr.variable)
        if (bound !== undefined && bound !== run) shared.add(expr.variable)
      })
      if (statement.kind === 'let') runOf.set(statement.variable, run)
      if (forAll) run++
    })
  }
  const [assigned, stored] = [new Set<Variable>(), new Set<Buffer>()]
  visitStatements(body, (statement) => {
    if (statement.kind === 'assign') assigned.add(statement.variable)
    if (statement.kind === 'store') stored.add(statement.buffer)
  })
  let isSafe = [...shared].every((variable) => !assigned.has(variable))
  const bindings = body.filter((statement) => statement.kind === 'let' && shared.has(statement.variable))
  visitExpressions(bindings, (expr) => {
    if (expr.kind === 'load' && stored.has(expr.buffer)) isSafe = false
  })
  return isSafe ? shared : undefined
}

function visitStatements(body: readonly Statement[], visit: (statement: Statement) => void): void {
  for (const statement of body) {
    visit(statement)
    if (statement.kind === 'loop') visitStatements(statement.body, visit)
  }
}

function visitExpressions(body: readonly Statement[], visit: (expr: Expr) => void): void {
  const visitTree = (expr: Expr): void => {
    visit(expr)
    operandsOf(expr).forEach(visitTree)
  }
  visitStatements(body, (statement) => {
    if (statement.kind === 'loop' || statement.kind === 'comment' || statement.kind === 'barrier') return
    visitTree(statement.value)
    if (statement.kind === 'check') visitTree(statement.ok)
    if (statement.kind === 'store' && statement.at.dynamic) visitTree(statement.at.dynamic)
  })
}
