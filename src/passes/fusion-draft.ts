import { sameShape, type Shape } from '../base/shape.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import { isNode, isResult, type GraphControl, type GraphNode, type GraphValue } from '../ir/graph.ts'
import { isView } from '../ir/materialize.ts'
import { recordOf } from '../ops/registry.ts'

/** Engines compile large functions slowly and badly (docs/performance.md): a kernel of this many nodes is a few kB of code. */
export const largestGroup = 64

/** A kernel while it grows. */
export interface DraftGroup {
  kind: FusionGroup['kind']
  /** How many were opened before it. */
  readonly position: number
  /** Shape of the values that further nodes may use. */
  shape: Shape
  anchor: GraphNode | undefined
  readonly nodes: Set<GraphNode>
  /** Nodes before a reduction or a product: their values exist per operand element, so later nodes cannot use them. */
  readonly prologue: Set<GraphValue>
  /** The control op that it stands for, which no node joins. */
  readonly control?: GraphControl
}

/** The kernels drawn so far, and which may still grow without waiting for itself through another. */
export class DraftGroups {
  readonly #groups = new Set<DraftGroup>()
  #opened = 0
  readonly #groupOf = new Map<GraphValue, DraftGroup>()
  /** The nodes that each group reads, itself or through views, once each: the walks over kernels are many. */
  readonly #reads = new Map<DraftGroup, Set<GraphValue>>()
  readonly #baseOf: (value: GraphValue) => GraphValue

  readonly #users: ReadonlyMap<GraphValue, readonly GraphNode[]>
  readonly #outputs: ReadonlySet<GraphValue>

  constructor(
    baseOf: (value: GraphValue) => GraphValue,
    users: ReadonlyMap<GraphValue, readonly GraphNode[]>,
    outputs: ReadonlySet<GraphValue>,
  ) {
    this.#baseOf = baseOf
    this.#users = users
    this.#outputs = outputs
  }

