import { graphInterpreter } from '../ir/builder.ts'
import type { Graph, GraphInput, GraphValue } from '../ir/graph.ts'
import { withInterpreter } from '../ops/interpreter.ts'
import { graphDerivations, trackedOperands } from './graph-derivations.ts'
import { leadsTo } from './leads-to.ts'
import { pullBack, type Root } from './pull-back.ts'
import type { Sum } from './sum.ts'

/** Cotangents of some of a region's inputs, as values of a graph. */
export interface RegionGradient {
  readonly of: (input: GraphInput) => Sum | undefined
}

/** Pulls back through a region: `roots` are its results with their cotangents, and inputs with sums so far. */
export function pullBackRegion(
  region: Graph,
  roots: readonly Root<GraphValue>[],
  wanted: readonly GraphInput[],
): RegionGradient {
  const targets = new Set<GraphValue>(wanted)
  const needed = new Set<GraphValue>(
    roots.flatMap(({ value }) => [...leadsTo(value, targets, (each) => trackedOperands(each))]),
  )
  const leaves = withInterpreter(graphInterpreter, () =>
    pullBack<GraphValue>(
      roots.filter(({ value }) => needed.has(value)),
      { derivationOf: graphDerivations(region), needs: (value) => needed.has(value) },
    ),
  )
  return { of: (input) => leaves.get(input) }
}
