import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll } from 'vitest'
import { exportModule, type Exportable, type ExportModuleOptions } from '../../src/export/index.ts'

export type Elements = Float32Array | Float64Array | Int32Array | Uint8Array
export type Call = (inputs?: unknown) => unknown

/** What every artefact has, as its declarations say. */
export interface Artefact {
  readonly state: {
    readonly entries: readonly { readonly name: string; readonly dtype: string; readonly shape: number[] }[]
    get(name: string): Elements
    save(): Uint8Array
    load(bytes: unknown): void
  }
  reset(): void
  selfTest(): Promise<true>
}
export interface ArtefactModule {
  readonly load: (options?: unknown) => Promise<Artefact & Call & Readonly<Record<string, Call>>>
  readonly loadSync: (options?: unknown) => Artefact & Call & Readonly<Record<string, Call>>
  readonly selfTest: (options?: unknown) => Promise<true>
}

/** A folder that goes when the file's tests are done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gryph-export-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Exports to the folder and imports what came out, as a user's program would. */
export async function exported(functions: Exportable, options: ExportModuleOptions): Promise<ArtefactModule> {
  const [module] = await exportModule(functions, options)
  return (await import(/* @vite-ignore */ pathToFileURL(module!).href)) as ArtefactModule // the declarations say so
}

export async function codeOf(call: () => unknown): Promise<unknown> {
  try {
    await call()
    return undefined
  } catch (error) {
    return (error as { code?: unknown }).code ?? error
  }
}
