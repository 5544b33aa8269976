import { compileGraph } from '../../compile/compile-graph.ts'
import { printGraph } from '../../ir/print.ts'
import { printKernel } from '../../kernel/print.ts'
import { notCompiled, optionInvalid } from '../errors.ts'
import { CompiledProgram } from '../../compile/compiled-program.ts'
import type { HybridState } from './hybridize.ts'
import { bindingsOf } from './bindings.ts'

export type SourceKind = 'ir' | 'kernels' | 'js' | 'wat'

/** The latest specialisation's optimized graph, kernels, or generated code for either target. */
export function programSource(state: HybridState, kind: SourceKind): string {
  if (!['ir', 'kernels', 'js', 'wat'].includes(kind))
    throw optionInvalid('source', 'kind', kind, "'ir', 'kernels', 'js' or 'wat'")
  const specialisation = state.latest
  if (!specialisation)
    throw notCompiled(state.functionName, state.hostRead ? 'it reads values on the host' : 'it has not been called')
  const { compiled } = specialisation.program
  if (kind === 'ir') return printGraph(compiled.optimized)
  if (kind === 'kernels') return compiled.plan.kernels.map(printKernel).join('\n')
  const target = kind === 'js' ? 'js' : 'wasm'
  if (state.options.target === target) return specialisation.program.text()
  const options = { ...state.options, target } as const
  const other = new CompiledProgram(compileGraph(compiled.traced, options), bindingsOf(specialisation.sources), options)
  const text = other.text()
  other.dispose()
  return text
}
