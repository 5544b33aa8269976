import { controlBlock, slot } from '../plan/control-block.ts'

/** What the main thread tells a worker, besides waking it. */
export type WorkerMessage =
  | {
      readonly kind: 'start'
      readonly memory: WebAssembly.Memory
      readonly controlByteOffset: number
      readonly slotByteOffset: number
      readonly worker: number
      /** Of the caller, whose clock the worker's times are given on. */
      readonly timeOrigin: number
    }
  /** `run` is the name of the export, if it is another one. */
  | { readonly kind: 'load'; readonly program: number; readonly module: WebAssembly.Module; readonly run?: string }
  | { readonly kind: 'drop'; readonly program: number }

/**
 * The program of a worker, as text so that it needs no file of its own: Node runs it as a CommonJS script, pages from a blob. It serves
 * its slot: spins after each run, then sleeps until it is woken; when messages wait it goes back to its event loop. Steps that come back to
 * back are worth spinning for, and others are not: it spins for 2 ms where the last run came within that time, and for 80 µs otherwise.
 */
export const workerScript = `'use strict'
const node = typeof require === 'function' ? require('node:worker_threads') : undefined
const port = node ? node.parentPort : self
const programs = new Map()
const { exp, expm1, log, log1p, sin, cos, tanh, pow } = Math
let words, memory, worker, mine, block, clockOffset, done = 0, seen = 0, patienceMs = 2
const at = (offset) => mine + (offset >> 2)

function receive(message) {
  if (message.kind === 'start') {
    memory = message.memory
    worker = message.worker
    clockOffset = performance.timeOrigin - message.timeOrigin
    words = new Int32Array(memory.buffer)
    block = message.controlByteOffset >> 2
    mine = message.slotByteOffset >> 2
  } else if (message.kind === 'load') {
    const isLost = () => Atomics.load(words, block + ${controlBlock.lost >> 2})
    const clock = { now: () => performance.now() + clockOffset }
    const imports = { gryph: { memory, isLost }, clock, math: { exp, expm1, log, log1p, sin, cos, tanh, pow } }
    programs.set(message.program, new WebAssembly.Instance(message.module, imports).exports[message.run ?? 'run'])
  } else programs.delete(message.program)
  done++
  seen = Atomics.load(words, at(${slot.wake}))
  Atomics.store(words, at(${slot.done}), done)
  Atomics.notify(words, at(${slot.done}))
  serve()
}

function serve() {
  while (Atomics.load(words, at(${slot.sent})) === done) {
    if (Atomics.load(words, at(${slot.wake})) === seen) rest()
    else {
      seen = Atomics.load(words, at(${slot.wake}))
      const threads = Atomics.load(words, at(${slot.threads}))
      if (threads > 0) work(programs.get(Atomics.load(words, at(${slot.program}))), threads)
    }
  }
}

function rest() {
  const start = performance.now()
  spin(start + patienceMs)
  if (Atomics.load(words, at(${slot.wake})) === seen) {
    Atomics.store(words, at(${slot.isAsleep}), 1)
    Atomics.wait(words, at(${slot.wake}), seen)
    Atomics.store(words, at(${slot.isAsleep}), 0)
  }
  patienceMs = performance.now() - start < 2 ? 2 : 0.08
}

function spin(until) {
  do {
    for (let i = 0; i < 200; i++) if (Atomics.load(words, at(${slot.wake})) !== seen) return
  } while (performance.now() < until)
}

function work(run, threads) {
  Atomics.store(words, at(${slot.started}), seen)
  try {
    run(worker, threads)
  } catch (error) {
    Atomics.store(words, block + ${controlBlock.lost >> 2}, 1)
    throw error
  } finally {
    Atomics.store(words, at(${slot.left}), seen)
  }
}

if (node) port.on('message', receive)
else port.onmessage = ({ data }) => receive(data)
`
