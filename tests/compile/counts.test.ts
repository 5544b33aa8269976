import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { dtypeInfo } from '../../src/base/dtype.ts'
import { generateWasm } from '../../src/codegen/wasm/index.ts'
import { elementCount } from '../../src/base/shape.ts'
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
  /** How often two threads meet in a call. */
  readonly barriers: number
  readonly statesReplacedInPlace: number
  readonly stateWrites: number
  /** Outputs that take over the bytes of an input. */
  readonly replacedBuffers: number
  /** What the program alone has of the arena: planned and fixed memory. */
  readonly arenaBytes: number
  readonly stateBytes: number
  /** The largest set of tensors alive at once: states, constants, and planned values that are read later or are results. */
  readonly peakTensorBytes: number
  /** Program and states in the arena against that set; and the planned memory alone against the planned part of it. */
  readonly arenaShare: number
  readonly plannedShare: number
  /** Buffers read and buffers written, summed over the kernels, and their bytes. Working memory is left out. */
  readonly passesOverMemory: number
  readonly bytesMoved: number
  readonly moduleBytes: number
}

const nodeCount = (graph: Graph): number => inDependencyOrder(graph).filter(isNode).length
const byteLength = ({ dtype, elementCount }: Buffer): number => elementCount * dtypeInfo[dtype].byteSize
const sumOf = (buffers: readonly Buffer[]): number => buffers.reduce((sum, buffer) => sum + byteLength(buffer), 0)
const rounded = (ratio: number): number => Math.round(ratio * 1000) / 1000

function countsOf(graph: Graph): Counts {
  const { traced, optimized, plan } = compileGraph(graph, { target: 'wasm' })
  expect(planFaults(plan, optimized)).toEqual([])
  const divided = compileGraph(graph, { target: 'wasm', threads: 2 })
  expect(planFaults(divided.plan, optimized)).toEqual([])
  const fixedBytes = sumOf([...plan.homes].flatMap(([buffer, { kind }]) => (kind === 'fixed' ? [buffer] : [])))
  const states = optimized.inputs.filter(({ role }) => role === 'state')
  const stateBytes = states.reduce(
    (sum, { type }) => sum + elementCount(type.shape) * dtypeInfo[type.dtype].byteSize,
    0,
  )
  const arenaBytes = plan.memory.byteLength + fixedBytes
  const peakTensorBytes = plan.peakTensorBytes + fixedBytes + stateBytes
  const commits = plan.groups.filter(({ nodes }) => nodes.length === 1 && nodes[0]!.op === 'copy').length
  const moved = plan.kernels.flatMap(({ reads, writes }) => [...reads, ...writes])
  return {
    tracedNodes: nodeCount(traced),
    optimizedNodes: nodeCount(optimized),
    kernels: plan.kernels.length,
    barriers: divided.plan.threads.barriers,
    statesReplacedInPlace: graph.writes.length - commits,
    stateWrites: graph.writes.length,
    replacedBuffers: plan.lifetimes.filter(({ replaces }) => replaces).length,
    arenaBytes,
    stateBytes,
    peakTensorBytes,
    arenaShare: rounded((arenaBytes + stateBytes) / peakTensorBytes),
    plannedShare: rounded(plan.memory.byteLength / plan.peakTensorBytes),
    passesOverMemory: moved.length,
    bytesMoved: sumOf(moved),
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

const counts = Object.fromEntries(Object.entries(models).map(([name, make]) => [name, countsOf(make())]))

test('programs take little more memory than the tensors that are alive at once', () => {
  for (const [name, { arenaShare }] of Object.entries(counts)) expect(arenaShare, name).toBeLessThanOrEqual(1.15)
})

test('counts of programs are the committed ones', () => {
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
