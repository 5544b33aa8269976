import { dtypeInfo } from '../../base/dtype.ts'
import type { Buffer } from '../../kernel/ir.ts'
import type { Placement } from '../../plan/placement.ts'
import type { BranchStep, LoopStep, ProgramStep, ScalarPlace } from '../../plan/program-steps.ts'
import type { FunctionBuilder } from './function-builder.ts'

/** How a driver carries out what steps ask for. */
export interface StepEmitter {
  readonly builder: FunctionBuilder
  placementOf(buffer: Buffer): Placement
  kernel(position: number): void
  /** All threads wait for each other. */
  meet(): void
  /** What only one thread does. */
  alone(emit: () => void): void
}

export function emitSteps(emitter: StepEmitter, steps: readonly ProgramStep[]): void {
  for (const step of steps) {
    if (step.kind === 'kernel') emitter.kernel(step.kernel)
    else if (step.kind === 'branch') emitBranch(emitter, step)
    else emitLoop(emitter, step)
  }
}

/** One `if` for each arm: the selector is in a local, which no arm changes. */
function emitBranch(emitter: StepEmitter, { selector, arms }: BranchStep): void {
  const { builder } = emitter
  emitter.meet()
  const chosen = builder.addLocal('chosen', 'i32')
  load(emitter, selector)
  builder.emit('local.set', chosen)
  arms.forEach((arm, i) => {
    if (arm.length === 0) return
    builder.emit('local.get', chosen)
    builder.emit('i32.const', i)
    builder.emit(i === arms.length - 1 ? 'i32.ge_s' : i === 0 ? 'i32.le_s' : 'i32.eq')
    builder.open('if', { comment: `arm ${i}` })
    emitSteps(emitter, arm)
    builder.emit('end')
  })
  emitter.meet()
}

/** The number of the pass is in a local of each thread, and in memory for kernels: nobody reads the old one when it changes. */
function emitLoop(emitter: StepEmitter, { count, pass, condition, body }: LoopStep): void {
  const { builder } = emitter
  const number = builder.addLocal('pass', 'i32')
  builder.emit('i32.const', 0)
  builder.emit('local.set', number)
  builder.open('loop', { label: 'passes' })
  emitter.meet()
  emitter.alone(() => {
    const address = pushAddress(emitter, pass)
    builder.emit('local.get', number)
    builder.emitNoted(pass.buffer.name, 'i32.store', address)
  })
  emitter.meet()
  let depth = 0
  if (count) {
    builder.emit('local.get', number)
    load(emitter, count)
    builder.emit('i32.lt_s')
    builder.open('if', { comment: 'one more pass' })
    depth++
  }
  if (condition) {
    emitSteps(emitter, condition.steps)
    emitter.meet()
    load(emitter, condition.test)
    builder.open('if', { comment: 'the condition holds' })
    depth++
  }
  emitSteps(emitter, body)
  builder.emit('local.get', number)
  builder.emit('i32.const', 1)
  builder.emit('i32.add')
  builder.emit('local.set', number)
  builder.emit('br', depth)
  for (let level = 0; level < depth; level++) builder.emit('end')
  builder.emit('end')
}

/** Pushes an int32 or bool scalar. */
function load(emitter: StepEmitter, place: ScalarPlace): void {
  const offset = pushAddress(emitter, place)
  emitter.builder.emitNoted(place.buffer.name, place.buffer.dtype === 'int32' ? 'i32.load' : 'i32.load8_u', offset)
}

/** Pushes the base of a scalar's address, and answers with the offset to go with it. */
function pushAddress(emitter: StepEmitter, { buffer, elementOffset }: ScalarPlace): number {
  const { builder } = emitter
  const placement = emitter.placementOf(buffer)
  const offset = elementOffset * dtypeInfo[buffer.dtype].byteSize
  if (placement.kind === 'parameter') {
    builder.emit('local.get', placement.position)
    return offset
  }
  builder.emit('i32.const', 0)
  return placement.byteOffset + offset
}
