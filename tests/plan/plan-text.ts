import { parseGraph } from '../../src/ir/parse.ts'
import { compileGraph } from '../../src/compile/compile-graph.ts'
import type { Buffer } from '../../src/kernel/ir.ts'
import type { ProgramPlan } from '../../src/plan/program-plan.ts'

/** The plan of a graph given as text, with its lines in words. */
export function planOf(text: string, withoutPasses: readonly string[] = []): { plan: ProgramPlan; lines: string[] } {
  const { plan } = compileGraph(parseGraph(text), { target: 'wasm', withoutPasses })
  return { plan, lines: linesOf(plan) }
}

/** One line per kernel: `add, relu: x, state w → state w`. */
export function linesOf(plan: ProgramPlan): string[] {
  const name = (buffer: Buffer): string => {
    const home = plan.homes.get(buffer)
    return home?.kind === 'state' ? `state ${home.state.name}` : buffer.name
  }
  const names = (buffers: readonly Buffer[]): string => buffers.map(name).join(', ')
  return plan.kernels.map(
    (kernel, step) =>
      `${plan.groups[step]!.nodes.map(({ op }) => op).join(', ')}: ${names(kernel.reads)} → ${names(kernel.writes)}`,
  )
}
