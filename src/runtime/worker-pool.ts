import { controlBlock, controlBlockBytes, slot, slotBytes } from '../plan/control-block.ts'
import { deviceArena } from './arena.ts'
import { workerLost } from './errors.ts'
import { mayBlock, startWorker, type WorkerThread } from './worker-thread.ts'

/** A program that several threads can run, linked for the calling thread. */
export interface ThreadedEntry {
  readonly module: WebAssembly.Module
  readonly run: (worker: number, threads: number) => number
}

interface PoolWorker {
  readonly thread: WorkerThread
  /** Index of its slot's first word. */
  readonly words: number
  readonly programs: Set<number>
  isDead: boolean
}

/** A worker that has not answered for so long does not live, however busy the machine is. */
const unansweredMs = 10_000
/** How long the others may take to leave a run that one of them broke. */
const leavingMs = 2_000

/** Workers that die before they can do anything are missed by nobody, but there is no use in starting ever more. */
const mostFailedStarts = 3

let controlOffset = 0

/** Address of the words by which threads meet; the memory must be shared when there are workers. */
export function controlByteOffset(): number {
  if (controlOffset === 0) {
    controlOffset = deviceArena().allocate(controlBlockBytes)
    deviceArena().views.u8.fill(0, controlOffset, controlOffset + controlBlockBytes)
    deviceArena().views.i32[(controlOffset + controlBlock.mayBlock) >> 2] = Number(mayBlock())
  }
  return controlOffset
}

/**
 * The workers of this process, started when a threaded program first runs. The caller is thread 0; until the others are ready it runs
 * programs alone, with the same results. A worker that dies makes the next call throw WORKER_LOST, and the one after starts new ones.
 */
class WorkerPool {
  /** Whether a program waits for workers that are not ready, instead of running on fewer threads meanwhile. */
  isPatient = false
  /** How many runs the workers took part in. */
  sharedRuns = 0
  readonly #workers: PoolWorker[] = []
  /** Why workers cannot be had, once several have died before they could do anything. */
  unavailableBecause: string | undefined
  #failedStarts = 0
  #lostBecause: string | undefined
  #runStart = 0

