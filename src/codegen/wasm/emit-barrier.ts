import { controlBlock } from '../../plan/control-block.ts'
import { FunctionBuilder } from './function-builder.ts'
import type { FunctionDefinition } from './module.ts'

/** Looks at the barrier before a thread goes to sleep: about 125 µs, what it and its waking would take, and more than threads' slices differ by. */
const spins = 50_000
/** How long a sleeping thread takes to notice that another is gone. */
const sleepNanoseconds = 50_000_000

/**
 * `barrier(worker, threads)` returns when all threads have called it: 0, or what makes all of them stop: 1 after a failed check, −1 when a
 * thread is gone. The last to arrive opens it by counting `generation` up.
 */
export function emitBarrier(name: string, base: number, isLost: number): FunctionDefinition {
  const builder = new FunctionBuilder(name, [
    { name: 'worker', type: 'i32' },
    { name: 'threads', type: 'i32' },
  ])
  const [worker, threads] = [0, 1]
  const generation = builder.addLocal('generation', 'i32')
  const left = builder.addLocal('spins', 'i32')
  const load = (word: Exclude<keyof typeof controlBlock, 'slots'>): void => {
    builder.emit('i32.const', 0)
    builder.emitNoted(word, 'i32.atomic.load', base + controlBlock[word])
  }
  const store = (word: 'arrived' | 'stop' | 'generation', push: () => void): void => {
    builder.emit('i32.const', 0)
    push()
    builder.emitNoted(word, 'i32.atomic.store', base + controlBlock[word])
  }
  const countSleepers = (by: number): void => {
    builder.emit('i32.const', 0)
    builder.emit('i32.const', by)
    builder.emitNoted('sleepers', 'i32.atomic.rmw.add', base + controlBlock.sleepers)
    builder.emit('drop')
  }
  const isClosed = (): void => {
    load('generation')
    builder.emit('local.get', generation)
    builder.emit('i32.eq')
  }

  builder.emit('local.get', threads)
  builder.emit('i32.const', 1)
  builder.emit('i32.eq')
  builder.open('if')
  load('pending')
  builder.emit('return')
  builder.emit('end')

  load('generation')
  builder.emit('local.set', generation)
  builder.emit('i32.const', 0)
  builder.emit('i32.const', 1)
  builder.emitNoted('arrived', 'i32.atomic.rmw.add', base + controlBlock.arrived)
  builder.emit('i32.const', 1)
  builder.emit('i32.add')
  builder.emit('local.get', threads)
  builder.emit('i32.eq')
  builder.open('if', { comment: 'the last one opens it' })
  store('arrived', () => builder.emit('i32.const', 0))
  store('stop', () => load('pending'))
  store('generation', () => {
    builder.emit('local.get', generation)
    builder.emit('i32.const', 1)
    builder.emit('i32.add')
  })
  load('sleepers')
  builder.open('if')
  builder.emit('i32.const', 0)
  builder.emit('i32.const', -1)
  builder.emitNoted('generation', 'memory.atomic.notify', base + controlBlock.generation)
  builder.emit('drop')
  builder.emit('end')
  load('stop')
  builder.emit('return')
  builder.emit('end')

  builder.emit('i32.const', spins)
  builder.emit('local.set', left)
  builder.open('loop', { label: 'spin' })
  isClosed()
  builder.open('if')
  builder.emit('local.get', left)
  builder.emit('i32.const', -1)
  builder.emit('i32.add')
  builder.emit('local.tee', left)
  builder.emit('br_if', 1)
  builder.emit('end')
  builder.emit('end')

  builder.open('loop', { label: 'sleep' })
  isClosed()
  builder.open('if')
  builder.emit('call', isLost)
  builder.open('if')
  builder.emit('i32.const', -1)
  builder.emit('return')
  builder.emit('end')
  builder.emit('local.get', worker)
  load('mayBlock')
  builder.emit('i32.or')
  builder.open('if')
  countSleepers(1)
  builder.emit('i32.const', 0)
  builder.emit('local.get', generation)
  builder.emit('i64.const', sleepNanoseconds)
  builder.emitNoted('generation', 'memory.atomic.wait32', base + controlBlock.generation)
  builder.emit('drop')
  countSleepers(-1)
  builder.emit('end')
  builder.emit('br', 1)
  builder.emit('end')
  builder.emit('end')
  load('stop')
  return builder.build(['i32'])
}
