import type { Buffer, HostFunction, Kernel, Statement, Variable } from '../../kernel/ir.ts'
import { slotBytes } from '../../plan/control-block.ts'
import { Addressing, type LinearForm } from './addressing.ts'
import { emitExpression } from './emit-expression.ts'
import { emitStatements, type Loop, type StatementContext } from './emit-statement.ts'
import { FunctionBuilder } from './function-builder.ts'
import type { Placement } from './kernel-context.ts'
import type { FunctionDefinition, Local } from './module.ts'
import { valueTypeOf } from './opcode-tables.ts'
import { freeVariables, outlinedLoops, PassedLocals } from './outlined-body.ts'
import { SplitKernel } from './split-kernel.ts'

/** What all kernels of a program have in common. */
export interface ProgramContext {
  readonly parameters: readonly Local[]
  readonly fma: 'fused' | 'separate'
  readonly statusByteOffset: number
  placementOf(buffer: Buffer): Placement
  hostFunctionIndex(fn: HostFunction): number
  /** Adds a function beside those of kernels and returns its index; without it no kernel has a second one. */
  outline?(name: string, build: (name: string) => FunctionDefinition): number
}

/**
 * The function of one kernel; it returns an i32, 0 or the site of the check that failed, only if it has checks. With the index of a
 * `barrier` it is a split kernel: it takes the thread's number and how many there are, and returns −1 when a thread is gone.
 */
export function emitKernel(
  program: ProgramContext,
  kernel: Kernel,
  name: string,
  barrier?: number,
): FunctionDefinition {
  const isSplit = barrier !== undefined
  const builder = new FunctionBuilder(name, isSplit ? [...program.parameters, ...threadParameters] : program.parameters)
  const threads = isSplit ? new SplitKernel(builder, program.parameters.length, barrier) : undefined
  const statusBase = threads && hasChecks(kernel.body) ? threads.entryProduct('status', slotBytes) : undefined
  const placementOf = (buffer: Buffer): Placement => {
    const placement = program.placementOf(buffer)
    return threads && buffer.perWorker ? threads.ownPlacement(buffer, placement) : placement
  }
  const parts = { builder, addressing: new Addressing(builder), placementOf, statusBase, threads, outlined: undefined }
  const outer = contextOf(program, parts, new Map())
  const call = (loop: Loop, forms: readonly LinearForm[]): void => callOutlined(program, outer, loop, forms, name)
  const context = program.outline ? { ...outer, outlined: { loops: outlinedLoops(kernel.body), call } } : outer
  emitStatements(context, kernel.body)
  const hasResult = hasChecks(kernel.body) || (isSplit && kernel.body.some(({ kind }) => kind === 'barrier'))
  if (hasResult) builder.emit('i32.const', 0)
  return builder.build(hasResult ? ['i32'] : [])
}

/** Emits the body of a loop as a function of its own, and a call of it. */
function callOutlined(
  program: ProgramContext,
  outer: StatementContext,
  loop: Loop,
  forms: readonly LinearForm[],
  kernelName: string,
): void {
  const variables = freeVariables(loop.body)
  const locals = new PassedLocals(outer, forms, variables)
  const { passed, parameterOf, placementOf } = locals
  const index = program.outline!(`${kernelName}_${loop.index.name}`, (name) => {
    const builder = new FunctionBuilder(
      name,
      passed.map((local) => outer.builder.local(local)),
    )
    const addressing = outer.addressing.inCallee(builder, forms, parameterOf)
    const known = new Map(variables.map((variable) => [variable, parameterOf(outer.localOf(variable))]))
    const parts = { builder, addressing, placementOf, statusBase: undefined, threads: undefined, outlined: undefined }
    const context = contextOf(program, parts, known)
    context.withinLoop(outer.inInnermostLoop(), () => emitStatements(context, loop.body))
    return builder.build([])
  })
  for (const local of passed) outer.builder.emit('local.get', local)
  outer.builder.emit('call', index)
}

type Parts = Pick<StatementContext, 'builder' | 'addressing' | 'placementOf' | 'statusBase' | 'threads' | 'outlined'>

function contextOf(program: ProgramContext, parts: Parts, variables: Map<Variable, number>): StatementContext {
  let innermost = false
  const context: StatementContext = {
    ...parts,
    fma: program.fma,
    statusByteOffset: program.statusByteOffset,
    hostFunctionIndex: (fn) => program.hostFunctionIndex(fn),
    localOf(variable) {
      const known = variables.get(variable)
      if (known !== undefined) return known
      const local = parts.builder.addLocal(variable.name, valueTypeOf(variable.type))
      variables.set(variable, local)
      return local
    },
    inInnermostLoop: () => innermost,
    withinLoop(isInnermost, body) {
      const outer = innermost
      innermost = isInnermost
      body()
      innermost = outer
    },
    push: (expression) => emitExpression(context, expression),
  }
  return context
}

const threadParameters: readonly Local[] = [
  { name: 'worker', type: 'i32' },
  { name: 'threads', type: 'i32' },
]

const hasChecks = (statements: readonly Statement[]): boolean =>
  statements.some((statement) => statement.kind === 'check' || (statement.kind === 'loop' && hasChecks(statement.body)))