  /** Runs the program with up to `threads` threads; returns 0, or the site of a failed check. @throws WORKER_LOST */
  run(program: number, { module, run }: ThreadedEntry, threads: number): number {
    if (this.#lostBecause !== undefined) throw this.#restart()
    let present = this.#prepare(program, module, threads)
    if (this.isPatient && present < threads && this.settle(unansweredMs))
      present = Math.min(threads, this.#workers.length + 1)
    if (present > 1) this.sharedRuns++
    const words = deviceArena().views.i32
    const block = controlByteOffset() >> 2
    Atomics.store(words, block + (controlBlock.pending >> 2), 0)
    this.#runStart = 0
    for (let i = 0; i < present; i++) words[slotWords(i) + (slot.site >> 2)] = 0
    for (let i = 1; i < present; i++) this.#wake(words, this.#workers[i - 1]!, program, present)
    let result = -1
    try {
      result = run(0, present)
    } catch (error) {
      this.#restart() // the others wait for this thread
      throw error
    }
    if (result === 0) return 0
    if (result < 0) throw this.#restart()
    return this.#firstFailure(words, present)
  }

  /** Whether a run cannot end; asked by thread 0 when it has waited for long. */
  isLost(): number {
    const words = deviceArena().views.i32
    if (Atomics.load(words, (controlByteOffset() + controlBlock.lost) >> 2) !== 0) return 1
    const now = performance.now()
    if (this.#runStart === 0) this.#runStart = now
    if (now - this.#runStart < unansweredMs) return 0
    const isSilent = ({ words: own }: PoolWorker): boolean =>
      isInside(words, own) && words[own + (slot.started >> 2)] !== words[own + (slot.asked >> 2)]
    if (!this.#workers.some(isSilent)) return 0
    this.#lostBecause ??= 'it does not answer'
    Atomics.store(words, (controlByteOffset() + controlBlock.lost) >> 2, 1)
    return 1
  }

  drop(program: number): void {
    for (const worker of this.#workers)
      if (worker.programs.delete(program)) this.#post(worker, { kind: 'drop', program })
  }

  /** Waits until all workers have done what they were told; false when that takes longer than `timeoutMs`. */
  settle(timeoutMs: number): boolean {
    const words = deviceArena().views.i32
    const end = performance.now() + timeoutMs
    return this.#workers.every((worker) => {
      while (!isReady(words, worker)) {
        const left = end - performance.now()
        if (left <= 0 || worker.isDead) return false
        Atomics.wait(words, worker.words + (slot.done >> 2), words[worker.words + (slot.done >> 2)]!, left)
      }
      return true
    })
  }

  get workerCount(): number {
    return this.#workers.length
  }

  /** Starts workers and sends them the program; returns how many threads can run it now. */
  #prepare(program: number, module: WebAssembly.Module, threads: number): number {
    if (threads > 1 && this.#workers.some(({ isDead }) => isDead)) this.#stopAll()
    while (this.unavailableBecause === undefined && this.#workers.length < threads - 1) this.#start()
    const words = deviceArena().views.i32
    let present = 1
    for (const [i, worker] of this.#workers.slice(0, threads - 1).entries()) {
      if (!worker.programs.has(program)) {
        worker.programs.add(program)
        this.#post(worker, { kind: 'load', program, module })
      }
      if (present === i + 1 && isReady(words, worker)) present++
    }
    return present
  }

  #start(): void {
    const index = this.#workers.length + 1
    const words = slotWords(index)
    deviceArena().views.i32.fill(0, words, words + (slotBytes >> 2))
    let worker: PoolWorker | undefined
    const onLost = (why: string): void => {
      if (worker?.isDead || (worker && !this.#workers.includes(worker))) return
      if (worker) worker.isDead = true
      const hasServed = worker !== undefined && Atomics.load(deviceArena().views.i32, words + (slot.done >> 2)) > 0
      if (hasServed) this.#lostBecause ??= why
      else if (++this.#failedStarts >= mostFailedStarts) this.unavailableBecause = why
    }
    try {
      worker = { thread: startWorker(`gryph ${index}`, onLost), words, programs: new Set(), isDead: false }
    } catch (error) {
      this.unavailableBecause = error instanceof Error ? error.message : String(error)
      return
    }
    this.#workers.push(worker)
    const { memory } = deviceArena()
    this.#post(worker, {
      kind: 'start',
      memory,
      controlByteOffset: controlByteOffset(),
      slotByteOffset: words << 2,
      worker: index,
      timeOrigin: performance.timeOrigin,
    })
  }

  /** Only between runs: the worker goes to its event loop and is not woken for a run before it has carried out the message. */
  #post(worker: PoolWorker, message: Parameters<WorkerThread['post']>[0]): void {
    const words = deviceArena().views.i32
    Atomics.add(words, worker.words + (slot.sent >> 2), 1)
    worker.thread.post(message)
    Atomics.store(words, worker.words + (slot.threads >> 2), 0)
    wake(words, worker)
  }

  #wake(words: Int32Array, worker: PoolWorker, program: number, threads: number): void {
    words[worker.words + (slot.program >> 2)] = program
    words[worker.words + (slot.asked >> 2)] = words[worker.words + (slot.wake >> 2)]! + 1
    Atomics.store(words, worker.words + (slot.threads >> 2), threads)
    wake(words, worker)
  }

  /** The site of the first thread that failed; its value goes to where a lone thread would have left it. */
  #firstFailure(words: Int32Array, threads: number): number {
    const failed = Array.from({ length: threads }, (_, i) => slotWords(i)).find(
      (own) => words[own + (slot.site >> 2)] !== 0,
    )
    if (failed === undefined) throw this.#restart()
    words[slotWords(0) + (slot.value >> 2)] = words[failed + (slot.value >> 2)]!
    return words[failed + (slot.site >> 2)]!
  }

  #stopAll(): void {
    for (const { thread } of this.#workers.splice(0)) thread.stop()
  }

  /** Ends all workers; the next run starts new ones. */
  #restart(): Error {
    const words = deviceArena().views.i32
    const block = controlByteOffset() >> 2
    Atomics.store(words, block + (controlBlock.lost >> 2), 1)
    const end = performance.now() + leavingMs
    const mayTouch = ({ words: own, isDead }: PoolWorker): boolean => !isDead && isInside(words, own)
    while (this.#workers.some(mayTouch) && performance.now() < end);
    this.#stopAll()
    for (const word of ['arrived', 'sleepers', 'pending', 'stop', 'lost'] as const)
      Atomics.store(words, block + (controlBlock[word] >> 2), 0)
    const why = this.#lostBecause ?? 'it failed'
    this.#lostBecause = undefined
    return workerLost(why)
  }
}

const slotWords = (index: number): number => (controlByteOffset() + controlBlock.slots + index * slotBytes) >> 2

const isReady = (words: Int32Array, { words: own }: PoolWorker): boolean =>
  Atomics.load(words, own + (slot.done >> 2)) === Atomics.load(words, own + (slot.sent >> 2))

const isInside = (words: Int32Array, own: number): boolean =>
  Atomics.load(words, own + (slot.left >> 2)) !== words[own + (slot.asked >> 2)]

function wake(words: Int32Array, { words: own }: PoolWorker): void {
  Atomics.add(words, own + (slot.wake >> 2), 1)
  if (Atomics.load(words, own + (slot.isAsleep >> 2)) !== 0) Atomics.notify(words, own + (slot.wake >> 2))
}

export const workerPool = new WorkerPool()
