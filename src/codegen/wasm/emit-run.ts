import { controlBlock, slot, slotBytes } from '../../plan/control-block.ts'
import { emitMark, type MarkTarget } from './emit-mark.ts'
import { FunctionBuilder } from './function-builder.ts'
import type { KernelCall } from './kernel-functions.ts'
import type { FunctionDefinition, Local } from './module.ts'
import type { ThreadedSpec } from './build-module.ts'

/** Index of a kernel function is `firstKernel` + its position. */
export interface RunParts {
  readonly name: string
  readonly parameters: readonly Local[]
  readonly kernels: readonly FunctionDefinition[]
  /** In the order the kernels run. */
  readonly calls: readonly KernelCall[]
  readonly firstKernel: number
  /** Where a profiled program notes the time around each kernel. */
  readonly marks?: MarkTarget | undefined
}

/** Calls the kernels in order; returns 0, or the site of the first check that failed. */
export function emitRun(parts: RunParts): FunctionDefinition {
  const { name, parameters, kernels, calls, marks } = parts
  const builder = new FunctionBuilder(name, parameters)
  calls.forEach((call, step) => {
    emitMark(builder, marks, 'start', step)
    pushArguments(builder, parts, call)
    emitCall(builder, parts, call)
    emitMark(builder, marks, 'end', step)
    if (kernels[call.position]!.results.length === 0) return
    const site = builder.borrow('i32')
    builder.emit('local.tee', site)
    builder.open('if')
    builder.emit('local.get', site)
    builder.emit('return')
    builder.emit('end')
    builder.giveBack(site, 'i32')
  })
  builder.emit('i32.const', 0)
  return builder.build(['i32'])
}

/**
 * What every thread runs: `run(…, worker, threads)` calls split kernels everywhere and the others on thread 0, with barriers where the plan
 * has them. A kernel with checks is followed by one: whoever failed leaves its site in its slot, and all stop there. Returns what a barrier
 * does; the caller finds the site in the slots.
 */
export function emitThreadedRun(parts: RunParts, spec: ThreadedSpec, barrier: number): FunctionDefinition {
  const { name, parameters, kernels, calls, marks } = parts
  const [worker, threads] = [parameters.length, parameters.length + 1]
  const builder = new FunctionBuilder(name, [
    ...parameters,
    { name: 'worker', type: 'i32' },
    { name: 'threads', type: 'i32' },
  ])
  const result = builder.addLocal('result', 'i32')
  const returnIfSet = (): void => {
    builder.emit('local.tee', result)
    builder.open('if')
    builder.emit('local.get', result)
    builder.emit('return')
    builder.emit('end')
  }
  const meet = (): void => {
    builder.emit('local.get', worker)
    builder.emit('local.get', threads)
    builder.emit('call', barrier)
    returnIfSet()
  }
  const keepSite = (): void => {
    builder.emit('local.tee', result)
    builder.open('if')
    builder.emit('local.get', worker)
    builder.emit('i32.const', slotBytes)
    builder.emit('i32.mul')
    builder.emit('local.get', result)
    builder.emitNoted('site', 'i32.store', spec.controlByteOffset + controlBlock.slots + slot.site)
    builder.emit('i32.const', 0)
    builder.emit('i32.const', 1)
    builder.emitNoted('pending', 'i32.atomic.store', spec.controlByteOffset + controlBlock.pending)
    builder.emit('end')
  }
  spec.steps.forEach(({ isSplit, waitsBefore, hasChecks }, step) => {
    const call = calls[step]!
    const hasResult = kernels[call.position]!.results.length > 0
    if (waitsBefore) meet()
    if (!isSplit) {
      builder.emit('local.get', worker)
      builder.emit('i32.eqz')
      builder.open('if')
    }
    emitMark(builder, marks, 'start', step, worker)
    pushArguments(builder, parts, call)
    if (isSplit) {
      builder.emit('local.get', worker)
      builder.emit('local.get', threads)
    }
    emitCall(builder, parts, call)
    emitMark(builder, marks, 'end', step, worker)
    if (hasResult && hasChecks) keepSite()
    else if (hasResult) returnIfSet()
    if (!isSplit) builder.emit('end')
    if (hasChecks) meet()
  })
  if (spec.waitsAtEnd) meet()
  builder.emit('i32.const', 0)
  return builder.build(['i32'])
}

function pushArguments(builder: FunctionBuilder, { parameters }: RunParts, { addresses }: KernelCall): void {
  parameters.forEach((_, parameter) => builder.emit('local.get', parameter))
  for (const address of addresses) builder.emit('i32.const', address)
}

function emitCall(builder: FunctionBuilder, { firstKernel }: RunParts, { position, comment }: KernelCall): void {
  if (comment === undefined) builder.emit('call', firstKernel + position)
  else builder.emitNoted(comment, 'call', firstKernel + position)
}
