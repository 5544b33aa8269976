import type { Buffer, Kernel } from '../../kernel/ir.ts'
import { emitKernel, type ProgramContext } from './emit-kernel.ts'
import type { Placement } from './kernel-context.ts'
import type { FunctionDefinition, Local } from './module.ts'
import { visitKernel } from './visit-kernel.ts'

/** A function to be emitted: the kernel (of shared ones the original) whose body it has, and the buffers whose addresses are its first parameters. */
export interface KernelFunction {
  readonly kernel: Kernel
  /** Where the kernel runs first. */
  readonly step: number
  readonly moving: readonly Buffer[]
}

/** How `run` carries out one kernel. */
export interface KernelCall {
  /** Position of its function among those of the kernels. */
  readonly position: number
  /** What the function takes as its first parameters. */
  readonly addresses: readonly number[]
  /** The kernel, where its function is named for another one. */
  readonly comment: string | undefined
}

/**
 * So many kernels that differ in their buffers alone are one function, if they are of some size: then code and the time to compile it
 * count more than the registers that addresses in parameters take. The others have addresses in their instructions, which makes
 * short loops faster.
 */
const sharedFrom = 4
const sharedExpressions = 100

/** Which functions carry out the kernels. */
export function kernelFunctions(
  program: ProgramContext,
  kernels: readonly Kernel[],
  isSplit: (step: number) => boolean,
): { functions: KernelFunction[]; calls: KernelCall[] } {
  // A kernel that is divided in some places and not in others has a function for each.
  const usesOf = { divided: new Map<Kernel, Kernel[]>(), alone: new Map<Kernel, Kernel[]>() }
  const sharedOf = { divided: new Map<Kernel, number>(), alone: new Map<Kernel, number>() }
  kernels.forEach((kernel, step) => {
    const uses = usesOf[isSplit(step) ? 'divided' : 'alone']
    const original = originalOf(kernel)
    uses.set(original, [...(uses.get(original) ?? []), kernel])
  })
  const functions: KernelFunction[] = []
  const calls = kernels.map((kernel, step): KernelCall => {
    const original = originalOf(kernel)
    const [uses, shared] = isSplit(step) ? [usesOf.divided, sharedOf.divided] : [usesOf.alone, sharedOf.alone]
    const known = shared.get(original)
    if (known !== undefined) {
      const addresses = addressesFor(program, kernel, functions[known]!.moving)
      return { position: known, addresses, comment: kernel.name }
    }
    const all = uses.get(original)!
    const isShared = all.length >= sharedFrom && program.parameters.length === 0 && isLarge(original)
    const moving = isShared ? movingBuffers(program, original, all) : []
    const position = functions.push({ kernel: isShared ? original : kernel, step, moving }) - 1
    if (isShared) shared.set(original, position)
    const comment = isShared && kernel !== original ? kernel.name : undefined
    return { position, addresses: addressesFor(program, kernel, moving), comment }
  })
  return { functions, calls }
}

export function emitKernelFunction(
  program: ProgramContext,
  { kernel, moving }: KernelFunction,
  name: string,
  barrier: number | undefined,
): FunctionDefinition {
  if (moving.length === 0) return emitKernel(program, kernel, name, barrier)
  const parameters = moving.map((buffer): Local => ({ name: buffer.name, type: 'i32' }))
  const placementOf = (buffer: Buffer): Placement => {
    const position = moving.indexOf(buffer)
    return position < 0 ? program.placementOf(buffer) : { kind: 'parameter', position }
  }
  return emitKernel({ ...program, parameters, placementOf }, kernel, name, barrier)
}

const originalOf = (kernel: Kernel): Kernel => kernel.copyOf?.original ?? kernel

/** The original kernel's buffers that do not lie at one address in all its copies. */
function movingBuffers(program: ProgramContext, original: Kernel, all: readonly Kernel[]): readonly Buffer[] {
  const buffers = [...new Set([...original.reads, ...original.writes, ...original.scratch])]
  return buffers.filter((buffer) => new Set(all.map((kernel) => addressIn(program, kernel, buffer))).size > 1)
}

const addressesFor = (program: ProgramContext, kernel: Kernel, moving: readonly Buffer[]): number[] =>
  moving.map((buffer) => addressIn(program, kernel, buffer))

/** Where the kernel has what the original has in `buffer`. Programs without parameters have all buffers at fixed places. */
function addressIn(program: ProgramContext, { copyOf }: Kernel, buffer: Buffer): number {
  const placement = program.placementOf(copyOf?.buffers.get(buffer) ?? buffer)
  return placement.kind === 'static' ? placement.byteOffset : 0
}

function isLarge({ body }: Kernel): boolean {
  let count = 0
  visitKernel(body, () => count++)
  return count >= sharedExpressions
}
