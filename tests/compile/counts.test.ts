import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { dtypeInfo } from '../../src/base/dtype.ts'
import { generateWasm } from '../../src/codegen/wasm/index.ts'
import { compileGraph } from '../../src/compile/compile-graph.ts'
import { inDependencyOrder, isNode, type Graph } from '../../src/ir/graph.ts'
import type { Buffer } from '../../src/kernel/ir.ts'
import type { ProgramPlan } from '../../src/plan/program-plan.ts'
import { kernelTraits } from '../../src/runtime/engine.ts'
import { matchesGolden } from '../golden.ts'
import { planFaults } from '../plan/plan-faults.ts'
import { models } from './models.ts'

/** Two programs that do the same have the same counts, and a change that makes one worse shows in the diff of counts.json. */
interface Counts {
  readonly tracedNodes: number
  readonly optimizedNodes: number
  readonly kernels: number
  readonly statesReplacedInPlace: number
  readonly stateWrites: number
  readonly arenaBytes: number
  readonly peakLiveBytes: number
  readonly moduleBytes: number
}

const nodeCount = (graph: Graph): number => inDependencyOrder(graph).filter(isNode).length
const byteLength = ({ dtype, elementCount }: Buffer): number => elementCount * dtypeInfo[dtype].byteSize

function countsOf(graph: Graph): Counts {
  const { traced, optimized, plan } = compileGraph(graph, { target: 'wasm' })
  expect(planFaults(plan, optimized)).toEqual([])
  const homes = [...plan.homes]
  const fixedBytes = homes.reduce((sum, [buffer, { kind }]) => (kind === 'fixed' ? sum + byteLength(buffer) : sum), 0)
  const commits = plan.groups.filter(({ nodes }) => nodes.length === 1 && nodes[0]!.op === 'copy').length
  return {
    tracedNodes: nodeCount(traced),
    optimizedNodes: nodeCount(optimized),
    kernels: plan.kernels.length,
    statesReplacedInPlace: graph.writes.length - commits,
    stateWrites: graph.writes.length,
    arenaBytes: plan.memory.byteLength + fixedBytes,
    peakLiveBytes: plan.memory.peakLiveBytes,
    moduleBytes: moduleBytesOf(plan),
  }
}

/** Addresses are part of the code, so every buffer gets one here that does not depend on what else is in memory. */
function moduleBytesOf(plan: ProgramPlan): number {
  let next = 2 ** 24
  const addresses = new Map<Buffer, number>()
  for (const [buffer, home] of plan.homes) {
    if (home.kind === 'planned') addresses.set(buffer, 2 ** 16 + home.byteOffset)
    else {
      addresses.set(buffer, next)
      next += Math.ceil((byteLength(buffer) + 16) / 64) * 64
    }
  }
  const placementOf = (buffer: Buffer) => ({ kind: 'static', byteOffset: addresses.get(buffer)! }) as const
  return generateWasm({ kernels: plan.kernels, placementOf, parameterCount: 0, fma: 'separate', statusByteOffset: 64 })
    .bytes.byteLength
}

test('counts of training steps are the committed ones', () => {
  const counts = Object.fromEntries(Object.entries(models).map(([name, make]) => [name, countsOf(make())]))
  // Tiles and the form of epilogues follow the engine, and with them buffers and code: these are Node 20's, without relaxed SIMD.
  const { microTile, inlineEpilogues } = kernelTraits()
  if (microTile === '4x8' && !inlineEpilogues) return matchesGolden(JSON.stringify(counts, undefined, 2), 'counts.json')
  const committed = JSON.parse(readFileSync(new URL('../goldens/counts.json', import.meta.url), 'utf8')) as Record<
    string,
    Counts
  > // written above
  const independent = ({ tracedNodes, optimizedNodes, kernels, stateWrites }: Counts) => ({
    tracedNodes,
    optimizedNodes,
    kernels,
    stateWrites,
  })
  for (const [name, each] of Object.entries(committed))
    expect(independent(counts[name]!), name).toEqual(independent(each))
})
