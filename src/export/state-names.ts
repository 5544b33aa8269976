import { Tensor } from '../frontend/tensor.ts'
import { generator } from '../frontend/random.ts'
import { exportOptionInvalid } from './errors.ts'

/** A module, or an optimizer. */
export interface HasState {
  namedState(): [string, Tensor][]
}

export const hasState = (value: unknown): value is HasState =>
  typeof value === 'object' && value !== null && 'namedState' in value && typeof value.namedState === 'function'

/** What names the state of an artefact: a module or optimizer by its `stateDict`, or several under names of their own. */
export type Weights = HasState | Tensor | { readonly [name: string]: Weights }

/** Names of variables as `stateDict` has them. @throws OPTION_INVALID */
export function namesOfState(weights: Weights | undefined, where?: string): Map<Tensor['storage'], string> {
  const names = new Map<Tensor['storage'], string>()
  const visit = (part: unknown, prefix: string): void => {
    const under = (name: string): string => (prefix === '' ? name : `${prefix}.${name}`)
    if (part instanceof Tensor) names.set(part.storage, prefix)
    else if (hasState(part)) for (const [name, variable] of part.namedState()) names.set(variable.storage, under(name))
    else if (typeof part === 'object' && part !== null)
      for (const [name, inner] of Object.entries(part)) visit(inner, under(name))
    else
      throw exportOptionInvalid(
        'weights',
        String(part),
        'a module, an optimizer, a variable, or an object of these',
        where,
      )
  }
  if (weights !== undefined) visit(weights, '')
  return names
}

/** The names of an artefact's states, in the order of their use; those that nobody has named are numbered. */
export function nameStates(
  variables: readonly Tensor[],
  weights: Weights | undefined,
  where?: string,
): Map<Tensor['storage'], string> {
  const known = namesOfState(weights, where)
  const random = generator()
  if (random && !known.has(random.storage)) known.set(random.storage, 'random')
  let unnamed = 0
  const named = new Map<Tensor['storage'], string>()
  const taken = new Set<string>()
  for (const { storage } of variables) {
    if (named.has(storage)) continue
    let name = known.get(storage) ?? `state.${unnamed++}`
    while (taken.has(name)) name = `state.${unnamed++}`
    taken.add(name)
    named.set(storage, name)
  }
  return named
}
