import { InternalError } from '../../base/errors.ts'
import type { Buffer, HostFunction, Kernel } from '../../kernel/ir.ts'
import type { ProgramContext } from './emit-kernel.ts'
import { emitKernel } from './emit-kernel.ts'
import { FunctionBuilder } from './function-builder.ts'
import type { Placement } from './kernel-context.ts'
import type { FunctionDefinition, ImportedFunction, Local, WasmModule } from './module.ts'
import { UniqueNames } from './unique-names.ts'
import { visitKernel } from './visit-kernel.ts'

export interface WasmProgramSpec {
  /** In the order they run. */
  readonly kernels: readonly Kernel[]
  placementOf(buffer: Buffer): Placement
  /** Every function takes this many i32 parameters. */
  readonly parameterCount: number
  /** Whether multiply-adds of contractions round once. Fused ones need relaxed SIMD. */
  readonly fma: 'fused' | 'separate'
  /** Place of an i32 in memory to which a failing check writes its value. */
  readonly statusByteOffset: number
  /** Limits the memory must fit; by default any unshared memory does. */
  readonly importedMemory?: { readonly minimumPages: number; readonly maximumPages?: number; readonly shared?: boolean }
}

/**
 * A module that imports the memory `gryph.memory` and the functions `math.*` it calls. Its export `run` carries out the kernels in
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
  const names = new UniqueNames()
  for (const fn of hostFunctions) names.unique(fn)
  const runName = names.unique('run')
  const kernels = spec.kernels.map((kernel) => emitKernel(program, kernel, names.unique(kernel.name)))
  const run = emitRun(program, runName, kernels, hostFunctions.length)
  return {
    memory: { module: 'gryph', name: 'memory', ...importedMemory },
    importedFunctions: hostFunctions.map(importedHostFunction),
    functions: [...kernels, run],
    exports: [{ name: 'run', functionIndex: hostFunctions.length + kernels.length }],
  }
}

function checkedPlacement(spec: WasmProgramSpec, buffer: Buffer): Placement {
  const placement = spec.placementOf(buffer)
  if (placement.kind === 'parameter' && placement.position >= spec.parameterCount)
    throw new InternalError(`${buffer.name} is placed by parameter ${placement.position} of ${spec.parameterCount}`)
  return placement
}

function hostFunctionsOf(kernels: readonly Kernel[]): HostFunction[] {
  const used = new Set<HostFunction>()
  for (const kernel of kernels) {
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

function emitRun(
  program: ProgramContext,
  name: string,
  kernels: readonly FunctionDefinition[],
  firstKernel: number,
): FunctionDefinition {
  const builder = new FunctionBuilder(name, program.parameters)
  kernels.forEach((kernel, position) => {
    program.parameters.forEach((_, parameter) => builder.emit('local.get', parameter))
    builder.emit('call', firstKernel + position)
    if (kernel.results.length === 0) return
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
