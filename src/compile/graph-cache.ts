import type { Graph } from '../ir/graph.ts'
import { hashGraph } from '../ir/hash.ts'
import { sameGraph } from '../ir/same-graph.ts'
import type { BufferHome, ProgramPlan } from '../plan/program-plan.ts'
import { fmaRule, kernelTraits } from '../runtime/engine.ts'
import { compileGraph, type CompiledGraph } from './compile-graph.ts'
import type { CompileOptions } from './options.ts'

/** More than any program has functions; the oldest go first. */
const cacheLimit = 256
/** Programs keep what they were made of; the cache alone keeps nothing. */
const compiledGraphs = new Map<string, WeakRef<CompiledGraph>>()
const forget = new FinalizationRegistry<string>((key) => {
  if (compiledGraphs.get(key)?.deref() === undefined) compiledGraphs.delete(key)
})

/** Compiles a graph, or takes over what an equal one was compiled to: everything but addresses and the code made with them. */
export function compileGraphOnce(
  traced: Graph,
  options: CompileOptions,
): { readonly compiled: CompiledGraph; readonly isHit: boolean } {
  const key = `${hashGraph(traced)} ${JSON.stringify([options, kernelTraits(), fmaRule()])}`
  const known = compiledGraphs.get(key)?.deref()
  if (known && sameGraph(known.traced, traced)) return { compiled: forInputs(known, traced), isHit: true }
  const compiled = compileGraph(traced, options)
  if (compiledGraphs.size >= cacheLimit) compiledGraphs.delete(compiledGraphs.keys().next().value!)
  compiledGraphs.set(key, new WeakRef(compiled))
  forget.register(compiled, key)
  return { compiled, isHit: false }
}

/** The compiled graph with the inputs of an equal one in place of its own. */
function forInputs(known: CompiledGraph, traced: Graph): CompiledGraph {
  const ownInput = new Map(known.traced.inputs.map((input, i) => [input, traced.inputs[i]!]))
  const homeOf = (home: BufferHome): BufferHome => {
    if (home.kind === 'state') return { ...home, state: ownInput.get(home.state)! }
    if (home.kind === 'fixed' && home.value.op === 'input') return { ...home, value: ownInput.get(home.value)! }
    return home
  }
  const plan: ProgramPlan = {
    ...known.plan,
    homes: new Map([...known.plan.homes].map(([buffer, home]) => [buffer, homeOf(home)])),
    inputs: new Map([...known.plan.inputs].map(([input, buffer]) => [ownInput.get(input)!, buffer])),
  }
  return { ...known, traced, plan, madeFor: known }
}
