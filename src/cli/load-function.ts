import { hybridize } from '../frontend/hybridize/hybridize.ts'
import { knownInternals } from '../frontend/parity/hybrid-internals.ts'
import { fileUnloadable, functionMissing } from './errors.ts'
import type { Io } from './io.ts'

/** A function that a file exports. */
export interface LoadedFunction {
  readonly name: string
  /** Hybridized by the file, or here. */
  readonly hybridized: (...args: never[]) => unknown
  readonly isHybridized: boolean
  /** Whatever else the file exports, by name. */
  readonly exports: Readonly<Record<string, unknown>>
}

/** Loads `FILE#FUNCTION`; without a name the default export. @throws CLI_FILE_UNLOADABLE, CLI_FUNCTION_MISSING */
export async function loadFunction(place: string, io: Io): Promise<LoadedFunction> {
  const [file = '', name = 'default'] = place.split('#')
  const { pathToFileURL } = await import('node:url')
  const exports = (await io.importModule(pathToFileURL(file).href).catch((cause: unknown) => {
    throw fileUnloadable(file, cause)
  })) as Readonly<Record<string, unknown>> // modules are objects
  const found = exports[name]
  const functions = Object.keys(exports).filter((each) => typeof exports[each] === 'function')
  if (typeof found !== 'function') throw functionMissing(file, name, functions)
  const internals = knownInternals(found)
  const isHybridized = internals !== undefined
  const fn = found as (...args: never[]) => unknown // checked above
  return {
    name: name === 'default' ? fileName(internals?.state.functionName ?? fn.name) : name,
    hybridized: isHybridized ? fn : hybridize(fn),
    isHybridized,
    exports,
  }
}

/** Methods and functions without a name have none that a file could have. */
const fileName = (name: string): string => (/^[A-Za-z][\w-]*$/.test(name) ? name : 'default')
