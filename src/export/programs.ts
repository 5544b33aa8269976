import { generateJs } from '../codegen/js/program.ts'
import { buildWasmModule, encodeModule, type WasmModule } from '../codegen/wasm/index.ts'
import { joinModules } from '../codegen/wasm/join-modules.ts'
import { controlBlock, slot } from '../plan/control-block.ts'
import { fmaRule } from '../runtime/engine.ts'
import { statusByteOffset, type ArtefactLayout } from './layout.ts'
import type { ExportedVariant } from './variant.ts'

/** The programs of an artefact by the names of their exports. */
export type ProgramNames = ReadonlyMap<string, ExportedVariant>

interface WasmCode {
  readonly bytes: Uint8Array
  readonly usesHostMath: boolean
}

const specOf = ({ compiled }: ExportedVariant, layout: ArtefactLayout) => ({
  kernels: compiled.plan.kernels,
  steps: compiled.plan.steps,
  placementOf: layout.placementsOf(compiled),
  parameterCount: 0,
  fma: fmaRule(),
  statusByteOffset,
})

/** One WebAssembly module with an export for each program; `isShared` for memory that threads share. */
export function wasmOf(programs: ProgramNames, layout: ArtefactLayout, isShared = false): WasmCode {
  const { pages, controlByteOffset } = layout
  const importedMemory = { minimumPages: pages, ...(isShared ? { maximumPages: pages, shared: true } : {}) }
  const modules = new Map<string, WasmModule>()
  for (const [name, variant] of programs)
    modules.set(
      name,
      buildWasmModule({ ...specOf(variant, layout), importedMemory, ...threadsOf(variant, controlByteOffset) }),
    )
  const module = joinModules(modules)
  return {
    bytes: encodeModule(module),
    usesHostMath: module.importedFunctions.some((imported) => imported.module === 'math'),
  }
}

/** What the code of a program for several threads has to know: where they meet, and where thread 0 leaves the value of a failed check. */
const threadsOf = ({ compiled }: ExportedVariant, controlByteOffset: number) =>
  compiled.plan.threads.threads === 1
    ? {}
    : {
        threads: { ...compiled.plan.threads, controlByteOffset },
        statusByteOffset: controlByteOffset + controlBlock.slots + slot.value,
      }

/** JavaScript text that declares `programs`: functions of four views of the memory, by name. */
export function jsOf(programs: ProgramNames, layout: ArtefactLayout): { text: string; usesHostMath: boolean } {
  const parts = [...programs].map(([name, variant]) => {
    const { text } = generateJs(specOf(variant, layout))
    return `  ${JSON.stringify(name)}: (() => {\n${text}\nreturn run\n})(),\n`
  })
  const text = `const programs = {\n${parts.join('')}}\n`
  return { text, usesHostMath: /\bMath\.(exp|expm1|log|log1p|sin|cos|tanh|pow)\b/.test(text) }
}
