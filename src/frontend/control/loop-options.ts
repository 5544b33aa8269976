import { checkOptions } from '../../ops/calls/options.ts'
import { optionInvalid } from '../errors.ts'

/** Options of loops. */
export interface LoopOptions {
  /**
   * For gradients, a compiled loop keeps nothing of its passes, and begins again for each of them: less memory, more work. By default
   * it keeps what the gradient needs of each pass.
   */
  readonly checkpoint?: boolean
}

export function loopOptions<O extends LoopOptions>(
  where: string,
  options: O | undefined,
  more: readonly string[] = [],
): O {
  const names = ['checkpoint', ...more]
  checkOptions(where, options, names)
  const given = options ?? ({} as O) // every option may be left out
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && typeof value !== 'boolean') throw optionInvalid(where, name, value, 'true or false')
  return given
}
