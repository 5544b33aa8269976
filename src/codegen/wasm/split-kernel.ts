import type { Buffer } from '../../kernel/ir.ts'
import { bytesPerWorker } from '../../plan/threads.ts'
import type { Slice } from './addressing.ts'
import type { KernelThreads, Loop } from './emit-statement.ts'
import type { FunctionBuilder } from './function-builder.ts'
import type { Placement } from './kernel-context.ts'

/** What the function of a split kernel does with its last two parameters: the thread's number and how many there are. */
export class SplitKernel implements KernelThreads {
  readonly #builder: FunctionBuilder
  readonly #worker: number
  readonly #threads: number
  readonly #barrier: number
  readonly #own = new Map<Buffer, Placement>()
  readonly #slices = new Map<number, Slice>()

  constructor(builder: FunctionBuilder, worker: number, barrier: number) {
    this.#builder = builder
    this.#worker = worker
    this.#threads = worker + 1
    this.#barrier = barrier
  }

  /** A local with the thread's number times `factor`, plus where `base` is. */
  entryProduct(name: string, factor: number, base: Placement = { kind: 'static', byteOffset: 0 }): number {
    return this.#builder.entryLocal(name, [
      { op: 'local.get', immediates: [this.#worker] },
      { op: 'i32.const', immediates: [factor] },
      { op: 'i32.mul', immediates: [] },
      base.kind === 'static'
        ? { op: 'i32.const', immediates: [base.byteOffset] }
        : { op: 'local.get', immediates: [base.position] },
      { op: 'i32.add', immediates: [] },
    ])
  }

  /** The thread's own copy of a buffer: its address is in a local. */
  ownPlacement(buffer: Buffer, shared: Placement): Placement {
    const known = this.#own.get(buffer)
    if (known) return known
    const position = this.entryProduct(`own_${buffer.name}`, bytesPerWorker(buffer), shared)
    const own: Placement = { kind: 'parameter', position }
    this.#own.set(buffer, own)
    return own
  }

  meet(): void {
    const builder = this.#builder
    builder.emit('local.get', this.#worker)
    builder.emit('local.get', this.#threads)
    builder.emit('call', this.#barrier)
    builder.open('if')
    builder.emit('i32.const', -1)
    builder.emit('return')
    builder.emit('end')
  }

  slice(loop: Loop, body: (slice: Slice | undefined) => void): void {
    const builder = this.#builder
    const passes = loop.extent / loop.step
    if (passes === 1) {
      builder.emit('local.get', this.#worker)
      builder.emit('i32.const', 1)
      builder.emit('i32.add')
      builder.emit('local.get', this.#threads)
      builder.emit('i32.eq')
      builder.open('if', { comment: 'the last thread' })
      body(undefined)
    } else {
      const slice = this.#sliceOf(passes)
      const counter = builder.borrow('i32')
      builder.emit('local.get', slice.passes)
      builder.emit('local.tee', counter)
      builder.open('if')
      body({ first: slice.first, passes: counter })
      builder.giveBack(counter, 'i32')
    }
    builder.emit('end')
  }

  /**
   * Slices of ⌊passes / threads⌋ or one more, the longer ones last. With longest = the first thread of those:
   * first = worker · ⌊passes / threads⌋ + max(0, worker − longest).
   */
  #sliceOf(passes: number): Slice {
    const known = this.#slices.get(passes)
    if (known) return known
    const builder = this.#builder
    const [worker, threads] = [this.#worker, this.#threads]
    const get = (local: number) => ({ op: 'local.get', immediates: [local] }) as const
    const constant = (value: number) => ({ op: 'i32.const', immediates: [value] }) as const
    const plain = (op: 'i32.add' | 'i32.sub' | 'i32.mul' | 'i32.div_u' | 'i32.rem_u' | 'i32.ge_s' | 'select') =>
      ({ op, immediates: [] }) as const
    const longest = builder.entryLocal('longest', [
      get(threads),
      constant(passes),
      get(threads),
      plain('i32.rem_u'),
      plain('i32.sub'),
    ])
    const least = builder.entryLocal('least', [constant(passes), get(threads), plain('i32.div_u')])
    const isLonger = [get(worker), get(longest), plain('i32.ge_s')]
    const first = builder.entryLocal('first', [
      get(worker),
      get(least),
      plain('i32.mul'),
      get(worker),
      get(longest),
      plain('i32.sub'),
      constant(0),
      ...isLonger,
      plain('select'),
      plain('i32.add'),
    ])
    const slice = { first, passes: builder.entryLocal('passes', [get(least), ...isLonger, plain('i32.add')]) }
    this.#slices.set(passes, slice)
    return slice
  }
}