  all(): DraftGroup[] {
    return [...this.#groups]
  }

  /** Whether the group has not become part of another. */
  has(group: DraftGroup): boolean {
    return this.#groups.has(group)
  }

  of(value: GraphValue): DraftGroup | undefined {
    return this.#groupOf.get(value)
  }

  open(kind: FusionGroup['kind'], node: GraphNode, shape: Shape, anchor?: GraphNode): void {
    const group: DraftGroup = { kind, position: this.#opened++, shape, anchor, nodes: new Set(), prologue: new Set() }
    this.#groups.add(group)
    this.add(node, group)
  }

  add(node: GraphNode, group: DraftGroup): void {
    group.nodes.add(node)
    this.#groupOf.set(node, group)
    let reads = this.#reads.get(group)
    if (!reads) this.#reads.set(group, (reads = new Set()))
    for (const operand of node.operands) {
      const base = this.#baseOf(operand)
      if (isNode(base) || isResult(base)) reads.add(base)
    }
  }

  /** What waits for a control op's results waits for its operands. */
  openControl(control: GraphControl): void {
    const position = this.#opened++
    const group = { kind: 'control' as const, position, shape: [], anchor: undefined, nodes: new Set<GraphNode>() }
    const drafted: DraftGroup = { ...group, prologue: new Set(), control }
    this.#groups.add(drafted)
    for (const result of control.results) this.#groupOf.set(result, drafted)
    this.#reads.set(drafted, new Set(control.operands.map(this.#baseOf)))
  }

  turnIntoReduction(group: DraftGroup, anchor: GraphNode): void {
    for (const node of group.nodes) group.prologue.add(node)
    group.kind = 'reduction'
    group.anchor = anchor
    group.shape = anchor.type.shape
    this.add(anchor, group)
  }

  /** Whether nothing that `node` reads from memory waits for `group`. */
  canJoin(node: GraphNode, group: DraftGroup): boolean {
    return group.nodes.size < largestGroup && !this.waitFor(this.#readFromMemory([node], [group]), group)
  }

  /** Whether elementwise `b` may become part of `a`, which then also computes `node`. */
  canMerge(a: DraftGroup, b: DraftGroup, node: GraphNode): boolean {
    if (b.kind !== 'elementwise' || a.nodes.size + b.nodes.size >= largestGroup) return false
    const bases = this.#readFromMemory([node, ...a.nodes, ...b.nodes], [a, b])
    return !this.waitFor(bases, a, b)
  }

  merge(a: DraftGroup, b: DraftGroup): DraftGroup {
    // b's nodes come first where a's later nodes use them; finish() orders nodes anyway.
    for (const node of b.nodes) this.add(node, a)
    this.#groups.delete(b)
    return a
  }

  /** Makes `b` a part of `a`, whose rows it walks. */
  mergeRows(a: DraftGroup, b: DraftGroup): void {
    a.kind = 'row-wise'
    this.merge(a, b)
  }

  /** Makes an elementwise `node` a part of `group`, which alone uses it, instead of the kernel it is in, which stores what it reads. */
  move(node: GraphNode, group: DraftGroup): void {
    this.of(node)!.nodes.delete(node)
    this.add(node, group)
  }

  /** Takes `nodes` out of their kernel and puts them before the products of all of `into`. */
  recompute(nodes: ReadonlySet<GraphNode>, from: DraftGroup, into: readonly DraftGroup[]): void {
    for (const node of nodes) {
      from.nodes.delete(node)
      for (const group of into) {
        this.add(node, group)
        group.prologue.add(node)
      }
    }
    if (from.nodes.size === 0) this.#groups.delete(from)
  }

  /** Whether a kernel of these nodes has to store the value. */
  isStored(node: GraphNode, members: ReadonlySet<GraphValue>): boolean {
    return this.#outputs.has(node) || this.#users.get(node)!.some((user) => !this.#staysIn(user, members))
  }

  /** Whether a user is one of `members`, or a view that only they use. */
  #staysIn(user: GraphNode, members: ReadonlySet<GraphValue>): boolean {
    if (members.has(user)) return true
    return (
      isView(user) &&
      this.#baseOf(user) !== user &&
      !this.#outputs.has(user) &&
      this.#users.get(user)!.every((next) => this.#staysIn(next, members))
    )
  }

  /** The groups with their outputs; nodes in dependency order. */
  finish(): FusionGroup[] {
    return [...this.#groups].map((group) => {
      if (group.control) return { kind: 'control', nodes: [], control: group.control, outputs: [] }
      const nodes = this.inOrder(group.nodes)
      // What a product computes before it, each of several may.
      const isWithin = (node: GraphNode): boolean => group.kind === 'contraction' && group.prologue.has(node)
      const stored = nodes.filter((node) => !isWithin(node) && this.isStored(node, group.nodes))
      return { kind: group.kind, nodes, ...(group.anchor ? { anchor: group.anchor } : {}), outputs: stored }
    })
  }

  /** `members`, each after those it reads, itself or through a view. */
  inOrder(members: ReadonlySet<GraphNode>): GraphNode[] {
    const order: GraphNode[] = []
    const seen = new Set<GraphValue>()
    const visit = (node: GraphNode): void => {
      if (seen.has(node) || !members.has(node)) return
      seen.add(node)
      for (const operand of node.operands) {
        const base = this.#baseOf(operand)
        if (isNode(base)) visit(base)
      }
      order.push(node)
    }
    members.forEach(visit)
    return order
  }

  /** Bases of the operands that `nodes` load, when the values of `groups` are in registers. */
  #readFromMemory(nodes: Iterable<GraphNode>, groups: readonly DraftGroup[]): GraphValue[] {
    const bases: GraphValue[] = []
    for (const node of nodes) {
      for (const operand of node.operands) {
        const owner = this.of(operand)
        const inRegister = owner !== undefined && groups.includes(owner) && readsRegister(node, operand, owner)
        if (!inRegister) bases.push(this.#baseOf(operand))
      }
    }
    return bases
  }

  /** Whether computing one of `values` needs one of `groups` to have run. */
  waitFor(values: readonly GraphValue[], ...groups: readonly DraftGroup[]): boolean {
    const seen = new Set<DraftGroup>()
    const stack = [...values]
    for (let top = stack.pop(); top; top = stack.pop()) {
      const owner = this.of(top)
      if (!owner || seen.has(owner)) continue
      if (groups.includes(owner)) return true
      seen.add(owner)
      for (const base of this.#reads.get(owner)!) if (this.of(base) !== owner) stack.push(base)
    }
    return false
  }
}

/** Whether `node`, in one kernel with `operand`, finds its element in a register. */
function readsRegister(node: GraphNode, operand: GraphValue, group: DraftGroup): boolean {
  switch (recordOf(node.op).kind) {
    case 'elementwise':
      return group.prologue.has(operand) === group.prologue.has(node) && sameShape(operand.type.shape, node.type.shape)
    case 'reduction':
      return group.prologue.has(operand)
    default:
      return false
  }
}
