import type { Analysis } from './analysis.ts'
import { isMadeIn, memberWrites } from './places.ts'
import type { Binding } from './scopes.ts'
import { isFunction, isIn, memberName, walk, type FunctionNode, type Node } from './syntax.ts'

/** A part of the source: a node, or the rest of a list of statements. */
interface Range {
  readonly start: number
  readonly end: number
}

/** What a part of a function changes that lasts beyond it: variables, and properties written out. */
export class CarriedNames {
  readonly #analysis: Analysis
  readonly #root: FunctionNode
  readonly #source: string
  readonly #memberWrites: ReturnType<typeof memberWrites>
  /** Variables that the function assigns, or functions in it. */
  readonly #assigned: readonly Binding[]
  /** Variables assigned in functions other than their own: any call may change them. */
  readonly #assignedByCalls: readonly Binding[]

  constructor(analysis: Analysis, root: FunctionNode, source: string) {
    this.#analysis = analysis
    this.#root = root
    this.#source = source
    this.#memberWrites = memberWrites(root, analysis.scopes)
    this.#assigned = analysis.scopes.bindings.filter(({ writes }) => writes.some(({ node }) => isIn(node, root)))
    this.#assignedByCalls = this.#assigned.filter(({ writes, scope }) =>
      writes.some((write) => write.function !== scope.function && isIn(write.node, root)),
    )
  }

  /** Names in the order of the source. `loop` is a `for` whose own variables count, since they go from pass to pass. */
  in(range: Range, loop?: Node): string[] {
    const { scopes } = this.#analysis
    const names = new Set<string>()
    const hasCalls = this.#assignedByCalls.length > 0 && this.#hasCalls(range)
    for (const binding of this.#assigned) {
      if (!this.#isVisible(binding, range, loop)) continue
      const isAssigned = binding.writes.some(
        ({ node }) => isIn(node, range) && !(loop && node === binding.declaration && isIn(node, loop)),
      )
      if (isAssigned || (hasCalls && this.#assignedByCalls.includes(binding))) names.add(binding.name)
    }
    for (const { member, isPath } of this.#memberWrites) {
      if (!isIn(member, range) || !isPath || memberName(member) === 'grad') continue
      if (!isMadeIn(member, { ...this.#root, ...range } as Node, scopes))
        // only the range is asked for
        names.add(this.#source.slice(member.start, member.end).replaceAll(/\s/g, ''))
    }
    return [...names]
  }

  /** Whether a variable is declared outside and before the part, where its value can be asked for. */
  #isVisible(binding: Binding, range: Range, loop: Node | undefined): boolean {
    const { node } = binding.scope
    if (loop && node === loop) return true
    if (node.start >= range.start && node.end <= range.end) return false
    const isAround = node.start <= range.start && node.end >= range.end
    if (!isAround || binding.kind === 'const' || binding.kind === 'function' || binding.kind === 'class') return false
    if (binding.kind === 'parameter' || binding.kind === 'var' || binding.kind === 'catch') return true
    return !isIn(node, this.#root) || binding.start < range.start
  }

  #hasCalls({ start, end }: Range): boolean {
    let found = false
    walk(this.#root, (node) => {
      if (found || node.end <= start || node.start >= end) return false
      if (node.start >= start && (node.type === 'CallExpression' || node.type === 'NewExpression')) found = true
      return !isFunction(node) || node.start < start || !found
    })
    return found
  }
}
