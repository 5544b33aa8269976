import type { FusionGroup } from '../ir/fusion-group.ts'
import { isConstant, type GraphValue } from '../ir/graph.ts'
import { locate, type Location } from '../ir/materialize.ts'
import { attrsText, typeText } from '../ir/text.ts'
import type { Buffer, Kernel } from '../kernel/ir.ts'
import { lowerGroup, type LowerOptions } from '../kernel/lower.ts'
import { substituteBuffers } from '../kernel/substitute-buffers.ts'
import type { BufferTable } from './buffers.ts'

/** A kernel that was lowered, and what lies in its buffers, by number of the value in its group. */
interface Lowered {
  readonly kernel: Kernel
  readonly contents: ReadonlyMap<Buffer, number>
}

/**
 * Lowers groups. Of groups that are equal but for where their values lie (steps of an unrolled loop, equal layers) only the first is:
 * the others are its kernel over other buffers.
 */
export class GroupLowering {
  readonly #options: Omit<LowerOptions, 'bufferOf'>
  readonly #buffers: BufferTable
  readonly #locations: Map<GraphValue, Location>
  readonly #lowered = new Map<string, Lowered>()

  constructor(
    options: Omit<LowerOptions, 'bufferOf'>,
    buffers: BufferTable,
    known: Map<GraphValue, Location> = new Map<GraphValue, Location>(),
  ) {
    this.#locations = known
    this.#options = options
    this.#buffers = buffers
  }

  lower(group: FusionGroup, name: string): Kernel {
    const hasMore = Object.keys(group).some((property) => !inKey.has(property))
    if (hasMore) return lowerGroup(group, name, { ...this.#options, bufferOf: (value) => this.#buffers.locate(value) })
    const numbers = new Map<GraphValue, number>()
    const key = this.#keyOf(group, numbers)
    const known = this.#lowered.get(key)
    return known ? this.#copy(known, group, name, [...numbers.keys()]) : this.#first(group, name, key, numbers)
  }

  #first(group: FusionGroup, name: string, key: string, numbers: ReadonlyMap<GraphValue, number>): Kernel {
    const contents = new Map<Buffer, number>()
    let isShareable = true
    const kernel = lowerGroup(group, name, {
      ...this.#options,
      bufferOf: (value) => {
        const number = numbers.get(locate(value, this.#locations).base)
        const storage = this.#buffers.locate(value)
        if (number === undefined) isShareable = false
        else contents.set(storage.buffer, number)
        return storage
      },
      nextSite: (failure) => {
        isShareable = false // the site is part of the kernel
        return this.#options.nextSite(failure)
      },
    })
    if (isShareable) this.#lowered.set(key, { kernel, contents })
    return kernel
  }

  #copy({ kernel, contents }: Lowered, group: FusionGroup, name: string, values: readonly GraphValue[]): Kernel {
    const buffers = new Map<Buffer, Buffer>()
    for (const [buffer, number] of contents) buffers.set(buffer, this.#buffers.of(values[number]!))
    for (const buffer of kernel.scratch) buffers.set(buffer, { ...buffer })
    const ofCopy = (buffer: Buffer): Buffer => buffers.get(buffer)!
    return {
      name,
      reads: kernel.reads.map(ofCopy),
      writes: kernel.writes.map(ofCopy),
      scratch: kernel.scratch.map(ofCopy),
      body: substituteBuffers(kernel.body, buffers),
      sources: [...new Set(group.nodes.flatMap(({ source }) => (source === undefined ? [] : [source])))],
      copyOf: { original: kernel, buffers },
    }
  }

  /**
   * All that lowering sees of a group but names and source lines. Values are numbered in the order they occur: those that lie in memory
   * with how they lie there, and the group's own.
   */
  #keyOf({ kind, nodes, anchor, outputs }: FusionGroup, numbers: Map<GraphValue, number>): string {
    const numberOf = (value: GraphValue): number => {
      const known = numbers.get(value)
      if (known !== undefined) return known
      numbers.set(value, numbers.size)
      return numbers.size - 1
    }
    const members = new Set<GraphValue>(nodes)
    const parts: string[] = [kind]
    const operandText = (operand: GraphValue): string => {
      if (members.has(operand)) return `${numberOf(operand)}`
      const type = typeText(operand.type)
      if (isConstant(operand) && typeof operand.value === 'number')
        return `${type}=${Object.is(operand.value, -0) ? '-0' : operand.value}`
      const { base, layout } = locate(operand, this.#locations)
      return `${type}@${numberOf(base)} ${typeText(base.type)} ${layout.offset} ${layout.strides.join()}`
    }
    for (const node of nodes) {
      const operands = node.operands.map(operandText).join('; ')
      parts.push(`${numberOf(node)} ${node.op} ${attrsText(node.attrs)} ${typeText(node.type)} (${operands})`)
    }
    const own = (value: GraphValue | undefined): string => (value ? `${numbers.get(value)}` : '')
    parts.push(own(anchor), outputs.map(own).join())
    return parts.join('\n')
  }
}

/** What the key tells of a group. One that has more to it is lowered by itself. */
const inKey: ReadonlySet<string> = new Set<keyof FusionGroup>(['kind', 'nodes', 'anchor', 'outputs'])
