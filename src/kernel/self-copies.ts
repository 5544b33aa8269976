import type { Address, Buffer, Expr, Kernel, Statement, Variable } from './ir.ts'
import { operandsOf } from './operands.ts'
import { touchedBuffers } from './touched-buffers.ts'

/** The kernel without stores of what was loaded from the same place; the kernel itself where it has none. */
export function withoutSelfCopies(kernel: Kernel, isSamePlace: (a: Buffer, b: Buffer) => boolean): Kernel {
  const isSelfCopy = (statement: Statement): boolean => {
    if (statement.kind !== 'store' || statement.value.kind !== 'load') return false
    const { buffer, at, value, laneStride } = statement
    return (
      value.buffer.dtype === buffer.dtype &&
      (value.type.lanes === 1 || value.laneStride === laneStride) &&
      isSameAddress(value.at, at) &&
      isSamePlace(value.buffer, buffer)
    )
  }
  let hasChanged = false
  const rest = (body: readonly Statement[]): Statement[] =>
    body.flatMap((statement): Statement[] => {
      if (isSelfCopy(statement)) {
        hasChanged = true
        return []
      }
      if (statement.kind !== 'loop') return [statement]
      const inner = rest(statement.body)
      if (inner.every(({ kind }) => kind === 'comment')) return []
      return [inner.length === statement.body.length ? statement : { ...statement, body: inner }]
    })
  const left = rest(kernel.body)
  if (!hasChanged) return kernel
  const body = withoutUnused(left)
  const { copyOf: _, ...own } = kernel
  return { ...own, ...touchedBuffers(body, kernel.scratch), body }
}

function isSameAddress(a: Address, b: Address): boolean {
  if (a.dynamic || b.dynamic || a.affine.offset !== b.affine.offset) return false
  const [from, to] = [a.affine.terms, b.affine.terms]
  return (
    from.length === to.length &&
    from.every(({ index, stride }) => to.some((other) => other.index === index && other.stride === stride))
  )
}

/** Less bindings that nobody reads, and barriers with nothing before them. */
function withoutUnused(body: readonly Statement[]): Statement[] {
  const read = new Set<Variable>()
  const visit = (expr: Expr): void => {
    if (expr.kind === 'read') read.add(expr.variable)
    operandsOf(expr).forEach(visit)
  }
  const visitAll = (statements: readonly Statement[]): void => {
    for (const statement of statements) {
      if (statement.kind === 'loop') visitAll(statement.body)
      else if (statement.kind !== 'comment' && statement.kind !== 'barrier') {
        visit(statement.value)
        if (statement.kind === 'check') visit(statement.ok)
        if (statement.kind === 'store' && statement.at.dynamic) visit(statement.at.dynamic)
      }
    }
  }
  visitAll(body)
  const isUsed = (statement: Statement): boolean => statement.kind !== 'let' || read.has(statement.variable)
  const used = body.filter(isUsed)
  const first = used.findIndex(({ kind }) => kind !== 'barrier')
  return first < 0 ? [] : used.slice(first)
}
