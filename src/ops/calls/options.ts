import { optionsInvalid, optionUnknown } from '../errors.ts'
import { isValue } from './operands.ts'

/** That `options`, unless left out where that is allowed, is an object with no other names than `known`: a misspelt option would have no effect. */
export function checkOptions(where: string, options: unknown, known: readonly string[], isRequired = false): void {
  if (options === undefined && !isRequired) return
  if (
    typeof options !== 'object' ||
    options === null ||
    Array.isArray(options) ||
    (isValue(options) && typeof options.type === 'object')
  )
    throw optionsInvalid(where, options, known)
  for (const name of Object.keys(options)) if (!known.includes(name)) throw optionUnknown(where, name, known)
}
