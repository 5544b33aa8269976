import { controlBlock, slot, slotBytes } from '../../plan/control-block.ts'
import type { Buffer } from '../../kernel/ir.ts'
import type { Placement } from '../../plan/placement.ts'
import type { ProgramStep } from '../../plan/program-steps.ts'
import { emitMark, type MarkTarget } from './emit-mark.ts'
import { emitSteps } from './emit-steps.ts'
import { FunctionBuilder } from './function-builder.ts'
import type { KernelCall } from './kernel-functions.ts'
import type { FunctionDefinition, Local } from './module.ts'
import type { ThreadedSpec } from './build-module.ts'

/** Index of a kernel function is `firstKernel` + its position. */
export interface RunParts {
  readonly name: string
  readonly parameters: readonly Local[]
  readonly kernels: readonly FunctionDefinition[]
  readonly steps: readonly ProgramStep[]
  placementOf(buffer: Buffer): Placement
  /** How each kernel is carried out. */
  readonly calls: readonly KernelCall[]
  readonly firstKernel: number
  /** Where a profiled program notes the time around each kernel. */
  readonly marks?: MarkTarget | undefined
}

/** Carries out the steps; returns 0, or the site of the first check that failed. */
export function emitRun(parts: RunParts): FunctionDefinition {
  const { name, parameters, kernels, calls, marks, steps } = parts
  const builder = new FunctionBuilder(name, parameters)
  const kernel = (position: number): void => {
    const call = calls[position]!
    emitMark(builder, marks, 'start', position)
    pushArguments(builder, parts, call)
    emitCall(builder, parts, call)
    emitMark(builder, marks, 'end', position)
    if (kernels[call.position]!.results.length === 0) return
    const site = builder.borrow('i32')
    builder.emit('local.tee', site)
    builder.open('if')
    builder.emit('local.get', site)
    builder.emit('return')
    builder.emit('end')
    builder.giveBack(site, 'i32')
  }
  const placementOf = (buffer: Buffer): Placement => parts.placementOf(buffer)
  emitSteps({ builder, placementOf, kernel, meet: () => {}, alone: (emit) => emit() }, steps)
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
  const alone = (emit: () => void): void => {
    builder.emit('local.get', worker)
    builder.emit('i32.eqz')
    builder.open('if')
    emit()
    builder.emit('end')
  }
  const kernel = (position: number): void => {
    const { isSplit, waitsBefore, hasChecks } = spec.steps[position]!
    const call = calls[position]!
    const hasResult = kernels[call.position]!.results.length > 0
    const run = (): void => {
      emitMark(builder, marks, 'start', position, worker)
      pushArguments(builder, parts, call)
      if (isSplit) {
        builder.emit('local.get', worker)
        builder.emit('local.get', threads)
      }
      emitCall(builder, parts, call)
      emitMark(builder, marks, 'end', position, worker)
      if (hasResult && hasChecks) keepSite()
      else if (hasResult) returnIfSet()
    }
    if (waitsBefore) meet()
    if (isSplit) run()
    else alone(run)
    if (hasChecks) meet()
  }
  const placementOf = (buffer: Buffer): Placement => parts.placementOf(buffer)
  emitSteps({ builder, placementOf, kernel, meet, alone }, parts.steps)
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
