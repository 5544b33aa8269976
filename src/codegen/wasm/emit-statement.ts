import type { Expr, Statement } from '../../kernel/ir.ts'
import type { LinearForm, Slice } from './addressing.ts'
import { linearFormOf } from './element-access.ts'
import { emitCheck } from './emit-check.ts'
import { emitStore } from './emit-store.ts'
import type { KernelContext } from './kernel-context.ts'
import { visitKernel } from './visit-kernel.ts'

export type Loop = Extract<Statement, { kind: 'loop' }>

/** The context of a kernel's statements, which enter and leave loops. */
export interface StatementContext extends KernelContext {
  /** Runs `body` as the body of a loop. */
  withinLoop(isInnermost: boolean, body: () => void): void
  /** The loops whose bodies are functions of their own, and what emits such a body and calls it. */
  readonly outlined: OutlinedLoops | undefined
  /** Set when several threads run the kernel. */
  readonly threads: KernelThreads | undefined
}

export interface OutlinedLoops {
  readonly loops: ReadonlySet<Loop>
  call(loop: Loop, forms: readonly LinearForm[]): void
}

/** How a kernel that several threads run divides its work. */
export interface KernelThreads {
  /** Emits the barrier of all threads. */
  meet(): void
  /** Runs `body` for a thread's own passes of the loop; a loop of one pass is the last thread's. */
  slice(loop: Loop, body: (slice: Slice | undefined) => void): void
}

export function emitStatements(context: StatementContext, statements: readonly Statement[]): void {
  for (const statement of statements) emitStatement(context, statement)
}

function emitStatement(context: StatementContext, statement: Statement): void {
  switch (statement.kind) {
    case 'loop':
      return emitLoop(context, statement)
    case 'store':
      return emitStore(context, statement)
    case 'let':
    case 'assign':
      context.push(statement.value)
      return context.builder.emit('local.set', context.localOf(statement.variable))
    case 'check':
      return emitCheck(context, statement)
    case 'barrier':
      return context.threads?.meet()
    case 'comment':
      return context.builder.headNext(statement.text)
  }
}

const passesOnce = (loop: Loop): boolean => loop.extent === loop.step

function emitLoop(context: StatementContext, loop: Loop): void {
  if (loop.parallel && context.threads) return context.threads.slice(loop, (slice) => emitPasses(context, loop, slice))
  emitPasses(context, loop)
}

function emitPasses(context: StatementContext, loop: Loop, slice?: Slice): void {
  const { addressing, outlined } = context
  const emitBody = (): void => emitStatements(context, loop.body)
  if (passesOnce(loop)) return addressing.withZero(loop.index, emitBody)
  const isInnermost = !containsLoop(loop.body)
  const forms = formsIn(context, loop.body)
  const emitOrCall = outlined?.loops.has(loop) ? (): void => outlined.call(loop, forms) : emitBody
  addressing.loop(loop, forms, () => context.withinLoop(isInnermost, emitOrCall), slice)
}

const containsLoop = (statements: readonly Statement[]): boolean =>
  statements.some((statement) => statement.kind === 'loop' && (!passesOnce(statement) || containsLoop(statement.body)))

/** Addresses and index values that occur in the statements, inner loops included. */
function formsIn(context: KernelContext, statements: readonly Statement[]): LinearForm[] {
  const forms: LinearForm[] = []
  const onExpression = (expression: Expr): void => {
    if (expression.kind === 'load') forms.push(linearFormOf(context, expression.buffer, expression.at))
    else if (expression.kind === 'indexValue') forms.push({ base: undefined, affine: expression.affine, scale: 1 })
  }
  visitKernel(statements, onExpression, (statement) => {
    if (statement.kind === 'store') forms.push(linearFormOf(context, statement.buffer, statement.at))
  })
  return forms
}
