import { buildArtefact, type Exportable } from './artefact.ts'
import { writeFiles } from './write-files.ts'
import type { ExportOptions } from './options.ts'

/** Options of `exportModule`. */
export interface ExportModuleOptions extends ExportOptions {
  /** Folder to write to; made if it is not there. */
  readonly outDir: string
}

/**
 * Writes hybridized functions as a module that runs without gryph, with the same bits: `NAME.mjs` and its types, the program
 * `NAME.wasm`, the state `NAME.safetensors`, and the description `NAME.json`.
 *
 * @returns the paths of the files
 * @throws EXPORT_NOT_COMPILED, EXPORT_REFUSED, OPTION_INVALID, FUNCTION_EXPECTED
 * @example await exportModule(predict, { name: 'predict', outDir: 'dist', inputs: [{ shape: [1, 784] }], weights: net })
 */
export async function exportModule(functions: Exportable, options: ExportModuleOptions): Promise<string[]> {
  const { outDir, ...rest } = options
  return writeFiles(outDir, await buildArtefact(functions, rest))
}
