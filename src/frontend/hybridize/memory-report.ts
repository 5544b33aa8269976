import type { Buffer } from '../../kernel/ir.ts'
import type { BufferLifetime } from '../../plan/lifetimes.ts'
import type { ProgramPlan } from '../../plan/program-plan.ts'
import { memoryPicture } from './memory-picture.ts'

/** One buffer of a program's planned memory. */
export interface BufferReport {
  readonly name: string
  readonly kind: 'argument' | 'value' | 'result' | 'working memory'
  readonly byteLength: number
  readonly byteOffset: number
  /** Positions of the kernels from which and to which it is needed; arguments are there at −1, results still after the last kernel. */
  readonly first: number
  readonly last: number
  /** The buffer in whose place its kernel writes it. */
  readonly replaces: string | undefined
  /** Tensors that have some of the same bytes at other times. */
  readonly sharesWith: readonly string[]
}

/** The planned memory of a program: `String(memory)` is a table, `memory.svg()` a picture of it. */
export interface MemoryReport {
  readonly byteLength: number
  /** Bytes alive at the fullest kernel: no plan in this order of kernels can need less. */
  readonly peakLiveBytes: number
  /** The same without working memory. */
  readonly peakTensorBytes: number
  readonly kernels: readonly string[]
  /** In the order in which they come to life. */
  readonly buffers: readonly BufferReport[]
  /** An SVG document: kernels from left to right, byte offsets from bottom to top, a box for each buffer. */
  svg(): string
  toString(): string
}

export function memoryReport(functionName: string, plan: ProgramPlan): MemoryReport {
  const data = {
    byteLength: plan.memory.byteLength,
    peakLiveBytes: plan.memory.peakLiveBytes,
    peakTensorBytes: plan.peakTensorBytes,
    kernels: plan.kernels.map(({ name }) => name),
    buffers: buffersOf(plan),
  } as const
  // Not enumerable, so that the data prints and serialises as data.
  return Object.defineProperties(
    {
      ...data,
      svg: (): string => memoryPicture(functionName, data),
      toString: (): string => memoryTable(data.buffers).join('\n'),
    },
    {
      svg: { enumerable: false },
      toString: { enumerable: false },
    },
  )
}

function buffersOf(plan: ProgramPlan): BufferReport[] {
  const working = new Set(plan.kernels.flatMap(({ scratch }) => scratch))
  const results = new Set(plan.results.map(({ buffer }) => buffer))
  const kindOf = (buffer: Buffer, first: number): BufferReport['kind'] =>
    working.has(buffer) ? 'working memory' : results.has(buffer) ? 'result' : first < 0 ? 'argument' : 'value'
  const inOrder = plan.lifetimes.toSorted((a, b) => a.first - b.first || a.byteOffset - b.byteOffset)
  const shared = sharedBytes(inOrder)
  return inOrder.map((lifetime) => ({
    name: working.has(lifetime.buffer) ? `${lifetime.buffer.name} of ${lifetime.first}` : lifetime.buffer.name,
    kind: kindOf(lifetime.buffer, lifetime.first),
    byteLength: lifetime.byteLength,
    byteOffset: lifetime.byteOffset,
    first: lifetime.first,
    last: lifetime.last,
    replaces: lifetime.replaces?.name,
    sharesWith: shared.get(lifetime)!.flatMap(({ buffer }) => (working.has(buffer) ? [] : [buffer.name])),
  }))
}

/** For each lifetime those with which it has bytes in common, in the order given. */
function sharedBytes(lifetimes: readonly BufferLifetime[]): Map<BufferLifetime, BufferLifetime[]> {
  const shared = new Map(lifetimes.map((lifetime) => [lifetime, [] as BufferLifetime[]])) // a literal is never[]
  const position = new Map(lifetimes.map((lifetime, i) => [lifetime, i]))
  const byOffset = lifetimes.toSorted((a, b) => a.byteOffset - b.byteOffset)
  byOffset.forEach((a, i) => {
    for (let j = i + 1; j < byOffset.length && byOffset[j]!.byteOffset < a.byteOffset + a.byteLength; j++) {
      const b = byOffset[j]!
      if (b.byteLength === 0) continue
      shared.get(a)!.push(b)
      shared.get(b)!.push(a)
    }
  })
  for (const list of shared.values()) list.sort((a, b) => position.get(a)! - position.get(b)!)
  return shared
}

const shownNames = 3

/** One line per buffer under a line of headings, in columns. */
export function memoryTable(buffers: readonly BufferReport[]): string[] {
  const rows = buffers.map(({ name, byteLength, byteOffset, first, last, replaces, sharesWith }) => {
    const others = sharesWith.filter((other) => other !== replaces)
    const shown =
      others.slice(0, shownNames).join(', ') +
      (others.length > shownNames ? ` and ${others.length - shownNames} more` : '')
    const shares = [replaces === undefined ? '' : `in place of ${replaces}`, shown]
      .filter((part) => part !== '')
      .join('; ')
    return [name, String(byteLength), String(byteOffset), `${first}–${last}`, shares]
  })
  const table = [['buffer', 'bytes', 'offset', 'kernels', 'shares bytes with'], ...rows]
  const widths = table[0]!.map((_, column) => Math.max(...table.map((row) => row[column]!.length)))
  return table.map((row) =>
    row
      .map((cell, column) =>
        column === 1 || column === 2 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  )
}
