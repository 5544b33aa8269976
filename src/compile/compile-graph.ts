import type { TypedArray } from '../base/dtype.ts'
import type { Layout } from '../base/layout.ts'
import type { FusionGroup } from '../ir/fusion-group.ts'
import { isConstant, type Graph, type GraphInput, type GraphValue } from '../ir/graph.ts'
import { locate, type Location } from '../ir/materialize.ts'
import { verifyGraph } from '../ir/verify.ts'
import { keepsLoops, needsContiguousOperand, recomputesCheaply } from '../kernel/lower.ts'
import { fuseProgram } from '../passes/fuse-program.ts'
import { runPasses, type PassContext, type PassObserver } from '../passes/pass.ts'
import { mostThreads } from '../plan/control-block.ts'
import { planProgram, type ProgramPlan } from '../plan/program-plan.ts'
import { deviceArena } from '../runtime/arena.ts'
import { kernelTraits } from '../runtime/engine.ts'
import { whyNoThreads } from '../runtime/worker-thread.ts'
import { evaluateConstant } from './evaluate-constant.ts'
import type { CompileOptions } from './options.ts'
import { graphPasses } from './pipeline.ts'

/** A graph on its way to code. */
export interface CompiledGraph {
  readonly traced: Graph
  readonly optimized: Graph
  readonly plan: ProgramPlan
  /** The compilation that was taken over from an equal graph; the cache finds it as long as somebody has it. */
  readonly madeFor?: CompiledGraph
}

/** Optimizes, fuses, lowers and plans a graph. `observers` see every graph pass. What threads and memory there are here counts only for programs that run here. */
export function compileGraph(
  traced: Graph,
  options: CompileOptions,
  observers: readonly PassObserver[] = [],
  isForElsewhere = false,
): CompiledGraph {
  const skipped = new Set(options.withoutPasses)
  const context: PassContext = { evaluate: evaluateConstant }
  const passes = graphPasses.filter((pass) => !skipped.has(pass.name))
  verifyGraph(traced)
  const optimized = runPasses(traced, passes, context, observers)
  const fused = fuseProgram(optimized, {
    enabled: !skipped.has('fusion'),
    canInline: (group) => canInline(group, options.target === 'wasm'),
    canRecompute: (nodes, times) => recomputesCheaply(nodes, times, layoutIn(new Map<GraphValue, Location>())),
    isBlocked: blocksReduction,
  })
  const target = { simd: options.target === 'wasm', ...kernelTraits(), joinsUpdates: !skipped.has('updates') }
  const plan = planProgram(fused, target, threadsFor(options, isForElsewhere), options.splitFrom)
  const reason =
    plan.threads.threads > 1 && !isForElsewhere && !deviceArena().share()
      ? 'the engine gives no shared memory of 4 GiB'
      : plan.threads.reason
  // A program for one thread is planned as if nobody had asked for more.
  return { traced, optimized, plan: reason === undefined ? plan : planProgram(fused, target, reason) }
}

/** How many threads a program may have, or why it has one. */
function threadsFor({ target, threads = 1 }: CompileOptions, isForElsewhere: boolean): number | string {
  if (threads === 1) return 1
  if (target === 'js') return 'JavaScript programs run on one thread'
  return (isForElsewhere ? undefined : whyNoThreads()) ?? Math.min(threads, mostThreads)
}

const layoutIn =
  (known: Map<GraphValue, Location>) =>
  (value: GraphValue): Layout =>
    locate(value, known).layout

/** Whether the group has a kernel, and a good one. */
function canInline(group: FusionGroup, simd: boolean): boolean {
  const layoutOf = layoutIn(new Map<GraphValue, Location>())
  return !blocksReduction(group) && keepsLoops(group, layoutOf, simd)
}

/** Whether a reduction kernel would need an operand that lies otherwise. */
const blocksReduction = (group: FusionGroup): boolean =>
  needsContiguousOperand(group, layoutIn(new Map<GraphValue, Location>()))

/** What a compiled graph is bound to when it is loaded. */
export interface Bindings {
  /** Byte address of a state's cell. */
  addressOf(state: GraphInput): number
  /** The elements of a captured tensor, row-major. */
  elementsOf(capture: GraphInput): TypedArray
}

/** Contents of a buffer that keeps them between calls. */
export function fixedElements(value: GraphValue, bindings: Bindings): TypedArray | number {
  if (isConstant(value)) return value.value
  return bindings.elementsOf(value as GraphInput) // fixed buffers hold constants and captures
}
