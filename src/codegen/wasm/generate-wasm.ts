import type { WasmProgramSpec } from './build-module.ts'
import { buildWasmModule } from './build-module.ts'
import { encodeModule } from './encode-module.ts'
import { printModule } from './print-module.ts'

/** A program in the binary format, and in the text format when asked for. */
export interface GeneratedWasm {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly text: () => string
}

export function generateWasm(spec: WasmProgramSpec): GeneratedWasm {
  const module = buildWasmModule(spec)
  return { bytes: encodeModule(module), text: () => printModule(module) }
}
