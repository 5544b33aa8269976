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

/** Names of variables as `stateDict` has them, several for one that is used twice. @throws OPTION_INVALID */
export function namesOfState(weights: Weights | undefined, where?: string): Map<Tensor['storage'], string[]> {
  const names = new Map<Tensor['storage'], string[]>()
  const owners = new Map<string, Tensor['storage']>()
  const add = ({ storage }: Tensor, name: string): void => {
    if ((owners.get(name) ?? storage) !== storage)
      throw exportOptionInvalid(
        'weights',
        `ambiguous: two variables have the name ${JSON.stringify(name)}`,
        'other keys',
        where,
      )
    owners.set(name, storage)
    names.set(storage, [...new Set([...(names.get(storage) ?? []), name])])
  }
  const visit = (part: unknown, prefix: string): void => {
    const under = (name: string): string => (prefix === '' ? name : `${prefix}.${name}`)
    if (part instanceof Tensor) {
      if (!part.isVariable || prefix === '')
        throw exportOptionInvalid(
          'weights',
          part.isVariable ? 'a variable without a name' : `a tensor that is no variable (${prefix})`,
          'a module, an optimizer, or an object of variables and these: { net, total }',
          where,
        )
      add(part, prefix)
    } else if (hasState(part)) for (const [name, variable] of part.namedState()) add(variable, under(name))
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
): Map<Tensor['storage'], readonly string[]> {
  const known = namesOfState(weights, where)
  const taken = new Set([...known.values()].flat())
  const random = generator()
  let unnamed = 0
  const free = (name: string): string => {
    let found = name
    while (taken.has(found)) found = `state.${unnamed++}`
    taken.add(found)
    return found
  }
  const named = new Map<Tensor['storage'], readonly string[]>()
  for (const { storage } of variables)
    if (!named.has(storage))
      named.set(storage, known.get(storage) ?? [free(storage === random?.storage ? 'random' : `state.${unnamed++}`)])
  return named
}
