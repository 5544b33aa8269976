import type { Buffer, HostFunction, Kernel, Statement, Variable } from '../../kernel/ir.ts'
import { Addressing } from './addressing.ts'
import { emitExpression } from './emit-expression.ts'
import type { StatementContext } from './emit-statement.ts'
import { emitStatements } from './emit-statement.ts'
import { FunctionBuilder } from './function-builder.ts'
import type { Placement } from './kernel-context.ts'
import type { FunctionDefinition, Local } from './module.ts'
import { valueTypeOf } from './opcode-tables.ts'

/** What all kernels of a program have in common. */
export interface ProgramContext {
  readonly parameters: readonly Local[]
  readonly fma: 'fused' | 'separate'
  readonly statusByteOffset: number
  placementOf(buffer: Buffer): Placement
  hostFunctionIndex(fn: HostFunction): number
}

/** The function of one kernel; it returns an i32, 0 or the site of the check that failed, only if it has checks. */
export function emitKernel(program: ProgramContext, kernel: Kernel, name: string): FunctionDefinition {
  const builder = new FunctionBuilder(name, program.parameters)
  const variables = new Map<Variable, number>()
  let innermost = false
  const context: StatementContext = {
    builder,
    addressing: new Addressing(builder),
    fma: program.fma,
    statusByteOffset: program.statusByteOffset,
    placementOf: (buffer) => program.placementOf(buffer),
    hostFunctionIndex: (fn) => program.hostFunctionIndex(fn),
    localOf(variable) {
      const known = variables.get(variable)
      if (known !== undefined) return known
      const local = builder.addLocal(variable.name, valueTypeOf(variable.type))
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
  emitStatements(context, kernel.body)
  const checks = hasChecks(kernel.body)
  if (checks) builder.emit('i32.const', 0)
  return builder.build(checks ? ['i32'] : [])
}

const hasChecks = (statements: readonly Statement[]): boolean =>
  statements.some((statement) => statement.kind === 'check' || (statement.kind === 'loop' && hasChecks(statement.body)))
