import { exportModule, exportOnnx, type ExportOptions } from '../export/index.ts'
import { writeFiles } from '../export/write-files.ts'
import { Tensor } from '../frontend/tensor.ts'
import type { Weights } from '../export/index.ts'
import { hasState } from '../export/state-names.ts'
import { UsageError } from './errors.ts'
import { inputsOf } from './inputs.ts'
import type { Io } from './io.ts'
import { loadFunction } from './load-function.ts'

export const exportOptions = {
  out: { type: 'string', default: '.' },
  name: { type: 'string' },
  format: { type: 'string', default: 'files' },
  input: { type: 'string', multiple: true, default: [] as string[] },
} as const

export const exportHelp = `gryph export FILE#FUNCTION [--out FOLDER] [--name NAME] [--format files|single|js|onnx] [--input x=float32[1,784] …]

Writes a hybridized function as a module that runs without gryph. Modules, optimizers and variables that FILE exports name the state.
--format onnx writes NAME.onnx instead, for other programs.`

export async function runExport(
  [place, ...more]: readonly string[],
  values: {
    readonly out: string
    readonly name?: string | undefined
    readonly format: string
    readonly input: readonly string[]
  },
  io: Io,
): Promise<void> {
  if (place === undefined || more.length > 0)
    throw new UsageError('export takes one function: gryph export train.ts#predict.')
  const { name, hybridized, exports } = await loadFunction(place, io)
  const inputs = inputsOf(values.input)
  const weights = weightsAmong(exports)
  const title = values.name ?? name
  const given = {
    ...(values.input.length > 0 ? { inputs } : {}),
    ...(Object.keys(weights).length > 0 ? { weights } : {}),
  }
  const paths =
    values.format === 'onnx'
      ? await writeFiles(values.out, new Map([[`${title}.onnx`, exportOnnx(hybridized, { name: title, ...given })]]))
      : await exportModule(hybridized, {
          name: title,
          outDir: values.out,
          format: values.format as NonNullable<ExportOptions['format']>, // checked by exportModule
          ...given,
        })
  const { statSync } = await import('node:fs')
  for (const path of paths) io.out(`${path}  ${sizeText(statSync(path).size)}`)
}

function weightsAmong(exports: Readonly<Record<string, unknown>>): Record<string, Weights> {
  const found: Record<string, Weights> = {}
  for (const [name, value] of Object.entries(exports))
    if (hasState(value) || (value instanceof Tensor && value.isVariable)) found[name] = value
  return found
}

const sizeText = (bytes: number): string => (bytes < 10_000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`)
