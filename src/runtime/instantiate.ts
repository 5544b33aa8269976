import { deviceArena } from './arena.ts'
import { type ThreadedEntry, workerPool } from './worker-pool.ts'

/** The `run` of a generated module over the device's memory. Synchronous: modules are small, and an asynchronous compile would not keep Node alive. */
export function instantiateWasm(bytes: Uint8Array): (...byteOffsets: number[]) => number {
  const module = new WebAssembly.Module(bytes)
  const instance = new WebAssembly.Instance(module, { gryph: { memory: deviceArena().memory }, clock, math: hostMath })
  return instance.exports['run'] as (...byteOffsets: number[]) => number // generated modules export it
}

/** The `run` of a module for several threads, over memory that is shared from now on. */
export function instantiateThreaded(bytes: Uint8Array): ThreadedEntry {
  const module = new WebAssembly.Module(bytes)
  const isLost = (): number => workerPool.isLost()
  const imports = { gryph: { memory: deviceArena().memory, isLost }, clock, math: hostMath }
  const instance = new WebAssembly.Instance(module, imports)
  return { module, run: instance.exports['run'] as ThreadedEntry['run'] } // generated modules export it
}

/** What profiled programs import. */
const clock = { now: (): number => performance.now() }

/** What f64 kernels may import. */
const hostMath = {
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sin: Math.sin,
  cos: Math.cos,
  tanh: Math.tanh,
  pow: Math.pow,
}
