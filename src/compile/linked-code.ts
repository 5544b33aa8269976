import { generateJs } from '../codegen/js/program.ts'
import { instantiateJs } from '../codegen/js/instantiate.ts'
import { generateWasm, type WasmProgramSpec } from '../codegen/wasm/index.ts'
import type { Buffer } from '../kernel/ir.ts'
import type { Placement } from '../plan/placement.ts'
import type { ProgramPlan } from '../plan/program-plan.ts'
import { deviceArena } from '../runtime/arena.ts'
import { fmaRule } from '../runtime/engine.ts'
import { instantiateThreaded, instantiateWasm } from '../runtime/instantiate.ts'
import { controlByteOffset, workerPool } from '../runtime/worker-pool.ts'
import { statusByteOffset, takeThreadedStatus, threadedStatusByteOffset } from './check-failed.ts'
import type { CompileOptions } from './options.ts'

/** A program's code, linked to the arena's memory. */
export interface LinkedCode {
  readonly memory: WebAssembly.Memory
  readonly moduleBytes: number
  /** Runs every kernel. Returns 0, or the site of a failed check. @throws WORKER_LOST */
  readonly run: () => number
  readonly release: () => void
}

type PlacementOf = (buffer: Buffer) => Placement

/** With a place for marks the program notes the time around each kernel there. */
export function linkCode(
  plan: ProgramPlan,
  placementOf: PlacementOf,
  target: CompileOptions['target'],
  marksByteOffset?: number,
): LinkedCode {
  if (target === 'js') return linkJs(plan, placementOf, marksByteOffset)
  return plan.threads.threads > 1
    ? linkThreaded(plan, placementOf, marksByteOffset)
    : linkWasm(plan, placementOf, marksByteOffset)
}

/** The code as text: JavaScript, or the text format of WebAssembly. */
export function codeText(
  plan: ProgramPlan,
  placementOf: PlacementOf,
  target: CompileOptions['target'],
  marksByteOffset?: number,
): string {
  return target === 'js'
    ? generateJs(commonSpec(plan, placementOf, marksByteOffset)).text
    : generateWasm(wasmSpec(plan, placementOf, marksByteOffset)).text()
}

function linkJs(plan: ProgramPlan, placementOf: PlacementOf, marksByteOffset?: number): LinkedCode {
  const { text } = generateJs(commonSpec(plan, placementOf, marksByteOffset))
  const entry = instantiateJs(text)
  return {
    memory: deviceArena().memory,
    moduleBytes: text.length,
    run: () => entry(deviceArena().views),
    release: () => {},
  }
}

function linkWasm(plan: ProgramPlan, placementOf: PlacementOf, marksByteOffset?: number): LinkedCode {
  const { bytes } = generateWasm(wasmSpec(plan, placementOf, marksByteOffset))
  return { memory: deviceArena().memory, moduleBytes: bytes.byteLength, run: instantiateWasm(bytes), release: () => {} }
}

let programs = 0

function linkThreaded(plan: ProgramPlan, placementOf: PlacementOf, marksByteOffset?: number): LinkedCode {
  const { bytes } = generateWasm(wasmSpec(plan, placementOf, marksByteOffset))
  const entry = instantiateThreaded(bytes)
  const program = ++programs
  const { threads } = plan.threads
  const run = (): number => {
    const site = workerPool.run(program, entry, threads)
    if (site !== 0) takeThreadedStatus()
    return site
  }
  return { memory: deviceArena().memory, moduleBytes: bytes.byteLength, run, release: () => workerPool.drop(program) }
}

const commonSpec = ({ kernels, steps }: ProgramPlan, placementOf: PlacementOf, marksByteOffset?: number) => ({
  kernels,
  steps,
  marksByteOffset,
  placementOf,
  parameterCount: 0,
  fma: fmaRule(),
  statusByteOffset: statusByteOffset(),
})

function wasmSpec(plan: ProgramPlan, placementOf: PlacementOf, marksByteOffset?: number): WasmProgramSpec {
  const common = { ...commonSpec(plan, placementOf, marksByteOffset), importedMemory: deviceArena().limits }
  if (plan.threads.threads === 1) return common
  const threads = { ...plan.threads, controlByteOffset: controlByteOffset() }
  return { ...common, statusByteOffset: threadedStatusByteOffset(), threads }
}
