import { dtypeInfo } from '../../src/base/dtype.ts'
import type { Address, Affine, Buffer, Expr, Kernel, LoopIndex, Statement } from '../../src/kernel/ir.ts'
import { operandsOf } from '../../src/kernel/operands.ts'
import type { ProgramPlan } from '../../src/plan/program-plan.ts'

/** Which threads have read and written a byte since they last met, a bit each. */
interface Traffic {
  readers: number
  writers: number
}

/** Stands for several threads in the bits of a byte. */
const someThreads = 30

/** What the walk needs of a plan. */
export type Walked = Pick<ProgramPlan, 'kernels' | 'threads'> & {
  /** The memory a buffer lies in, and its first byte there. */
  readonly placeOf: (buffer: Buffer) => { region: unknown; byteOffset: number }
}

/**
 * Runs `threads` threads through a plan, element by element, and names a byte that one of them writes and another touches before they have met.
 * It shares nothing with the plan's own proof.
 */
export function meetingFault({ kernels, threads: plan, placeOf }: Walked, threads: number): string | undefined {
  const seen = new Map<unknown, Map<number, Traffic>>()
  let fault: string | undefined
  kernels.forEach((kernel, step) => {
    const { waitsBefore, hasChecks, isSplit } = plan.steps[step]!
    if (waitsBefore) seen.clear()
    const touch = (buffer: Buffer, element: number, worker: number, isWrite: boolean): void => {
      const bit = 1 << worker
      const { region, byteOffset } = placeOf(buffer)
      const { byteSize } = dtypeInfo[buffer.dtype]
      const bytes = buffer.elementCount * byteSize
      const own = buffer.perWorker ? Math.ceil((bytes + 16) / 64) * 64 * worker : 0
      const memory = seen.get(region) ?? new Map<number, Traffic>()
      seen.set(region, memory)
      for (let i = 0; i < byteSize; i++) {
        const byte = byteOffset + own + element * byteSize + i
        const traffic = memory.get(byte) ?? { readers: 0, writers: 0 }
        memory.set(byte, traffic)
        if (isWrite) traffic.writers |= bit
        else traffic.readers |= bit
        const all = traffic.readers | traffic.writers
        if (traffic.writers !== 0 && (all & (all - 1)) !== 0)
          fault ??= `${kernel.name}: thread ${worker} of ${threads} touches byte ${byte} of ${buffer.name} without a meeting`
      }
    }
    const stretches: Statement[][] = [[]]
    for (const statement of kernel.body)
      if (statement.kind === 'barrier' && isSplit) stretches.push([])
      else stretches.at(-1)!.push(statement)
    stretches.forEach((body, stretch) => {
      if (stretch > 0) seen.clear()
      // Blocks that lie somewhere: the threads' parts of one are apart, and as a whole it may be anywhere.
      const blocks = new Map<Buffer, Map<number, number>>()
      const storeInBlock = (buffer: Buffer, element: number, worker: number): void => {
        const parts = blocks.get(buffer) ?? new Map<number, number>()
        const before = parts.get(element) ?? worker
        if (before !== worker)
          fault ??= `${kernel.name}: threads ${before} and ${worker} store to one place of ${buffer.name}`
        blocks.set(buffer, parts.set(element, worker))
      }
      for (let worker = 0; worker < (isSplit ? threads : 1); worker++)
        walk(
          body,
          isSplit ? [worker, threads] : undefined,
          (...access) => touch(...access, worker, false),
          (...access) => touch(...access, worker, true),
          (...access) => storeInBlock(...access, worker),
        )
      for (const [buffer, parts] of blocks) {
        const workers = [...new Set(parts.values())]
        const writer = workers.length === 1 ? workers[0]! : someThreads
        for (let element = 0; element < buffer.elementCount; element++) touch(buffer, element, writer, true)
      }
    })
    if (hasChecks) seen.clear()
  })
  return fault
}

type Touch = (buffer: Buffer, element: number) => void

function walk(
  body: Kernel['body'],
  share: [number, number] | undefined,
  load: Touch,
  store: Touch,
  storeInBlock: Touch,
): void {
  const indices = new Map<LoopIndex, number>()
  const valueOf = ({ offset, terms }: Affine): number =>
    terms.reduce((sum, { index, stride }) => sum + stride * indices.get(index)!, offset)
  const touch = (to: Touch, buffer: Buffer, { affine, dynamic }: Address, lanes: number, laneStride: number): void => {
    // A computed address may be any.
    if (dynamic) for (let element = 0; element < buffer.elementCount; element++) to(buffer, element)
    else for (let lane = 0; lane < lanes; lane++) to(buffer, valueOf(affine) + lane * laneStride)
  }
  const expression = (expr: Expr): void => {
    operandsOf(expr).forEach(expression)
    if (expr.kind === 'load') touch(load, expr.buffer, expr.at, expr.valid ?? expr.type.lanes, expr.laneStride)
  }
  const run = (statements: readonly Statement[]): void => {
    for (const statement of statements) {
      if (statement.kind === 'comment' || statement.kind === 'barrier') continue
      if (statement.kind === 'loop') {
        const values = Array.from({ length: statement.extent / statement.step }, (_, pass) => pass * statement.step)
        for (const value of statement.parallel && share ? dealt(values, ...share) : values) {
          indices.set(statement.index, value)
          run(statement.body)
        }
        continue
      }
      expression(statement.value)
      if (statement.kind === 'check') expression(statement.ok)
      if (statement.kind !== 'store') continue
      const { buffer, at, value, laneStride, count = value.type.lanes } = statement
      if (at.dynamic) expression(at.dynamic)
      if (at.dynamic && isFixed(at.dynamic)) touch(storeInBlock, buffer, { affine: at.affine }, count, laneStride)
      else touch(store, buffer, at, count, laneStride)
    }
  }
  run(body)
}

/** Whether the computed part of an address is the same in every pass. */
function isFixed(expr: Expr): boolean {
  const terms = expr.kind === 'load' ? expr.at.affine.terms : expr.kind === 'indexValue' ? expr.affine.terms : []
  return terms.length === 0 && operandsOf(expr).every(isFixed)
}

/** What one of some threads gets when they take turns from the back, each as many as are left for each. */
function dealt(values: readonly number[], worker: number, threads: number): number[] {
  const left = [...values]
  let own: number[] = []
  for (let each = threads; each > worker; each--) own = left.splice(left.length - Math.ceil(left.length / each))
  return own
}

/** Operations up to which a program is walked. */
const mostWalked = 30_000

/** The first byte that two threads of a planned program meet at unawares. */
export function threadFaults({ kernels, threads, homes }: ProgramPlan): string[] {
  const operations = threads.steps.reduce((sum, step) => sum + step.operations, 0)
  if (operations > mostWalked) return []
  const placeOf = (buffer: Buffer): { region: unknown; byteOffset: number } => {
    const home = homes.get(buffer)!
    if (home.kind === 'planned') return { region: 'planned', byteOffset: home.byteOffset }
    return { region: home.kind === 'state' ? home.state : buffer, byteOffset: 0 }
  }
  const faults: string[] = []
  for (let count = 2; count <= threads.threads; count++) {
    const fault = meetingFault({ kernels, threads, placeOf }, count)
    if (fault !== undefined) faults.push(fault)
  }
  return faults
}
