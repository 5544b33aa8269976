import { GryphError } from '../base/errors.ts'

/** A command line that cannot be carried out as it is: exit code 2, and where help is. */
export class UsageError extends Error {}

export const functionMissing = (file: string, name: string, there: readonly string[]): GryphError =>
  new GryphError(
    'CLI_FUNCTION_MISSING',
    `[gryph] ${file} exports no function ${name}. It exports ${there.length > 0 ? there.join(', ') : 'nothing'}: name one as ${file}#${there[0] ?? 'predict'}.`,
  )

export const fileUnloadable = (file: string, cause: unknown): GryphError => {
  const reason = cause instanceof Error ? cause.message : String(cause)
  const error = new GryphError('CLI_FILE_UNLOADABLE', `[gryph] ${file} cannot be loaded: ${reason}`)
  error.cause = cause
  return error
}

export const notAnArtefact = (file: string, why: string): GryphError =>
  new GryphError(
    'CLI_NOT_AN_ARTEFACT',
    `[gryph inspect] ${file} is no artefact of gryph: ${why}. Name the .json, .mjs or .wasm that an export has written.`,
  )
