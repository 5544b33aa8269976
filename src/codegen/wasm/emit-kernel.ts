import type { Buffer, HostFunction, Kernel, Statement, Variable } from '../../kernel/ir.ts'
import { slotBytes } from '../../plan/control-block.ts'
import { Addressing } from './addressing.ts'
import { emitExpression } from './emit-expression.ts'
import type { StatementContext } from './emit-statement.ts'
import { emitStatements } from './emit-statement.ts'
import { FunctionBuilder } from './function-builder.ts'
import type { Placement } from './kernel-context.ts'
import type { FunctionDefinition, Local } from './module.ts'
import { valueTypeOf } from './opcode-tables.ts'
import { SplitKernel } from './split-kernel.ts'

/** What all kernels of a program have in common. */
export interface ProgramContext {
  readonly parameters: readonly Local[]
  readonly fma: 'fused' | 'separate'
  readonly statusByteOffset: number
  placementOf(buffer: Buffer): Placement
  hostFunctionIndex(fn: HostFunction): number
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
  const variables = new Map<Variable, number>()
  let innermost = false
  const context: StatementContext = {
    builder,
    addressing: new Addressing(builder),
    fma: program.fma,
    statusByteOffset: program.statusByteOffset,
    statusBase: threads && hasChecks(kernel.body) ? threads.entryProduct('status', slotBytes) : undefined,
    threads,
    placementOf(buffer) {
      const placement = program.placementOf(buffer)
      return threads && buffer.perWorker ? threads.ownPlacement(buffer, placement) : placement
    },
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
  const hasResult = hasChecks(kernel.body) || (isSplit && kernel.body.some(({ kind }) => kind === 'barrier'))
  if (hasResult) builder.emit('i32.const', 0)
  return builder.build(hasResult ? ['i32'] : [])
}

const threadParameters: readonly Local[] = [
  { name: 'worker', type: 'i32' },
  { name: 'threads', type: 'i32' },
]

const hasChecks = (statements: readonly Statement[]): boolean =>
  statements.some((statement) => statement.kind === 'check' || (statement.kind === 'loop' && hasChecks(statement.body)))
