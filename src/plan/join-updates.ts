import type { FusionGroup } from '../ir/fusion-group.ts'
import type { GraphInput, GraphNode, GraphValue } from '../ir/graph.ts'
import { locate, type Location } from '../ir/materialize.ts'
import { recordOf } from '../ops/registry.ts'
import type { Schedule } from './state-writes.ts'

/** Nodes in a joined kernel: about 12 kB of code, well below the size at which engines give up on registers. */
const mostNodes = 192
/** Elements that an update which is moved may read beside state, for they are kept until then. */
const mostElementsKept = 4096

/**
 * Joins elementwise kernels that only write state in place into one, with a loop for each: one update kernel for all parameters of an
 * optimizer, but for those whose updates are in the kernels that make their gradients. An update moves to the last one that it can follow; none
 * reads what another one writes, so threads need not meet between them.
 */
export function joinUpdates({ groups, inPlace }: Schedule): Schedule {
  const touched = new Map(groups.map((group) => [group, touchedBy(group, inPlace)]))
  const joined: FusionGroup[] = []
  /** Updates that wait for a later one, all independent of each other. */
  let open: FusionGroup[] = []
  const close = (): void => {
    if (open.length > 0) joined.push(together(open))
    open = []
  }
  for (const group of groups) {
    const own = touched.get(group)!
    if (!own.isUpdate) {
      // What cannot be moved past this kernel stays before it.
      if (
        open.some((update) => meet(touched.get(update)!, own) || touched.get(update)!.elementsKept > mostElementsKept)
      )
        close()
      joined.push(group)
      continue
    }
    const count = open.reduce((sum, { nodes }) => sum + nodes.length, group.nodes.length)
    if (count > mostNodes || open.some((update) => meet(touched.get(update)!, own))) close()
    open.push(group)
  }
  close()
  return { groups: joined, inPlace }
}

interface Touched {
  readonly isUpdate: boolean
  /** Values in memory that it reads, and states and values that it writes. */
  readonly reads: ReadonlySet<GraphValue>
  readonly writes: ReadonlySet<GraphValue>
  readonly elementsKept: number
}

function touchedBy({ kind, nodes, outputs, control }: FusionGroup, inPlace: Schedule['inPlace']): Touched {
  const known = new Map<GraphValue, Location>()
  const reads = new Set(
    (control ? [control] : nodes).flatMap(({ operands }) => operands.map((operand) => locate(operand, known).base)),
  )
  const states = outputs.flatMap((output): (GraphNode | GraphInput)[] => [
    output,
    ...(inPlace.get(output) ? [inPlace.get(output)!] : []),
  ])
  let elementsKept = 0
  for (const value of reads)
    if (value.op !== 'constant' && value.op !== 'input' && !nodes.includes(value as GraphNode))
      // only compared
      elementsKept += value.type.shape.reduce((product, size) => product * size, 1)
  const isUpdate =
    kind === 'elementwise' &&
    outputs.every((output) => inPlace.has(output)) &&
    nodes.every((node) => recordOf(node.op).checks !== true)
  return { isUpdate, reads, writes: new Set(states), elementsKept }
}

/** Whether one writes what the other touches. */
const meet = (a: Touched, b: Touched): boolean =>
  [...a.writes].some((value) => b.reads.has(value) || b.writes.has(value)) ||
  [...b.writes].some((value) => a.reads.has(value))

function together(updates: readonly FusionGroup[]): FusionGroup {
  if (updates.length === 1) return updates[0]!
  return {
    kind: 'updates',
    nodes: updates.flatMap(({ nodes }) => nodes),
    outputs: updates.flatMap(({ outputs }) => outputs),
    parts: updates,
  }
}
