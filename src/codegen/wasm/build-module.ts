import { InternalError } from '../../base/errors.ts'
import type { Buffer, HostFunction, Kernel } from '../../kernel/ir.ts'
import { inOrder, repeatedKernels, type ProgramStep } from '../../plan/program-steps.ts'
import type { ThreadPlan } from '../../plan/threads.ts'
import type { ProgramContext } from './emit-kernel.ts'
import { emitBarrier } from './emit-barrier.ts'
import { clock, type MarkTarget } from './emit-mark.ts'
import { emitRun, emitThreadedRun } from './emit-run.ts'
import type { Placement } from './kernel-context.ts'
import { emitKernelFunction, kernelFunctions } from './kernel-functions.ts'
import type { FunctionDefinition, ImportedFunction, Local, WasmModule } from './module.ts'
import { UniqueNames } from './unique-names.ts'
import { visitKernel } from './visit-kernel.ts'

export interface WasmProgramSpec {
  readonly kernels: readonly Kernel[]
  /** What runs, in order; by default every kernel once. */
  readonly steps?: readonly ProgramStep[]
  placementOf(buffer: Buffer): Placement
  /** Every function takes this many i32 parameters. */
  readonly parameterCount: number
  /** Whether multiply-adds of contractions round once. Fused ones need relaxed SIMD. */
  readonly fma: 'fused' | 'separate'
  /** Place of an i32 in memory to which a failing check writes its value. */
  readonly statusByteOffset: number
  /** How threads divide the kernels; then `run` and the split kernels take the thread's number and how many there are as their last parameters. */
  readonly threads?: ThreadedSpec
  /** Place of the marks by which a profiled program is timed. */
  readonly marksByteOffset?: number | undefined
  /** Limits the memory must fit; by default any unshared memory does. */
  readonly importedMemory?: { readonly minimumPages: number; readonly maximumPages?: number; readonly shared?: boolean }
}

export interface ThreadedSpec extends Pick<ThreadPlan, 'steps' | 'waitsAtEnd'> {
  /** Place of the control block (plan/control-block.ts). */
  readonly controlByteOffset: number
}

/**
 * A module that imports the memory `gryph.memory` and the functions `math.*` it calls; a profiled one also `clock.now`. Its export `run` carries out the kernels in
 * order; it returns 0, or the site number of the first check that failed, after which nothing else runs.
 */
export function buildWasmModule(spec: WasmProgramSpec): WasmModule {
  const importedMemory = spec.importedMemory ?? { minimumPages: 0 }
  if (importedMemory.shared && importedMemory.maximumPages === undefined)
    throw new InternalError('a shared memory needs a maximum size')
  const hostFunctions = hostFunctionsOf(spec.kernels)
  const program: ProgramContext = {
    parameters: Array.from({ length: spec.parameterCount }, (_, position): Local => ({
      name: `p${position}`,
      type: 'i32',
    })),
    fma: spec.fma,
    statusByteOffset: spec.statusByteOffset,
    placementOf: (buffer) => checkedPlacement(spec, buffer),
    hostFunctionIndex: (fn) => hostFunctions.indexOf(fn),
  }
  const { threads } = spec
  const importedFunctions = hostFunctions.map(importedHostFunction)
  if (spec.marksByteOffset !== undefined) importedFunctions.push(clock)
  if (threads) importedFunctions.push(isLost)
  const firstKernel = importedFunctions.length
  const { functions, calls } = kernelFunctions(program, spec.kernels, (step) => threads?.steps[step]!.isSplit ?? false)
  const barrierIndex = firstKernel + functions.length
  const outlined: FunctionDefinition[] = []
  const firstOutlined = barrierIndex + (threads ? 2 : 1)
  const names = new UniqueNames()
  for (const { name } of importedFunctions) names.unique(name)
  const runName = names.unique('run')
  const outline = (name: string, build: (name: string) => FunctionDefinition): number =>
    firstOutlined + outlined.push(build(names.unique(name))) - 1
  const kernels = functions.map((each) => {
    const barrier = threads?.steps[each.step]!.isSplit ? barrierIndex : undefined
    return emitKernelFunction({ ...program, outline }, each, names.unique(each.kernel.name), barrier)
  })
  const marks = spec.marksByteOffset === undefined ? undefined : marksOf(spec, spec.marksByteOffset, importedFunctions)
  const { parameters } = program
  const placementOf = (buffer: Buffer): Placement => program.placementOf(buffer)
  const steps = spec.steps ?? inOrder(spec.kernels.length)
  const parts = { name: runName, parameters, kernels, steps, placementOf, calls, firstKernel, marks }
  const drivers = threads
    ? [
        emitBarrier(names.unique('barrier'), threads.controlByteOffset, firstKernel - 1),
        emitThreadedRun(parts, threads, barrierIndex),
      ]
    : [emitRun(parts)]
  return {
    memory: { module: 'gryph', name: 'memory', ...importedMemory },
    importedFunctions,
    functions: [...kernels, ...drivers, ...outlined],
    exports: [{ name: 'run', functionIndex: firstKernel + kernels.length + drivers.length - 1 }],
  }
}

/** Whether a thread is gone, asked by one that has waited for long. */
const isLost: ImportedFunction = { module: 'gryph', name: 'isLost', type: { parameters: [], results: ['i32'] } }

const marksOf = (spec: WasmProgramSpec, byteOffset: number, imported: readonly ImportedFunction[]): MarkTarget => ({
  byteOffset,
  kernels: spec.kernels.length,
  clockIndex: imported.indexOf(clock),
  repeated: repeatedKernels(spec.steps ?? []),
})

function checkedPlacement(spec: WasmProgramSpec, buffer: Buffer): Placement {
  const placement = spec.placementOf(buffer)
  if (placement.kind === 'parameter' && placement.position >= spec.parameterCount)
    throw new InternalError(`${buffer.name} is placed by parameter ${placement.position} of ${spec.parameterCount}`)
  return placement
}

function hostFunctionsOf(kernels: readonly Kernel[]): HostFunction[] {
  const used = new Set<HostFunction>()
  for (const kernel of kernels) {
    if (kernel.copyOf) continue // its original has the same ones
    visitKernel(kernel.body, (expression) => {
      if (expression.kind === 'host') used.add(expression.fn)
    })
  }
  return [...used]
}

const importedHostFunction = (fn: HostFunction): ImportedFunction => ({
  module: 'math',
  name: fn,
  type: { parameters: fn === 'pow' ? ['f64', 'f64'] : ['f64'], results: ['f64'] },
})
